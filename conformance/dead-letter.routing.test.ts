import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { death, deaths } from './kit/deaths.ts';
import { messageDifferences } from './kit/message-differences.ts';
import { fill, got, pause } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

/** A dead-letter exchange of this type with a graveyard behind it, and a queue that uses it. */
async function dying(type: string, bindingKey = '', args = {}) {
  const ch = await broker.channel();
  const exchange = broker.name('dlx');
  await ch.call('exchange.declare', { exchange, type });
  const graveyard = await ch.queue(broker.name('dead'));
  await ch.call('queue.bind', { queue: graveyard, exchange, routingKey: bindingKey });
  const queue = await ch.queue(broker.name('q'), {
    arguments: { 'x-dead-letter-exchange': exchange, ...args },
  });
  return { ch, exchange, graveyard, queue };
}

async function reject(ch: PeerChannel, queue: string): Promise<void> {
  const { deliveryTag } = await got(ch, queue, { noAck: false });
  ch.send('basic.reject', { deliveryTag });
}

describe('the routing key of a dead letter', () => {
  it('is the one of the message without x-dead-letter-routing-key', async () => {
    const { ch, exchange, graveyard, queue } = await dying('topic', 'orders.*');
    await ch.call('queue.bind', { queue, exchange: 'amq.topic', routingKey: `orders.${queue}` });
    ch.publish({ exchange: 'amq.topic', routingKey: `orders.${queue}` }, 'm1');
    await ch.call('queue.unbind', { queue: graveyard, exchange, routingKey: 'orders.*' });
    await ch.call('queue.bind', { queue: graveyard, exchange, routingKey: `orders.${queue}` });
    await reject(ch, queue);
    const dead = await got(ch, graveyard);
    expect(dead).toMatchObject({ exchange, routingKey: `orders.${queue}` });
    expect(deaths(dead.content)).toEqual([
      {
        queue,
        reason: 'rejected',
        count: 1,
        exchange: 'amq.topic',
        'routing-keys': [`orders.${queue}`],
      },
    ]);
    expect(death(dead.content, 'first')).toBe(`${queue} rejected amq.topic`);
  });

  it('is x-dead-letter-routing-key when the queue has one', async () => {
    const { ch, exchange, graveyard, queue } = await dying('direct', 'dead', {
      'x-dead-letter-routing-key': 'dead',
    });
    fill(ch, queue, ['m1']);
    await reject(ch, queue);
    const dead = await got(ch, graveyard);
    expect(dead).toMatchObject({ exchange, routingKey: 'dead' });
    expect(deaths(dead.content)[0]?.['routing-keys']).toEqual([queue]);
  });

  it('may lead to several queues', async () => {
    const { ch, exchange, graveyard, queue } = await dying('fanout');
    const second = await ch.queue(broker.name('dead'));
    await ch.call('queue.bind', { queue: second, exchange });
    fill(ch, queue, ['m1']);
    await reject(ch, queue);
    expect((await got(ch, graveyard)).content.text).toBe('m1');
    expect((await got(ch, second)).content.text).toBe('m1');
  });

  it('may lead nowhere: the message is dropped', async () => {
    const { ch, graveyard, queue } = await dying('direct', 'elsewhere');
    fill(ch, queue, ['m1']);
    await reject(ch, queue);
    await pause(30);
    expect(await ch.get(graveyard)).toBeUndefined();
    await ch.expectSilence(30);
  });

  it('may lead to an alternate exchange', async () => {
    const ch = await broker.channel();
    const [exchange, alternate] = [broker.name('dlx'), broker.name('x')];
    await ch.call('exchange.declare', { exchange: alternate, type: 'fanout' });
    const args = { 'alternate-exchange': alternate };
    await ch.call('exchange.declare', { exchange, type: 'direct', arguments: args });
    const graveyard = await ch.queue(broker.name('dead'));
    await ch.call('queue.bind', { queue: graveyard, exchange: alternate });
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': exchange },
    });
    fill(ch, queue, ['m1']);
    await reject(ch, queue);
    expect((await got(ch, graveyard)).content.text).toBe('m1');
  });
});

describe('CC and BCC of a dead letter', () => {
  it('route again without x-dead-letter-routing-key, and CC stays in the message', async () => {
    const { ch, graveyard, queue } = await dying('direct', 'copied');
    fill(ch, queue, ['m1'], { headers: { CC: ['copied'], BCC: ['hidden'], mine: 1 } });
    await reject(ch, queue);
    const { content } = await got(ch, graveyard);
    expect(content.properties.headers).toMatchObject({ CC: ['copied'], mine: 1 });
    expect(content.properties.headers).not.toHaveProperty('BCC');
    expect(deaths(content)[0]?.['routing-keys']).toEqual([queue, 'copied']);
  });

  it('route again by BCC too, which x-death does not tell', async () => {
    const { ch, graveyard, queue } = await dying('direct', 'hidden');
    fill(ch, queue, ['m1'], { headers: { BCC: ['hidden'] } });
    await reject(ch, queue);
    const { content } = await got(ch, graveyard);
    expect(content.properties.headers).not.toHaveProperty('BCC');
    expect(deaths(content)[0]?.['routing-keys']).toEqual([queue]);
  });

  it('are dropped with x-dead-letter-routing-key', async () => {
    const { ch, exchange, graveyard, queue } = await dying('direct', 'dead', {
      'x-dead-letter-routing-key': 'dead',
    });
    const copied = await ch.queue(broker.name('dead'));
    await ch.call('queue.bind', { queue: copied, exchange, routingKey: 'copied' });
    fill(ch, queue, ['m1'], { headers: { CC: ['copied'], mine: 1 } });
    await reject(ch, queue);
    const { content } = await got(ch, graveyard);
    expect(content.properties.headers).toMatchObject({ mine: 1 });
    expect(content.properties.headers).not.toHaveProperty('CC');
    expect(deaths(content)[0]?.['routing-keys']).toEqual([queue, 'copied']);
    expect(await ch.get(copied)).toBeUndefined();
  });
});

