import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { death, deaths } from './kit/deaths.ts';
import { messageDifferences } from './kit/message-differences.ts';
import { consume, deliveries, fill, got, hold, numbered, ready } from './kit/messages.ts';

const broker = await target();

/** A queue whose dead letters go to another one through the default exchange. */
async function dying(args = {}) {
  const ch = await broker.channel();
  const graveyard = await ch.queue(broker.name('dead'));
  const queue = await ch.queue(broker.name('q'), {
    arguments: {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': graveyard,
      ...args,
    },
  });
  return { ch, queue, graveyard };
}

describe('a message that is rejected without requeue', () => {
  it('goes to the dead-letter exchange with reason rejected', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    const dead = await got(ch, graveyard);
    expect(dead).toMatchObject({ redelivered: false, exchange: '', routingKey: graveyard });
    expect(dead.content.text).toBe('m1');
    expect(deaths(dead.content)).toEqual([
      { queue, reason: 'rejected', count: 1, exchange: '', 'routing-keys': [queue] },
    ]);
    expect(death(dead.content, 'first')).toBe(`${queue} rejected `);
  });

  it('does not go there when it is requeued', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await got(ch, queue);
    expect(await ch.get(graveyard)).toBeUndefined();
  });

  it('goes there in order with basic.nack of several', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, numbered(4));
    await hold(ch, queue, 4);
    ch.send('basic.nack', { deliveryTag: 3, multiple: true });
    await ready(ch, graveyard, 3);
    expect(await ch.drain(graveyard)).toEqual(['m1', 'm2', 'm3']);
  });

  it('goes there in the order of the rejects', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, numbered(3));
    await hold(ch, queue, 3);
    for (const deliveryTag of [3, 1, 2]) ch.send('basic.reject', { deliveryTag });
    await ready(ch, graveyard, 3);
    expect(await ch.drain(graveyard)).toEqual(['m3', 'm1', 'm2']);
  });

  it('is pushed to a consumer of the dead-letter queue', async () => {
    const { ch, queue, graveyard } = await dying();
    await consume(ch, graveyard, 'dead', { noAck: true });
    await consume(ch, queue, 'live');
    fill(ch, queue, ['m1']);
    const [first] = await deliveries(ch, 1);
    ch.send('basic.reject', { deliveryTag: first?.deliveryTag ?? 0 });
    const [second] = await deliveries(ch, 1);
    expect(second).toMatchObject({ consumerTag: 'dead', redelivered: false });
  });
});

describe('a message that expires', () => {
  it('goes to the dead-letter exchange with reason expired by the time of the queue', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-message-ttl': 20 });
    fill(ch, queue, ['m1']);
    const { content } = await got(ch, graveyard);
    expect(deaths(content)).toEqual([
      { queue, reason: 'expired', count: 1, exchange: '', 'routing-keys': [queue] },
    ]);
    expect(death(content, 'first')).toBe(`${queue} expired `);
  });

  it('keeps its expiration in x-death only', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, ['m1'], { expiration: '20', contentType: 'text/plain' });
    const { content } = await got(ch, graveyard);
    expect(content.properties.contentType).toBe('text/plain');
    expect(content.properties.expiration).toBeUndefined();
    expect(deaths(content)).toEqual([
      {
        queue,
        reason: 'expired',
        count: 1,
        exchange: '',
        'routing-keys': [queue],
        'original-expiration': '20',
      },
    ]);
  });

  it('goes there at once when its time is zero and nobody is ready', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-message-ttl': 0 });
    fill(ch, queue, ['m1']);
    expect(deaths((await got(ch, graveyard)).content)[0]).toMatchObject({ reason: 'expired' });
  });

  it('goes there in the order of the queue', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-message-ttl': 20 });
    fill(ch, queue, numbered(5));
    await ready(ch, graveyard, 5);
    expect(await ch.drain(graveyard)).toEqual(numbered(5));
  });
});

describe('a message that leaves because the queue is too long', () => {
  it('goes to the dead-letter exchange with reason maxlen, oldest first', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-max-length': 2 });
    fill(ch, queue, numbered(5));
    await ready(ch, graveyard, 3);
    const dead = await hold(ch, graveyard, 3);
    expect(dead.map(({ content }) => content.text)).toEqual(['m1', 'm2', 'm3']);
    for (const { content } of dead) {
      expect(deaths(content)).toEqual([
        { queue, reason: 'maxlen', count: 1, exchange: '', 'routing-keys': [queue] },
      ]);
      expect(death(content, 'first')).toBe(`${queue} maxlen `);
    }
    expect(await ch.drain(queue)).toEqual(['m4', 'm5']);
  });

  it('has reason maxlen as well when its time was over when it came back', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-max-length': 1 });
    await consume(ch, queue, 'tag');
    for (const body of numbered(3)) ch.publish({ routingKey: queue }, body, { expiration: '0' });
    await deliveries(ch, 3);
    await ch.call('basic.cancel', { consumerTag: 'tag' });
    ch.send('basic.nack', { deliveryTag: 3, multiple: true, requeue: true });
    await ready(ch, graveyard, 3);
    const dead = await hold(ch, graveyard, 3);
    const reasons = dead.map(({ content }) => deaths(content)[0]?.reason);
    expect(dead.map(({ content }) => content.text)).toEqual(numbered(3));
    expect(reasons).toEqual(['maxlen', 'maxlen', 'expired']);
  });

  it('has reason maxlen when the queue has too many octets', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-max-length-bytes': 5 });
    fill(ch, queue, ['12345', '678']);
    const { content } = await got(ch, graveyard);
    expect(content.text).toBe('12345');
    expect(deaths(content)[0]).toMatchObject({ reason: 'maxlen' });
  });

  it('goes there with reject-publish-dlx, the new one instead of the oldest', async () => {
    const { ch, queue, graveyard } = await dying({
      'x-max-length': 1,
      'x-overflow': 'reject-publish-dlx',
    });
    fill(ch, queue, numbered(3));
    await ready(ch, graveyard, 2);
    const dead = await hold(ch, graveyard, 2);
    expect(dead.map(({ content }) => content.text)).toEqual(['m2', 'm3']);
    expect(deaths(dead[0]?.content ?? expect.fail())[0]).toMatchObject({ reason: 'maxlen' });
    expect(await ch.drain(queue)).toEqual(['m1']);
  });

  it('does not go there with reject-publish', async () => {
    const { ch, queue, graveyard } = await dying({
      'x-max-length': 1,
      'x-overflow': 'reject-publish',
    });
    await ch.confirmSelect();
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm1')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm2')).toBe('nack');
    expect(await ch.get(graveyard)).toBeUndefined();
  });
});

