import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { got } from './kit/messages.ts';
import { field } from './kit/wire.ts';

const broker = await target();

async function channelWithQueues<const C extends number>(count: C) {
  const ch = await broker.channel();
  const queues: string[] = [];
  while (queues.length < count) queues.push(await ch.queue(broker.name('q')));
  const [a = '', b = '', c = ''] = queues;
  return { ch, a, b, c };
}

describe('the CC header', () => {
  it('routes to its keys as well as to the routing key', async () => {
    const { ch, a, b, c } = await channelWithQueues(3);
    ch.publish({ routingKey: a }, 'm1', { headers: { CC: [b, c] } });
    for (const queue of [a, b, c]) {
      const message = await got(ch, queue);
      expect(message).toMatchObject({ exchange: '', routingKey: a });
      expect(message.content.text).toBe('m1');
      expect(message.content.properties.headers).toEqual({ CC: [b, c] });
    }
  });

  it('gives a queue one copy though several keys name it', async () => {
    const { ch, a } = await channelWithQueues(1);
    ch.publish({ routingKey: a }, 'm1', { headers: { CC: [a, a], BCC: [a] } });
    expect(await ch.drain(a)).toEqual(['m1']);
  });

  it('works with a direct and a topic exchange', async () => {
    const { ch, a, b, c } = await channelWithQueues(3);
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'topic' });
    await ch.call('queue.bind', { queue: a, exchange, routingKey: 'x.*' });
    await ch.call('queue.bind', { queue: b, exchange, routingKey: '#.end' });
    await ch.call('queue.bind', { queue: c, exchange: 'amq.direct', routingKey: `${c}.key` });
    ch.publish({ exchange, routingKey: 'x.1' }, 'm1', { headers: { CC: ['x.2', 'the.end'] } });
    expect(await ch.drain(a)).toEqual(['m1']);
    expect(await ch.drain(b)).toEqual(['m1']);
    const headers = { CC: [`${c}.key`] };
    ch.publish({ exchange: 'amq.direct', routingKey: broker.name('k') }, 'm2', { headers });
    expect(await ch.drain(c)).toEqual(['m2']);
  });

  it('saves a mandatory message from being returned', async () => {
    const { ch, a } = await channelWithQueues(1);
    const headers = { CC: [a] };
    ch.publish({ routingKey: broker.name('q'), mandatory: true }, 'm1', { headers });
    expect(await ch.drain(a)).toEqual(['m1']);
    await ch.expectSilence(50);
  });

  it('may be empty, and members that are not long strings are passed over', async () => {
    const { ch, a, b } = await channelWithQueues(2);
    ch.publish({ routingKey: a }, 'm1', { headers: { CC: [] } });
    ch.publish({ routingKey: a }, 'm2', { headers: { CC: [5, true, b, null] } });
    expect(await ch.drain(a)).toEqual(['m1', 'm2']);
    expect(await ch.drain(b)).toEqual(['m2']);
  });

  it('means nothing in lower case', async () => {
    const { ch, a, b } = await channelWithQueues(2);
    ch.publish({ routingKey: a }, 'm1', { headers: { cc: [b], bcc: [b] } });
    expect((await got(ch, a)).content.properties.headers).toEqual({ cc: [b], bcc: [b] });
    expect(await ch.get(b)).toBeUndefined();
  });
});

describe('the BCC header', () => {
  it('routes to its keys and is taken out of the message', async () => {
    const { ch, a, b, c } = await channelWithQueues(3);
    const headers = { before: 1, BCC: [b], CC: [c], after: 'x' };
    ch.publish({ routingKey: a }, 'm1', { headers });
    for (const queue of [a, b, c]) {
      const { properties } = (await got(ch, queue)).content;
      expect(properties.headers).toEqual({ before: 1, CC: [c], after: 'x' });
    }
  });

  it('leaves an empty table behind when it was the only header', async () => {
    const { ch, a, b } = await channelWithQueues(2);
    ch.publish({ routingKey: a }, 'm1', { headers: { BCC: [b] } });
    expect((await got(ch, b)).content.properties.headers).toEqual({});
  });

  it('does not come back with a returned message', async () => {
    const ch = await broker.channel();
    const headers = { BCC: [broker.name('q')], kept: true };
    ch.publish({ routingKey: broker.name('q'), mandatory: true }, 'm1', { headers });
    const { properties } = (await ch.expect('basic.return')).content;
    expect(properties.headers).toEqual({ kept: true });
  });

  it('does not disturb the other properties and header types', async () => {
    const { ch, a, b } = await channelWithQueues(2);
    const headers = { b: field('b', -3), BCC: [b], s: field('s', 300), t: field('T', 12) };
    ch.publish({ routingKey: a }, 'm1', { headers, contentType: 'text/plain', priority: 2 });
    const { content } = await got(ch, b);
    expect(content.properties).toMatchObject({ contentType: 'text/plain', priority: 2 });
    const types = [...(content.typedHeaders ?? [])].map(([name, { type }]) => name + type);
    expect(types).toEqual(['bb', 'ss', 'tT']);
  });
});

describe('a CC or BCC header that is no array', () => {
  it.each([
    ['CC', 'key', 'longstr'],
    ['BCC', 'key', 'longstr'],
    ['CC', field('x', Buffer.from('key')), 'binary'],
    ['CC', field('I', 5), 'signedint'],
    ['CC', field('l', 5), 'long'],
    ['BCC', field('s', 5), 'short'],
    ['CC', true, 'bool'],
    ['CC', null, 'void'],
    ['BCC', { a: 1 }, 'table'],
    ['CC', 0.5, 'double'],
    ['CC', field('T', 5), 'timestamp'],
  ])('closes the channel with 406: %s of type %3$s', async (header, value, type) => {
    const { ch, a } = await channelWithQueues(1);
    ch.publish({ routingKey: a }, 'lost', { headers: { [header]: value } });
    await ch.expectClose(
      406,
      `PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"${header}",${type}}`,
      'basic.publish',
    );
    const later = await broker.channel();
    expect(await later.get(a)).toBeUndefined();
  });
});