describe('a message that dies several times', () => {
  /** Three queues: the dead letters of each go to the next. */
  async function chain() {
    const ch = await broker.channel();
    const [a, b, c] = [broker.name('a'), broker.name('b'), broker.name('c')];
    const to = (next: string) => ({
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': next },
    });
    await ch.queue(a, to(b));
    await ch.queue(b, to(c));
    await ch.queue(c);
    return { ch, a, b, c };
  }

  it('has its deaths newest first, and the first death stays', async () => {
    const { ch, a, b, c } = await chain();
    fill(ch, a, ['m1'], { expiration: '20' });
    await reject(ch, b);
    const { content } = await got(ch, c);
    expect(deaths(content)).toEqual([
      { queue: b, reason: 'rejected', count: 1, exchange: '', 'routing-keys': [b] },
      {
        queue: a,
        reason: 'expired',
        count: 1,
        exchange: '',
        'routing-keys': [a],
        'original-expiration': '20',
      },
    ]);
    expect(death(content, 'first')).toBe(`${a} expired `);
    const last = broker.differs(messageDifferences.lastDeath) ? `${b} rejected ` : undefined;
    expect(death(content, 'last')).toBe(last);
  });

  it('counts deaths of the same queue and reason, the newest first', async () => {
    const ch = await broker.channel();
    const [work, wait] = [broker.name('work'), broker.name('wait')];
    await ch.queue(work, {
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': wait },
    });
    await ch.queue(wait, {
      arguments: {
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': work,
        'x-message-ttl': 10,
      },
    });
    fill(ch, work, ['m1']);
    for (let round = 1; round <= 3; round += 1) {
      await reject(ch, work);
      const { content, redelivered, deliveryTag } = await got(ch, work, { noAck: false });
      expect(redelivered).toBe(false);
      expect(deaths(content)).toEqual([
        { queue: wait, reason: 'expired', count: round, exchange: '', 'routing-keys': [wait] },
        { queue: work, reason: 'rejected', count: round, exchange: '', 'routing-keys': [work] },
      ]);
      expect(death(content, 'first')).toBe(`${work} rejected `);
      ch.send('basic.reject', { deliveryTag, requeue: true });
    }
  });

  it('counts each reason of a queue by itself', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const middle = broker.name('m');
    await ch.queue(queue, {
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': middle },
    });
    await ch.queue(middle, {
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue },
    });
    fill(ch, queue, ['m1'], { expiration: '20' });
    await reject(ch, middle);
    await reject(ch, queue);
    const { content } = await got(ch, middle);
    const earlier = [
      [middle, 'rejected', 1],
      [queue, 'expired', 1],
    ];
    if (broker.differs(messageDifferences.deathOrder) !== 'newest first') earlier.reverse();
    expect(deaths(content).map(({ queue, reason, count }) => [queue, reason, count])).toEqual([
      [queue, 'rejected', 1],
      ...earlier,
    ]);
  });
});

describe('a cycle of dead letters', () => {
  it('ends without a word when a message would come back by expiry alone', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': '', 'x-message-ttl': 10 },
    });
    fill(ch, queue, ['m1']);
    await pause(80);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('ends when the message has been through every queue of it', async () => {
    const ch = await broker.channel();
    const [a, b] = [broker.name('a'), broker.name('b')];
    const to = (next: string, ttl: number) => ({
      arguments: {
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': next,
        'x-message-ttl': ttl,
      },
    });
    await ch.queue(a, to(b, 10));
    await ch.queue(b, to(a, 10));
    fill(ch, a, ['m1']);
    await pause(100);
    expect(await ch.get(a)).toBeUndefined();
    expect(await ch.get(b)).toBeUndefined();
  });

  it('ends when a message would come back because the queue is too long', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': '', 'x-max-length': 1 },
    });
    fill(ch, queue, ['m1', 'm2']);
    await pause(30);
    expect(await ch.drain(queue)).toEqual(['m2']);
  });

  it('goes on when a client rejected the message', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-dead-letter-exchange': '' } });
    fill(ch, queue, ['m1']);
    for (let count = 1; count <= 3; count += 1) {
      await reject(ch, queue);
      const { content, deliveryTag, redelivered } = await got(ch, queue, { noAck: false });
      expect(redelivered).toBe(false);
      expect(deaths(content)).toEqual([
        { queue, reason: 'rejected', count, exchange: '', 'routing-keys': [queue] },
      ]);
      ch.send('basic.reject', { deliveryTag, requeue: true });
    }
  });

  it('drops the message for the queue of the cycle only', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('dlx');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': exchange, 'x-message-ttl': 10 },
    });
    const other = await ch.queue(broker.name('dead'));
    for (const name of [queue, other]) await ch.call('queue.bind', { queue: name, exchange });
    fill(ch, queue, ['m1']);
    expect((await got(ch, other)).content.text).toBe('m1');
    await pause(30);
    expect(await ch.get(queue)).toBeUndefined();
    expect(await ch.get(other)).toBeUndefined();
  });
});
