import { describe, expect, it } from 'vitest';
import { emptyTable, type Field, type FieldLike, table } from '../../src/codec/table.ts';
import { checkServerNamed, QueueArguments } from '../../src/model/arguments.ts';
import { fieldsByTypeName, integerTypeNames, notIntegerTypeNames } from './fields.ts';
import { replyOf } from './transcript.ts';

// The texts are transcripts of RabbitMQ 3.10.8, unless a comment says otherwise.

const plain = { queue: 'q', vhost: '/', durable: true, exclusive: false, autoDelete: false };
const quorum = { 'x-queue-type': 'quorum' };

type Arguments = Readonly<Record<string, FieldLike>>;

function declared(fields: Arguments, properties: Partial<typeof plain> = {}): string {
  const reply = replyOf(() => QueueArguments.parse(table(fields), { ...plain, ...properties }));
  return reply.replace('PRECONDITION_FAILED - ', '');
}

function invalid(key: string, reason: string): string {
  return `invalid arg '${key}' for queue 'q' in vhost '/': ${reason}`;
}

function inapplicable(key: string, type: string): string {
  return `invalid arg '${key}' for queue 'q' in vhost '/' of queue type rabbit_${type}_queue`;
}

const fieldNamed = (name: string): Field => fieldsByTypeName[name] ?? fail(name);

function fail(name: string): never {
  throw new Error(`no field of type ${name}`);
}

describe('queue arguments that are numbers', () => {
  const ofBothTypes = ['x-message-ttl', 'x-expires', 'x-max-length', 'x-max-length-bytes'];

  it.each([...ofBothTypes, 'x-max-priority', 'x-consumer-timeout'])(
    'takes %s as an integer of any width',
    (key) => {
      const replies = integerTypeNames.map((name) => declared({ [key]: fieldNamed(name) }));
      expect(replies).toEqual(integerTypeNames.map(() => 'ok'));
    },
  );

  it.each([...ofBothTypes, 'x-max-priority', 'x-queue-version'])(
    'refuses %s of any other type, naming the type',
    (key) => {
      const replies = notIntegerTypeNames.map((name) => declared({ [key]: fieldNamed(name) }));
      expect(replies).toEqual(
        notIntegerTypeNames.map((name) => invalid(key, `"expected integer, got ${name}"`)),
      );
    },
  );

  it.each([
    ['x-message-ttl', -1, '{value_negative,-1}'],
    ['x-message-ttl', -3_000_000_000, '{value_negative,-3000000000}'],
    ['x-message-ttl', 315_360_000_001, '{value_too_large,315360000001}'],
    ['x-message-ttl', 2 ** 40, '{value_too_large,1099511627776}'],
    ['x-expires', -1, '{value_negative,-1}'],
    ['x-expires', 0, '{value_zero,0}'],
    ['x-expires', 315_360_000_001, '{value_too_large,315360000001}'],
    ['x-max-length', -1, '{value_negative,-1}'],
    ['x-max-length-bytes', -1, '{value_negative,-1}'],
    ['x-max-priority', -1, '{value_negative,-1}'],
    ['x-max-priority', 256, '{max_value_exceeded,256}'],
    ['x-queue-version', -1, '{value_negative,-1}'],
    ['x-queue-version', 0, `"unsupported queue version '0'"`],
    ['x-queue-version', 3, `"unsupported queue version '3'"`],
  ])('refuses %s of %d', (key, value, reason) => {
    expect(declared({ [key]: value })).toBe(invalid(key, reason));
  });

  it.each([
    ['x-message-ttl', 0],
    ['x-message-ttl', 315_360_000_000],
    ['x-expires', 1],
    ['x-expires', 315_360_000_000],
    ['x-max-length', 0],
    ['x-max-length', 2 ** 40],
    ['x-max-priority', 0],
    ['x-max-priority', 255],
    ['x-queue-version', 1],
    ['x-queue-version', 2],
  ])('takes %s of %d', (key, value) => {
    expect(declared({ [key]: value })).toBe('ok');
  });
});

