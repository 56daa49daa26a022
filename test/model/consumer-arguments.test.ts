import { describe, expect, it } from 'vitest';
import { emptyTable, type FieldLike, table } from '../../src/codec/table.ts';
import { ConsumerArguments } from '../../src/model/consumer-arguments.ts';
import { fieldsByTypeName, integerTypeNames, notIntegerTypeNames } from './fields.ts';
import { replyOf } from './transcript.ts';

// The texts are transcripts of RabbitMQ 3.10.8.

const classic = { queue: 'q', vhost: '/', queueType: 'classic' } as const;
const quorum = { ...classic, queueType: 'quorum' } as const;

function consumed(fields: Record<string, FieldLike>, queue: typeof classic | typeof quorum) {
  const reply = replyOf(() => ConsumerArguments.parse(table(fields), queue));
  return reply.replace('PRECONDITION_FAILED - ', '');
}

describe('the arguments of a consumer', () => {
  it('give its priority as an integer of any width and sign', () => {
    for (const name of integerTypeNames) {
      const field = fieldsByTypeName[name] ?? 0;
      const { priority } = ConsumerArguments.parse(table({ 'x-priority': field }), classic);
      expect(priority).toBe(5);
    }
    expect(ConsumerArguments.parse(table({ 'x-priority': -5 }), quorum).priority).toBe(-5);
    expect(ConsumerArguments.parse(emptyTable, classic).priority).toBe(0);
  });

  it.each([classic, quorum])('refuse a priority that is no integer ($queueType)', (queue) => {
    for (const name of notIntegerTypeNames) {
      expect(consumed({ 'x-priority': fieldsByTypeName[name] ?? 0 }, queue)).toBe(
        `invalid arg 'x-priority' for queue 'q' in vhost '/': "expected integer, got ${name}"`,
      );
    }
  });

  it('take x-cancel-on-ha-failover as a boolean for a classic queue only', () => {
    const key = 'x-cancel-on-ha-failover';
    expect(consumed({ [key]: true }, classic)).toBe('ok');
    expect(consumed({ [key]: 'x' }, classic)).toBe(
      `invalid arg '${key}' for queue 'q' in vhost '/': {unacceptable_type,longstr}`,
    );
    expect(consumed({ [key]: true }, quorum)).toBe(
      `invalid arg '${key}' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue`,
    );
  });

  it('refuse a stream offset for a queue that is no stream', () => {
    expect(consumed({ 'x-stream-offset': 'first' }, classic)).toBe(
      "invalid arg 'x-stream-offset' for queue 'q' in vhost '/' of queue type rabbit_classic_queue",
    );
    expect(consumed({ 'x-stream-offset': 'first' }, quorum)).toBe(
      "invalid arg 'x-stream-offset' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue",
    );
  });

  it('give a consumer timeout in milliseconds', () => {
    const all = table({ 'x-consumer-timeout': 1500 });
    expect(ConsumerArguments.parse(all, classic).consumerTimeoutMs).toBe(1500);
    expect(consumed({ 'x-consumer-timeout': -1 }, quorum)).toBe(
      "invalid arg 'x-consumer-timeout' for queue 'q' in vhost '/': {value_negative,-1}",
    );
  });

  it('may hold what RabbitMQ does not know', () => {
    expect(consumed({ 'x-foo': 1, 'x-stream-filter': 1 }, classic)).toBe('ok');
  });
});
