import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill, ready } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import { inapplicableArg, inequivalent, invalidArg } from './kit/texts.ts';
import type { Table, Value } from './kit/wire.ts';

const broker = await target();

const quorum = (args: Table = {}) => ({
  durable: true,
  arguments: { 'x-queue-type': 'quorum', ...args },
});

const declare = (ch: PeerChannel, args: Table = {}) => ch.queue(broker.name('q'), quorum(args));

describe('a quorum queue', () => {
  it('takes messages and gives them back in order', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch);
    await ch.confirmSelect();
    for (const body of ['a', 'b', 'c']) {
      expect(await ch.publishConfirmed({ routingKey: queue }, body)).toBe('ack');
    }
    expect(await ch.drain(queue)).toEqual(['a', 'b', 'c']);
  });

  it('can be declared again, and is not a classic queue', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch);
    expect(await ch.queue(queue, quorum())).toBe(queue);
    const how = "received none but current is the value 'quorum' of type 'longstr'";
    const text = inequivalent('x-queue-type', 'queue', queue, how);
    await ch.fails('queue.declare', { queue, durable: true }, 406, text);
  });

  it.each([
    ['exclusive-owner', { exclusive: true }],
    ['non-durable', { durable: false }],
    ['auto-delete', { autoDelete: true }],
  ])('is refused with 406 for its property %s', async (property, args) => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const text = `PRECONDITION_FAILED - invalid property '${property}' for queue '${queue}' in vhost '/'`;
    await ch.fails('queue.declare', { ...quorum(), queue, ...args }, 406, text);
  });

  it('cannot be server-named: 406', async () => {
    const ch = await broker.channel();
    const text =
      'PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue';
    await ch.fails('queue.declare', quorum(), 406, text);
  });

  it.each([
    'x-max-priority',
    'x-queue-mode',
    'x-queue-version',
    'x-queue-master-locator',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    'x-initial-cluster-size',
  ])('refuses %s with 406, whatever the value', async (arg) => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const text = inapplicableArg(arg, queue, 'quorum_queue');
    await ch.fails('queue.declare', { ...quorum({ [arg]: 1 }), queue }, 406, text);
  });

  it.each<[string, Value]>([
    ['x-delivery-limit', 5],
    ['x-expires', 60000],
    ['x-message-ttl', 60000],
    ['x-max-length', 10],
    ['x-max-length-bytes', 1000],
    ['x-overflow', 'reject-publish'],
    ['x-dead-letter-exchange', 'amq.fanout'],
    ['x-single-active-consumer', true],
    ['x-max-in-memory-length', 10],
    ['x-max-in-memory-bytes', 1000],
    ['x-quorum-initial-group-size', 1],
    ['x-queue-leader-locator', 'client-local'],
    ['x-queue-leader-locator', 'balanced'],
  ])('takes %s %o', async (arg, value) => {
    const ch = await broker.channel();
    const queue = await declare(ch, { [arg]: value });
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it.each(['at-most-once', 'at-least-once'])(
    'takes x-dead-letter-strategy %s',
    async (strategy) => {
      const ch = await broker.channel();
      await declare(ch, {
        'x-dead-letter-strategy': strategy,
        'x-dead-letter-exchange': 'amq.fanout',
        'x-overflow': 'reject-publish',
      });
    },
  );

  it.each<[string, Value, string]>([
    ['x-dead-letter-strategy', 'bogus', 'invalid_dlx_strategy'],
    ['x-dead-letter-strategy', 1, '{unacceptable_type,signedint}'],
    ['x-queue-leader-locator', 'bogus', 'invalid_queue_locator_arg'],
    ['x-queue-leader-locator', 1, '{unacceptable_type,signedint}'],
    ['x-quorum-initial-group-size', 0, '{value_zero,0}'],
    ['x-quorum-initial-group-size', -1, '{value_negative,-1}'],
    ['x-max-in-memory-length', -1, '{value_negative,-1}'],
    ['x-max-in-memory-bytes', 'x', '"expected integer, got longstr"'],
    ['x-message-ttl', -1, '{value_negative,-1}'],
    ['x-overflow', 'bogus', 'invalid_overflow'],
  ])('refuses %s %o with 406', async (arg, value, reason) => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const text = invalidArg(arg, queue, reason);
    await ch.fails('queue.declare', { ...quorum({ [arg]: value }), queue }, 406, text);
  });

  it('counts deliveries in x-delivery-count and drops the message beyond x-delivery-limit', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch, { 'x-delivery-limit': 2 });
    fill(ch, queue, ['m']);
    await ch.call('basic.consume', { queue });
    const counts: Value[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { deliveryTag, redelivered, content } = await ch.expect('basic.deliver');
      expect(redelivered).toBe(round > 0);
      counts.push(content.properties.headers?.['x-delivery-count'] ?? null);
      ch.send('basic.reject', { deliveryTag, requeue: true });
    }
    expect(counts).toEqual([null, 1, 2]);
    await ch.expectSilence(100);
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 1 });
  });

  it('gives what came back first again first, and before all that is new', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch, { 'x-delivery-limit': 5 });
    await ch.confirmSelect();
    for (const body of ['m1', 'm2', 'm3']) await ch.publishConfirmed({ routingKey: queue }, body);
    for (let held = 0; held < 3; held += 1) await ch.get(queue, { noAck: false });
    await ch.publishConfirmed({ routingKey: queue }, 'm4');
    for (const deliveryTag of [2, 1, 3]) ch.send('basic.reject', { deliveryTag, requeue: true });
    await ready(ch, queue, 4);
    expect(await ch.drain(queue)).toEqual(['m2', 'm1', 'm3', 'm4']);
  });

  it('hands out what comes back before it counts it, however short it is', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch, { 'x-max-length': 0, 'x-delivery-limit': 5 });
    await ch.call('basic.consume', { queue });
    fill(ch, queue, ['m1']);
    const { deliveryTag } = await ch.expect('basic.deliver');
    ch.send('basic.reject', { deliveryTag, requeue: true });
    const again = await ch.expect('basic.deliver');
    expect([again.content.text, again.redelivered]).toEqual(['m1', true]);
  });

  it('drops from the front what comes back and is too much', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch, { 'x-max-length': 1, 'x-delivery-limit': 5 });
    await ch.confirmSelect();
    for (const body of ['m1', 'm2']) {
      await ch.publishConfirmed({ routingKey: queue }, body);
      await ch.get(queue, { noAck: false });
    }
    ch.send('basic.nack', { deliveryTag: 2, multiple: true, requeue: true });
    await ready(ch, queue, 1);
    expect(await ch.drain(queue)).toEqual(['m2']);
  });

  it('can be deleted with what it holds', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch);
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm');
    expect(await ch.call('queue.delete', { queue })).toEqual({ messageCount: 1 });
  });

  it.each([
    ['if-unused', { ifUnused: true }],
    ['if-unused', { ifUnused: true, ifEmpty: true }],
    ['if-empty', { ifEmpty: true }],
  ])('cannot be deleted with %s: 540 on the connection', async (flag, condition) => {
    const ch = await broker.channel();
    const queue = await declare(ch);
    await ch.failsConnection(
      'queue.delete',
      { queue, ...condition },
      540,
      `NOT_IMPLEMENTED - cannot delete queue '${queue}' in vhost '/'. queue.delete operations with ${flag} flag set are not supported by quorum queues`,
    );
    const again = await broker.channel();
    expect(await again.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('can be purged', async () => {
    const ch = await broker.channel();
    const queue = await declare(ch);
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm');
    expect(await ch.call('queue.purge', { queue })).toEqual({ messageCount: 1 });
  });
});
