import { describe, expect, it } from 'vitest';
import { type FieldLike, longstr, table } from '../../src/codec/table.ts';
import {
  checkExchangeEquivalence,
  checkQueueEquivalence,
  queueLocked,
} from '../../src/model/equivalence.ts';
import { fieldsByTypeName } from './fields.ts';
import { replyOf } from './transcript.ts';

// The texts are transcripts of RabbitMQ 3.10.8.

type Arguments = Readonly<Record<string, FieldLike>>;

const plain = { durable: true, exclusive: false, autoDelete: false };
const locked =
  "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be " +
  'originally declared on another connection or the exclusive property value does not match that ' +
  'of the original declaration.';

function redeclared(
  existing: Arguments,
  requested: Arguments,
  was: Partial<typeof plain> = {},
  is: Partial<typeof plain> = {},
): string {
  return replyOf(() =>
    checkQueueEquivalence(
      { ...plain, ...was, name: 'q', vhost: '/', arguments: table(existing) },
      { ...plain, ...is, arguments: table(requested) },
    ),
  );
}

function inequivalent(key: string, rest: string): string {
  return `PRECONDITION_FAILED - inequivalent arg '${key}' for queue 'q' in vhost '/': received ${rest}`;
}

describe('a queue declared again', () => {
  it('must be durable or not as it was', () => {
    expect(redeclared({}, {}, {}, { durable: false })).toBe(
      inequivalent('durable', "'false' but current is 'true'"),
    );
    expect(redeclared({}, {}, { durable: false })).toBe(
      inequivalent('durable', "'true' but current is 'false'"),
    );
  });

  it('must be auto-delete or not as it was', () => {
    expect(redeclared({}, {}, {}, { autoDelete: true })).toBe(
      inequivalent('auto_delete', "'true' but current is 'false'"),
    );
  });

  it('is locked when only one of the two is exclusive, whatever else differs', () => {
    expect(redeclared({}, {}, {}, { exclusive: true, durable: false })).toBe(locked);
    expect(redeclared({}, {}, { exclusive: true })).toBe(locked);
    expect(queueLocked('q', '/').message).toBe(locked);
  });

  it('is compared by its properties before its arguments', () => {
    const reply = redeclared(
      { 'x-message-ttl': 1 },
      { 'x-message-ttl': 2 },
      {},
      { durable: false },
    );
    expect(reply).toBe(inequivalent('durable', "'false' but current is 'true'"));
  });

  it.each<[string, Arguments, Arguments]>([
    ['has no arguments', {}, {}],
    [
      'gives the same number in another width',
      { 'x-message-ttl': { type: 's', value: 1000 } },
      { 'x-message-ttl': { type: 'l', value: 1000n } },
    ],
    [
      'gives the same number as a timestamp',
      { 'x-message-ttl': { type: 'b', value: 1 } },
      { 'x-message-ttl': { type: 'T', value: 1n } },
    ],
    [
      'gives the same string as bytes',
      { 'x-dead-letter-exchange': longstr('a') },
      { 'x-dead-letter-exchange': { type: 'x', value: new Uint8Array([97]) } },
    ],
    ['differs in arguments that RabbitMQ does not know', { 'x-foo': 1 }, { 'x-foo': 2, bar: 'x' }],
    ['differs in x-consumer-timeout', { 'x-consumer-timeout': 1 }, { 'x-consumer-timeout': 2 }],
    ['names the type that it has anyway', {}, { 'x-queue-type': 'classic' }],
    ['leaves out the type that it has anyway', { 'x-queue-type': 'classic' }, {}],
    ['is a quorum queue again', { 'x-queue-type': 'quorum' }, { 'x-queue-type': 'quorum' }],
  ])('is the same when it %s', (_what, existing, requested) => {
    expect(redeclared(existing, requested)).toBe('ok');
  });

  it.each<[string, string, Arguments, Arguments, string]>([
    [
      'another number',
      'x-message-ttl',
      { 'x-message-ttl': 1000 },
      { 'x-message-ttl': 2000 },
      "'2000' but current is '1000'",
    ],
    [
      'a number where there was none',
      'x-message-ttl',
      {},
      { 'x-message-ttl': { type: 's', value: 2000 } },
      "the value '2000' of type 'short' but current is none",
    ],
    [
      'no number where there was one',
      'x-message-ttl',
      { 'x-message-ttl': { type: 'I', value: 70_000 } },
      {},
      "none but current is the value '70000' of type 'signedint'",
    ],
    [
      'a string for a number',
      'x-message-ttl',
      { 'x-message-ttl': 70_000 },
      { 'x-message-ttl': 'a' },
      "'a' but current is '70000'",
    ],
    [
      'a float for a number',
      'x-message-ttl',
      { 'x-message-ttl': 100 },
      { 'x-message-ttl': { type: 'd', value: 100 } },
      "'100.0' but current is '100'",
    ],
    [
      'another string',
      'x-dead-letter-exchange',
      { 'x-dead-letter-exchange': 'a' },
      { 'x-dead-letter-exchange': 'b' },
      "'b' but current is 'a'",
    ],
    [
      'a void for a string',
      'x-dead-letter-exchange',
      { 'x-dead-letter-exchange': 'a' },
      { 'x-dead-letter-exchange': { type: 'V', value: null } },
      "none but current is 'a'",
    ],
    [
      'a void where there was nothing',
      'x-dead-letter-exchange',
      {},
      { 'x-dead-letter-exchange': { type: 'V', value: null } },
      "the value 'undefined' of type 'void' but current is none",
    ],
    [
      'a table for a string',
      'x-dead-letter-exchange',
      { 'x-dead-letter-exchange': 'a' },
      { 'x-dead-letter-exchange': { type: 'F', value: table({ a: { type: 'b', value: 1 } }) } },
      `'[{<<"a">>,byte,1}]' but current is 'a'`,
    ],
    [
      'an array where there was nothing',
      'x-dead-letter-exchange',
      {},
      {
        'x-dead-letter-exchange': {
          type: 'A',
          value: [{ type: 'b', value: 1 }, longstr('x')],
        },
      },
      `the value '[{byte,1},{longstr,<<"x">>}]' of type 'array' but current is none`,
    ],
    [
      'a decimal where there was nothing',
      'x-message-ttl',
      {},
      { 'x-message-ttl': { type: 'D', value: { scale: 2, unscaled: 1234 } } },
      "the value '{2,1234}' of type 'decimal' but current is none",
    ],
    [
      'another boolean',
      'x-single-active-consumer',
      { 'x-single-active-consumer': true },
      { 'x-single-active-consumer': false },
      "'false' but current is 'true'",
    ],
    [
      'false where there was nothing',
      'x-single-active-consumer',
      {},
      { 'x-single-active-consumer': false },
      "the value 'false' of type 'bool' but current is none",
    ],
    [
      'no type for a quorum queue',
      'x-queue-type',
      { 'x-queue-type': 'quorum' },
      {},
      "none but current is the value 'quorum' of type 'longstr'",
    ],
    [
      'classic for a quorum queue',
      'x-queue-type',
      { 'x-queue-type': 'quorum' },
      { 'x-queue-type': 'classic' },
      "'classic' but current is 'quorum'",
    ],
    [
      'quorum for a classic queue',
      'x-queue-type',
      {},
      { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
      "the value 'quorum' of type 'longstr' but current is none",
    ],
    [
      'another delivery limit for a quorum queue',
      'x-delivery-limit',
      { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 },
      { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
      "'3' but current is '2'",
    ],
    [
      'an argument that would be refused when declared first',
      'x-message-ttl',
      {},
      { 'x-message-ttl': { type: 'b', value: -1 } },
      "the value '-1' of type 'byte' but current is none",
    ],
  ])('is refused for %s', (_what, key, existing, requested, rest) => {
    expect(redeclared(existing, requested)).toBe(inequivalent(key, rest));
  });

  it('names the type of what it received in the words of RabbitMQ', () => {
    for (const [name, field] of Object.entries(fieldsByTypeName)) {
      expect(redeclared({}, { 'x-max-length': field })).toContain(`of type '${name}' but`);
    }
  });

  function refusedInTurn(existing: Arguments, requested: Arguments): string[] {
    const given = { ...requested };
    const order: string[] = [];
    for (;;) {
      const key = /arg '([^']*)'/.exec(redeclared(existing, given))?.[1];
      if (key === undefined) return order;
      order.push(key);
      given[key] = existing[key] ?? '';
    }
  }

  it('is compared argument by argument in the order of RabbitMQ', () => {
    const classic = [
      'x-expires',
      'x-message-ttl',
      'x-dead-letter-exchange',
      'x-dead-letter-routing-key',
      'x-max-length',
      'x-max-length-bytes',
      'x-max-priority',
      'x-overflow',
      'x-queue-mode',
      'x-queue-version',
      'x-single-active-consumer',
    ];
    const existing = Object.fromEntries(classic.map((key) => [key, 1]).reverse());
    const requested = Object.fromEntries(classic.map((key) => [key, 2]));
    expect(refusedInTurn(existing, requested)).toEqual(classic);
  });

  it('is compared in another order if it is a quorum queue', () => {
    const quorum = [
      'x-dead-letter-exchange',
      'x-dead-letter-routing-key',
      'x-dead-letter-strategy',
      'x-expires',
      'x-max-length',
      'x-max-length-bytes',
      'x-max-in-memory-length',
      'x-max-in-memory-bytes',
      'x-overflow',
      'x-single-active-consumer',
      'x-queue-type',
      'x-quorum-initial-group-size',
      'x-delivery-limit',
      'x-message-ttl',
      'x-queue-leader-locator',
    ];
    const existing = Object.fromEntries(quorum.map((key) => [key, 'quorum']).reverse());
    expect(refusedInTurn(existing, { 'x-queue-type': 'stream' })).toEqual(quorum);
  });
});