describe('queue arguments that are words', () => {
  it.each([
    ['x-overflow', 'nothing', 'invalid_overflow'],
    ['x-overflow', '', 'invalid_overflow'],
    ['x-queue-type', 'x', `"unsupported queue type 'x'"`],
    ['x-queue-type', '', `"unsupported queue type ''"`],
    ['x-queue-type', 'QUORUM', `"unsupported queue type 'QUORUM'"`],
    ['x-queue-type', 'a"b', `"unsupported queue type 'a\\"b'"`],
    ['x-queue-type', 'a\nb', `"unsupported queue type 'a\\nb'"`],
    // A broker that does not know streams has this answer for them.
    ['x-queue-type', 'stream', `"unsupported queue type 'stream'"`],
    ['x-queue-mode', 'x', `"unsupported queue mode 'x'"`],
    // RabbitMQ 3.10 fails with INTERNAL_ERROR here.
    ['x-queue-master-locator', 'x', 'invalid_queue_locator_arg'],
  ])('refuses %s %j', (key, value, reason) => {
    expect(declared({ [key]: value })).toBe(invalid(key, reason));
  });

  it.each([
    ['x-overflow', 'drop-head'],
    ['x-overflow', 'reject-publish'],
    ['x-overflow', 'reject-publish-dlx'],
    ['x-queue-type', 'classic'],
    ['x-queue-type', 'quorum'],
    ['x-queue-mode', 'default'],
    ['x-queue-mode', 'lazy'],
    ['x-queue-master-locator', 'client-local'],
    ['x-queue-master-locator', 'min-masters'],
    ['x-queue-master-locator', 'random'],
    ['x-dead-letter-exchange', ''],
    ['x-dead-letter-exchange', 'no-such-exchange'],
    // RabbitMQ 4 takes it for classic queues too.
    ['x-queue-leader-locator', 'balanced'],
  ])('takes %s %j', (key, value) => {
    expect(declared({ [key]: value })).toBe('ok');
  });

  const notStrings = Object.keys(fieldsByTypeName).filter((name) => name !== 'longstr');

  it.each(['x-overflow', 'x-queue-type', 'x-queue-mode', 'x-dead-letter-routing-key'])(
    'refuses %s of any other type, naming the type',
    (key) => {
      const replies = notStrings.map((name) => declared({ [key]: fieldNamed(name) }));
      expect(replies).toEqual(
        notStrings.map((name) => invalid(key, `{unacceptable_type,${name}}`)),
      );
    },
  );

  it('refuses a dead letter exchange of any other type in words of its own', () => {
    const replies = notStrings.map((name) =>
      declared({ 'x-dead-letter-exchange': fieldNamed(name) }),
    );
    expect(replies).toEqual(
      notStrings.map(
        (name) =>
          `invalid type '${name}' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'`,
      ),
    );
  });

  it('refuses a dead letter routing key without an exchange', () => {
    const reason = 'routing_key_but_no_dlx_defined';
    expect(declared({ 'x-dead-letter-routing-key': 'k' })).toBe(
      invalid('x-dead-letter-routing-key', reason),
    );
    expect(declared({ 'x-dead-letter-routing-key': '', 'x-dead-letter-exchange': '' })).toBe('ok');
  });

  it('takes x-single-active-consumer as a boolean only', () => {
    expect(declared({ 'x-single-active-consumer': true })).toBe('ok');
    expect(declared({ 'x-single-active-consumer': 'true' })).toBe(
      invalid('x-single-active-consumer', '{unacceptable_type,longstr}'),
    );
  });
});