describe('a message does not go to the dead-letter exchange', () => {
  it('when the queue is purged or deleted', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    fill(ch, queue, ['m2']);
    await ready(ch, queue, 1);
    await ch.call('queue.purge', { queue });
    fill(ch, queue, ['m3']);
    await ch.call('queue.delete', { queue });
    fill(ch, graveyard, ['fence']);
    expect(await ch.drain(graveyard)).toEqual(['fence']);
  });

  it('when it is acknowledged', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await ch.get(queue)).toBeUndefined();
    expect(await ch.get(graveyard)).toBeUndefined();
  });

  it('when the exchange does not exist: it is dropped without a word', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': broker.name('x') },
    });
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    await ch.expectSilence(50);
    await ready(ch, queue, 0);
  });

  it('but does as soon as the exchange exists', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': exchange },
    });
    const graveyard = await ch.queue(broker.name('dead'));
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    await ch.call('queue.bind', { queue: graveyard, exchange });
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    expect(await got(ch, graveyard)).toMatchObject({ exchange, routingKey: queue });
  });
});

describe('the content of a dead letter', () => {
  it('keeps the body, the properties and the other headers', async () => {
    const { ch, queue, graveyard } = await dying();
    const properties = {
      contentType: 'application/json',
      contentEncoding: 'gzip',
      deliveryMode: 2,
      priority: 3,
      correlationId: 'c',
      replyTo: 'r',
      messageId: 'm',
      timestamp: 5,
      type: 't',
      userId: 'guest',
      appId: 'a',
      clusterId: 'cl',
    };
    const body = 'x'.repeat(200_000);
    fill(ch, queue, [body], { ...properties, headers: { mine: 1, 'x-yours': [true] } });
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    const { content } = await got(ch, graveyard);
    expect(content.text).toBe(body);
    const { headers, ...others } = content.properties;
    expect(others).toEqual(properties);
    expect(headers).toMatchObject({ mine: 1, 'x-yours': [true] });
  });

  it('has the expiration removed though it did not expire', async () => {
    const { ch, queue, graveyard } = await dying();
    fill(ch, queue, ['m1'], { expiration: '60000' });
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    const { content } = await got(ch, graveyard);
    expect(content.properties.expiration).toBeUndefined();
    expect(deaths(content)[0]).toMatchObject({
      reason: 'rejected',
      'original-expiration': '60000',
    });
  });

  it('has the last death beside the first', async () => {
    const { ch, queue, graveyard } = await dying({ 'x-message-ttl': 20 });
    fill(ch, queue, ['m1']);
    const { content } = await got(ch, graveyard);
    const expected = broker.differs(messageDifferences.lastDeath) ? `${queue} expired ` : undefined;
    expect(death(content, 'last')).toBe(expected);
  });

  it('makes one entry of those that a publisher sent for one queue and reason', async () => {
    const { ch, queue, graveyard } = await dying();
    const time = new Date();
    const entry = (of: string) => ({
      reason: 'expired',
      queue: of,
      exchange: 'x',
      'routing-keys': ['k'],
      time,
    });
    const sent = ['a', 'a', 'b', 'a', queue, 'b'].map(entry);
    fill(ch, queue, ['m1'], { headers: { 'x-death': sent } });
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    const found = deaths((await got(ch, graveyard)).content);
    const counts = new Map(found.map((each) => [`${each.queue} ${each.reason}`, each.count]));
    expect(counts).toEqual(
      new Map([
        [`${queue} rejected`, 1],
        ['a expired', 3],
        ['b expired', 2],
        [`${queue} expired`, 1],
      ]),
    );
    expect(found).toHaveLength(4);
  });

  it('counts on in an x-death that the publisher sent', async () => {
    const { ch, queue, graveyard } = await dying();
    const entry = {
      count: 5n,
      reason: 'rejected',
      queue,
      exchange: 'before',
      'routing-keys': ['old'],
      time: new Date(),
    };
    fill(ch, queue, ['m1'], { headers: { 'x-death': [entry] } });
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1 });
    expect(deaths((await got(ch, graveyard)).content)).toEqual([
      { queue, reason: 'rejected', count: 6, exchange: 'before', 'routing-keys': ['old'] },
    ]);
  });
});
