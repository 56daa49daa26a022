import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, numbered, tagged } from './kit/messages.ts';

const broker = await target();

const kinds = [
  { kind: 'classic', args: { arguments: { 'x-single-active-consumer': true } } },
  {
    kind: 'quorum',
    args: {
      durable: true,
      arguments: { 'x-single-active-consumer': true, 'x-queue-type': 'quorum' },
    },
  },
];

describe.each(kinds)('a $kind queue with a single active consumer', ({ args }) => {
  it('delivers to the first consumer alone', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    fill(ch, queue, numbered(4));
    expect(await tagged(ch, 4)).toEqual(['a:m1', 'a:m2', 'a:m3', 'a:m4']);
  });

  it('lets messages wait when the active consumer is at its limit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    fill(ch, queue, numbered(3));
    expect(await tagged(ch, 1)).toEqual(['a:m1']);
    await ch.expectSilence();
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['a:m2']);
  });

  it('makes the next in line active when the active one is cancelled', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    for (const tag of ['a', 'b', 'c']) await consume(ch, queue, tag);
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['a:m1']);
    await ch.call('basic.cancel', { consumerTag: 'a' });
    fill(ch, queue, ['m2', 'm3']);
    expect(await tagged(ch, 2)).toEqual(['b:m2', 'b:m3']);
  });

  it('passes over those who were cancelled while they waited', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    for (const tag of ['a', 'b', 'c']) await consume(ch, queue, tag);
    await ch.call('basic.cancel', { consumerTag: 'b' });
    await ch.call('basic.cancel', { consumerTag: 'a' });
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['c:m1']);
  });

  it('gives the next in line what was outstanding when the channel of the active one closes', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    const active = await broker.channel();
    await consume(active, queue, 'a');
    await consume(ch, queue, 'b');
    fill(ch, queue, numbered(2));
    await bodies(active, 2);
    await active.close();
    const first = await ch.expect('basic.deliver');
    expect(first).toMatchObject({ consumerTag: 'b', redelivered: true });
    expect(first.content.text).toBe('m1');
    expect(await tagged(ch, 1)).toEqual(['b:m2']);
  });

  it('gives the next in line what was outstanding when the active connection is cut off', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    const active = await broker.channel();
    await consume(active, queue, 'a');
    await consume(ch, queue, 'b');
    fill(ch, queue, ['m1']);
    await bodies(active, 1);
    active.peer.destroy();
    expect(await ch.expect('basic.deliver')).toMatchObject({ consumerTag: 'b', redelivered: true });
  });

  it('puts a consumer that comes back at the end of the line', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    await ch.call('basic.cancel', { consumerTag: 'a' });
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['b:m1']);
    await ch.call('basic.cancel', { consumerTag: 'b' });
    fill(ch, queue, ['m2']);
    expect(await tagged(ch, 1)).toEqual(['a:m2']);
  });

  it('gives a message back to the active consumer that requeued it', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), args);
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    fill(ch, queue, ['m1']);
    await bodies(ch, 1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    expect(await ch.expect('basic.deliver')).toMatchObject({ consumerTag: 'a', redelivered: true });
  });
});

it('counts the waiting consumers of a classic queue as well', async () => {
  const ch = await broker.channel();
  const args = { arguments: { 'x-single-active-consumer': true } };
  const queue = await ch.queue(broker.name('q'), args);
  for (const tag of ['a', 'b', 'c']) await consume(ch, queue, tag);
  expect((await ch.counts(queue)).consumerCount).toBe(3);
});

it('closes the channel with 405 when basic.get is tried on such a quorum queue', async () => {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'), {
    durable: true,
    arguments: { 'x-single-active-consumer': true, 'x-queue-type': 'quorum' },
  });
  await ch.fails(
    'basic.get',
    { queue },
    405,
    `RESOURCE_LOCKED - cannot obtain access to locked queue '${queue}' in vhost '/'. basic.get ` +
      'operations are not supported by quorum queues with single active consumer',
  );
});