describe('arguments of quorum queues', () => {
  it.each<[string, Arguments, string]>([
    ['x-max-priority', { 'x-max-priority': 5 }, inapplicable('x-max-priority', 'quorum')],
    ['x-queue-mode', { 'x-queue-mode': 'lazy' }, inapplicable('x-queue-mode', 'quorum')],
    ['x-queue-version', { 'x-queue-version': 2 }, inapplicable('x-queue-version', 'quorum')],
    [
      'x-queue-master-locator',
      { 'x-queue-master-locator': 'client-local' },
      inapplicable('x-queue-master-locator', 'quorum'),
    ],
    ['x-max-age', { 'x-max-age': '1D' }, inapplicable('x-max-age', 'quorum')],
    [
      'x-initial-cluster-size',
      { 'x-initial-cluster-size': 1 },
      inapplicable('x-initial-cluster-size', 'quorum'),
    ],
    [
      'an unknown strategy',
      { 'x-dead-letter-strategy': 'no' },
      invalidStrategy('invalid_dlx_strategy'),
    ],
    [
      'a strategy that is no string',
      { 'x-dead-letter-strategy': { type: 'b', value: 1 } },
      invalidStrategy('{unacceptable_type,byte}'),
    ],
    [
      'a negative x-max-in-memory-length',
      { 'x-max-in-memory-length': -1 },
      invalid('x-max-in-memory-length', '{value_negative,-1}'),
    ],
    [
      'x-max-in-memory-bytes that is no number',
      { 'x-max-in-memory-bytes': 'x' },
      invalid('x-max-in-memory-bytes', '"expected integer, got longstr"'),
    ],
    [
      'a group of none',
      { 'x-quorum-initial-group-size': 0 },
      invalid('x-quorum-initial-group-size', '{value_zero,0}'),
    ],
    [
      'a group of less than none',
      { 'x-quorum-initial-group-size': -1 },
      invalid('x-quorum-initial-group-size', '{value_negative,-1}'),
    ],
    [
      'an unknown leader locator',
      { 'x-queue-leader-locator': 'x' },
      invalid('x-queue-leader-locator', 'invalid_queue_locator_arg'),
    ],
  ])('refuses %s', (_what, fields, reply) => {
    expect(declared({ ...quorum, ...fields })).toBe(reply);
  });

  function invalidStrategy(reason: string): string {
    return invalid('x-dead-letter-strategy', reason);
  }

  it.each<Arguments>([
    {},
    { 'x-overflow': 'reject-publish-dlx' },
    { 'x-dead-letter-strategy': 'at-least-once' },
    { 'x-dead-letter-strategy': 'at-most-once', 'x-dead-letter-exchange': '' },
    { 'x-delivery-limit': -1 },
    { 'x-delivery-limit': 'x' },
    { 'x-delivery-limit': 0 },
    { 'x-max-in-memory-length': 5, 'x-max-in-memory-bytes': 5 },
    { 'x-quorum-initial-group-size': 5 },
    { 'x-queue-leader-locator': 'least-leaders' },
    { 'x-single-active-consumer': true, 'x-expires': 100_000, 'x-message-ttl': 1000 },
    { 'x-cancel-on-ha-failover': true },
  ])('takes %j', (fields) => {
    expect(declared({ ...quorum, ...fields })).toBe('ok');
  });

  it('refuses properties that a quorum queue cannot have, auto-delete first', () => {
    const reply = (property: string) => `invalid property '${property}' for queue 'q' in vhost '/'`;
    const no = { durable: false };
    expect(declared(quorum, no)).toBe(reply('non-durable'));
    expect(declared(quorum, { exclusive: true })).toBe(reply('exclusive-owner'));
    expect(declared(quorum, { exclusive: true, ...no })).toBe(reply('exclusive-owner'));
    expect(declared(quorum, { exclusive: true, autoDelete: true, ...no })).toBe(
      reply('auto-delete'),
    );
    // Arguments come before properties.
    expect(declared({ ...quorum, 'x-max-priority': 1 }, no)).toBe(
      inapplicable('x-max-priority', 'quorum'),
    );
  });

  it('cannot be named by the server', () => {
    expect(replyOf(() => checkServerNamed(table(quorum)))).toBe(
      'PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue',
    );
    expect(replyOf(() => checkServerNamed(emptyTable))).toBe('ok');
  });
});

describe('arguments of classic queues', () => {
  it.each([
    'x-dead-letter-strategy',
    'x-delivery-limit',
    'x-max-in-memory-length',
    'x-max-in-memory-bytes',
    'x-quorum-initial-group-size',
    'x-initial-cluster-size',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    // RabbitMQ knows this one since 3.13.
    'x-stream-filter-size-bytes',
  ])('refuses %s, whatever its value', (key) => {
    expect(declared({ [key]: 5 })).toBe(inapplicable(key, 'classic'));
    expect(declared({ [key]: 'text' })).toBe(inapplicable(key, 'classic'));
  });

  it('takes arguments that RabbitMQ does not know', () => {
    const fields = { 'x-foo': 1, bar: true, 'x-ha-policy': 'all', 'x-cancel-on-ha-failover': 1 };
    expect(declared(fields)).toBe('ok');
  });
});

// What RabbitMQ 3.12 and later have is checked in the same way; 3.10 takes it without looking.
describe('arguments of later versions', () => {
  it.each<[string, FieldLike, string]>([
    ['x-consumer-timeout', -1, '{value_negative,-1}'],
    ['x-consumer-timeout', 'x', '"expected integer, got longstr"'],
    ['x-consumer-disconnected-timeout', -1, '{value_negative,-1}'],
    ['x-delayed-retry-type', 'sometimes', 'invalid_delayed_retry_type'],
    ['x-delayed-retry-min', -1, '{value_negative,-1}'],
    ['x-delayed-retry-max', true, '"expected integer, got bool"'],
  ])('are refused: %s %j', (key, value, reason) => {
    expect(declared({ [key]: value })).toBe(invalid(key, reason));
    expect(declared({ ...quorum, [key]: value })).toBe(invalid(key, reason));
  });
});