describe('an exchange declared again', () => {
  const exchange = { type: 'direct', durable: true, autoDelete: false, internal: false };

  function again(
    is: Partial<typeof exchange>,
    existing: Arguments = {},
    requested: Arguments = existing,
  ): string {
    return replyOf(() =>
      checkExchangeEquivalence(
        { ...exchange, name: 'x', vhost: '/', arguments: table(existing) },
        { ...exchange, ...is, arguments: table(requested) },
      ),
    );
  }

  function refused(key: string, rest: string): string {
    return `PRECONDITION_FAILED - inequivalent arg '${key}' for exchange 'x' in vhost '/': received ${rest}`;
  }

  it('is the same when nothing but unknown arguments differ', () => {
    expect(
      again({}, { 'x-foo': 1, 'alternate-exchange': 'a' }, { 'alternate-exchange': 'a' }),
    ).toBe('ok');
  });

  it('must be what it was, compared in the order of RabbitMQ', () => {
    const all = { type: 'topic', durable: false, autoDelete: true, internal: true };
    expect(again(all)).toBe(refused('type', "'topic' but current is 'direct'"));
    expect(again({ ...all, type: 'direct' })).toBe(
      refused('durable', "'false' but current is 'true'"),
    );
    expect(again({ autoDelete: true, internal: true })).toBe(
      refused('auto_delete', "'true' but current is 'false'"),
    );
    expect(again({ internal: true }, { 'alternate-exchange': 'a' }, {})).toBe(
      refused('internal', "'true' but current is 'false'"),
    );
  });

  it('must have the alternate exchange that it had', () => {
    const a = { 'alternate-exchange': 'a' };
    const b = { 'alternate-exchange': 'b' };
    expect(again({}, a, b)).toBe(refused('alternate-exchange', "'b' but current is 'a'"));
    expect(again({}, {}, b)).toBe(
      refused('alternate-exchange', "the value 'b' of type 'longstr' but current is none"),
    );
    expect(again({}, a, {})).toBe(
      refused('alternate-exchange', "none but current is the value 'a' of type 'longstr'"),
    );
  });
});