describe('several bad arguments', () => {
  function refusedInTurn(fields: Arguments): string[] {
    const left = { ...fields };
    const order: string[] = [];
    for (;;) {
      const key = /arg '([^']*)'/.exec(declared(left))?.[1];
      if (key === undefined) return order;
      order.push(key);
      delete left[key];
    }
  }

  it('are refused in the order of RabbitMQ for a classic queue', () => {
    const order = [
      'x-expires',
      'x-message-ttl',
      'x-dead-letter-routing-key',
      'x-max-length',
      'x-max-length-bytes',
      'x-max-priority',
      'x-overflow',
      'x-queue-mode',
      'x-queue-version',
      'x-single-active-consumer',
      'x-dead-letter-strategy',
      'x-delivery-limit',
    ];
    const bad = order.map((key) => [key, { type: 'd', value: 1 }] as const);
    const mixed = [...bad.slice(0, 10).reverse(), ...bad.slice(10)];
    expect(refusedInTurn(Object.fromEntries(mixed))).toEqual(order);
  });

  it('are refused in the order of RabbitMQ for a quorum queue', () => {
    const order = [
      'x-expires',
      'x-message-ttl',
      'x-dead-letter-routing-key',
      'x-dead-letter-strategy',
      'x-max-length',
      'x-max-length-bytes',
      'x-max-in-memory-length',
      'x-max-in-memory-bytes',
      'x-overflow',
      'x-single-active-consumer',
      'x-quorum-initial-group-size',
      'x-queue-leader-locator',
      'x-max-priority',
    ];
    const bad = order.map((key) => [key, { type: 'd', value: 1 }] as const);
    expect(refusedInTurn({ ...Object.fromEntries(bad.reverse()), ...quorum })).toEqual(order);
  });

  it('names the dead letter exchange before the queue type', () => {
    const fields: Arguments = {
      'x-queue-type': 'bogus',
      'x-dead-letter-exchange': { type: 'b', value: 1 },
    };
    expect(declared(fields)).toContain("arg 'x-dead-letter-exchange'");
  });

  it('names the first in the table of those that do not apply', () => {
    expect(declared({ 'x-max-age': 1, 'x-delivery-limit': 1 })).toContain("'x-max-age'");
    expect(declared({ 'x-delivery-limit': 1, 'x-max-age': 1 })).toContain("'x-delivery-limit'");
  });
});

describe('what the arguments ask for', () => {
  it('is nothing when there are none', () => {
    expect(QueueArguments.parse(emptyTable, plain)).toEqual({
      queueType: 'classic',
      overflow: 'drop-head',
      deadLetterStrategy: 'at-most-once',
      singleActiveConsumer: false,
      delayedRetryType: 'disabled',
    });
  });

  it('is read from every argument of a classic queue', () => {
    const all = table({
      'x-message-ttl': 60_000,
      'x-expires': 1_800_000,
      'x-max-length': 10,
      'x-max-length-bytes': 1000,
      'x-overflow': 'reject-publish-dlx',
      'x-dead-letter-exchange': 'dlx',
      'x-dead-letter-routing-key': 'key',
      'x-max-priority': 9,
      'x-single-active-consumer': true,
      'x-consumer-timeout': 5000,
    });
    expect(QueueArguments.parse(all, plain)).toMatchObject({
      messageTtlMs: 60_000,
      expiresMs: 1_800_000,
      maxLength: 10,
      maxLengthBytes: 1000,
      overflow: 'reject-publish-dlx',
      deadLetterExchange: 'dlx',
      deadLetterRoutingKey: 'key',
      maxPriority: 9,
      singleActiveConsumer: true,
      consumerTimeoutMs: 5000,
    });
  });

  it('is read from every argument of a quorum queue', () => {
    const all = table({
      ...quorum,
      'x-delivery-limit': 3,
      'x-dead-letter-strategy': 'at-least-once',
      'x-delayed-retry-type': 'failed',
      'x-delayed-retry-min': 10,
      'x-delayed-retry-max': 1000,
    });
    expect(QueueArguments.parse(all, plain)).toMatchObject({
      queueType: 'quorum',
      deliveryLimit: 3,
      deadLetterStrategy: 'at-least-once',
      delayedRetryType: 'failed',
      delayedRetryMinMs: 10,
      delayedRetryMaxMs: 1000,
    });
  });

  it('takes a negative delivery limit for none, as RabbitMQ 4', () => {
    const all = table({ ...quorum, 'x-delivery-limit': -1 });
    expect(QueueArguments.parse(all, plain).deliveryLimit).toBeUndefined();
  });

  it('drops the head of a quorum queue that asked for reject-publish-dlx', () => {
    const all = table({ ...quorum, 'x-overflow': 'reject-publish-dlx' });
    expect(QueueArguments.parse(all, plain).overflow).toBe('drop-head');
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(QueueArguments.parse(emptyTable, plain))).toBe(true);
  });
});
