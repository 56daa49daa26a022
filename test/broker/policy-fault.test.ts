import { describe, expect, it } from 'vitest';
import type { PolicyKind } from '../../src/broker/policy.ts';
import { policyFault } from '../../src/broker/policy-fault.ts';
import type { JsonObject, JsonValue } from '../../src/kit/json.ts';

// All texts are RabbitMQ's.

const whole = { pattern: '^a', definition: { 'max-length': 1 }, priority: 0, 'apply-to': 'all' };

function faultOf(definition: JsonObject, kind: PolicyKind = 'policy') {
  return policyFault(kind, 'p', { ...whole, definition });
}

describe('a definition', () => {
  it.each<[JsonObject]>([
    [{ 'message-ttl': 0, expires: 1, 'max-length': 0, 'max-length-bytes': 0 }],
    [{ 'max-in-memory-length': 0, 'max-in-memory-bytes': 0, overflow: 'drop-head' }],
    [{ overflow: 'reject-publish-dlx', 'delivery-limit': -1 }],
    [{ 'dead-letter-exchange': '', 'dead-letter-routing-key': 'k' }],
    [{ 'dead-letter-strategy': 'at-least-once', 'alternate-exchange': 'x' }],
    [{ 'queue-mode': 'lazy', 'queue-version': 2, 'consumer-timeout': 1000 }],
    [{ 'queue-leader-locator': 'balanced', 'queue-master-locator': 'min-masters' }],
    [{ 'initial-cluster-size': 3, 'target-group-size': 3, 'max-age': '7D' }],
    [{ 'stream-max-segment-size-bytes': 1000, 'stream-filter-size-bytes': 16 }],
    [{ 'delayed-retry-type': 'all', 'delayed-retry-min': 1, 'delayed-retry-max': 2 }],
    [{ 'ha-mode': 'all', 'ha-sync-mode': 'automatic', 'ha-sync-batch-size': 5 }],
    [{ 'ha-mode': 'exactly', 'ha-params': 2, 'ha-promote-on-failure': 'always' }],
    [{ 'ha-mode': 'nodes', 'ha-params': ['a'], 'ha-promote-on-shutdown': 'when-synced' }],
    [{ 'federation-upstream': 'u' }],
    [{ 'federation-upstream-set': 'all' }],
  ])('may say %j', (definition) => {
    expect(faultOf(definition)).toBeUndefined();
  });

  it.each<[JsonObject, string]>([
    [{}, 'no policy provided'],
    [{ 'message-ttl': 'x' }, '<<"x">> is not a valid message TTL'],
    [{ 'message-ttl': -1 }, '-1 is not a valid message TTL'],
    [{ 'message-ttl': 1.5 }, '1.5 is not a valid message TTL'],
    [{ expires: 0 }, '0 is not a valid queue expiry'],
    [{ 'max-length': true }, 'true is not a valid maximum length'],
    [{ 'max-length': null }, 'null is not a valid maximum length'],
    [{ 'max-length': ['a', 1] }, '[<<"a">>,1] is not a valid maximum length'],
    [{ 'max-length': { a: 1 } }, '#{<<"a">> => 1} is not a valid maximum length'],
    [{ 'max-length-bytes': -1 }, '-1 is not a valid maximum length in bytes'],
    [{ 'max-in-memory-bytes': -1 }, '-1 is not a valid maximum memory in bytes'],
    [{ overflow: 'foo' }, '<<"foo">> is not a valid overflow value'],
    [{ 'dead-letter-exchange': 1 }, '1 is not a valid dead letter exchange name'],
    [{ 'dead-letter-routing-key': 1 }, '1 is not a valid dead letter routing key'],
    [{ 'dead-letter-strategy': 'x' }, '<<"x">> is not a valid dead letter strategy'],
    [{ 'delivery-limit': 'x' }, '<<"x">> is not a valid delivery limit'],
    [{ 'alternate-exchange': 5 }, '5 is not a valid alternate exchange name'],
    [{ 'queue-mode': 'foo' }, '<<"foo">> is not a valid queue-mode value'],
    [{ 'queue-version': 3 }, '3 is not a valid queue-version value'],
    [{ 'queue-leader-locator': 'x' }, '<<"x">> is not a valid queue leader locator value'],
    [{ 'queue-master-locator': 'x' }, '<<"x">> invalid queue-master-locator value'],
    [{ 'initial-cluster-size': -1 }, '-1 is not a valid cluster size'],
    [{ 'target-group-size': 0 }, '0 is not a valid qq target count value'],
    [{ 'stream-max-segment-size-bytes': -1 }, '-1 is not a valid segment size'],
    [{ 'max-age': '7 days' }, '<<"7 days">> is not a valid max age'],
    [{ 'ha-mode': 'foo' }, '<<"foo">> is not a valid ha-mode value'],
    [{ 'ha-mode': 'exactly' }, 'ha-mode="exactly" takes an integer, none given'],
    [
      { 'ha-mode': 'exactly', 'ha-params': 'x' },
      'ha-mode="exactly" takes an integer, <<"x">> given',
    ],
    [
      { 'ha-params': 2 },
      'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown',
    ],
    [
      { 'ha-mode': 'all', 'ha-sync-mode': 'foo' },
      'ha-sync-mode must be "manual" or "automatic", got <<"foo">>',
    ],
    [
      { 'ha-mode': 'all', 'ha-sync-batch-size': 0 },
      'ha-sync-batch-size takes an integer greater than 0, 0 given',
    ],
    [{ nonsense: 5 }, '[{<<"nonsense">>,5}] are not recognised policy settings'],
    [
      { zz: 'y', nonsense: { a: [1, 'b', true, null, 1.5] }, 'max-length': 5 },
      '[{<<"nonsense">>,#{<<"a">> => [1,<<"b">>,true,null,1.5]}},{<<"zz">>,<<"y">>}]' +
        ' are not recognised policy settings',
    ],
    [{ 'max-priority': 5 }, '[{<<"max-priority">>,5}] are not recognised policy settings'],
  ])('may not say %j', (definition, text) => {
    expect(faultOf(definition)).toBe(text);
  });

  it('of an operator may say less', () => {
    const limits = { 'max-length': 1, 'message-ttl': 1, expires: 1, 'delivery-limit': 1 };
    expect(faultOf(limits, 'operator_policy')).toBeUndefined();
    expect(faultOf({ 'message-ttl': -1 }, 'operator_policy')).toBe('-1 is not a valid message TTL');
    expect(faultOf({ 'dead-letter-exchange': 'x' }, 'operator_policy')).toBe(
      '[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings',
    );
  });
});

describe('a policy', () => {
  const faultIn = (value: JsonValue) => policyFault('policy', 'p', value);

  it('may leave out what it applies to', () => {
    const { 'apply-to': _, ...rest } = whole;
    expect(faultIn(rest)).toBeUndefined();
  });

  it.each<[JsonObject, string]>([
    [{ priority: '5' }, 'priority should be a number, actually was <<"5">>'],
    [{ priority: null }, 'priority should be a number, actually was null'],
    [{ pattern: 5 }, 'pattern should be a binary but was 5'],
    [
      { 'apply-to': 'cats' },
      "apply-to 'cats' unrecognised; should be one of: 'queues', 'classic_queues', " +
        " 'quorum_queues', 'streams', 'exchanges', or 'all'",
    ],
    [{ more: 1 }, 'Unrecognised terms [{<<"more">>,1}] in p'],
    [
      { pattern: 'a(', priority: 'x', 'apply-to': 'cats', definition: { 'max-length': -5 } },
      '-5 is not a valid maximum length\n' +
        "apply-to 'cats' unrecognised; should be one of: 'queues', 'classic_queues', " +
        " 'quorum_queues', 'streams', 'exchanges', or 'all'\n" +
        'pattern should be regular expression but is invalid: {"missing closing parenthesis",\n' +
        `${' '.repeat(54)}2}\n` +
        'priority should be a number, actually was <<"x">>',
    ],
  ])('may not say %j', (terms, text) => {
    expect(faultIn({ ...whole, ...terms })).toBe(text);
  });

  it('needs its other terms', () => {
    expect(faultIn({})).toBe(
      'Key "definition" not found in p\nKey "pattern" not found in p\nKey "priority" not found in p',
    );
    expect(faultIn(5)).toBe('p not a list 5');
  });

  it.each([
    ['((', 'missing closing parenthesis', 2],
    ['a\\', '\\\\ at end of pattern', 2],
    ['[', 'missing terminating ] for character class', 1],
    ['[]a', 'missing terminating ] for character class', 3],
    ['a)', 'unmatched closing parenthesis', 1],
    ['*', 'quantifier does not follow a repeatable item', 0],
    ['a|+', 'quantifier does not follow a repeatable item', 2],
    ['\\((', 'missing closing parenthesis', 3],
    ['[()](', 'missing closing parenthesis', 5],
  ])('may not have the pattern %s', (pattern, text, at) => {
    const fault = faultIn({ ...whole, pattern });
    expect(fault?.replace(/\n\s+/, '')).toBe(
      `pattern should be regular expression but is invalid: {"${text}",${at}}`,
    );
  });

  it.each(['', '^a', '.*', '^(?!amq\\.).*', '(?i)A', '[]a]', '(?:a|b)+', '^amq\\.', 'a{2,3}'])(
    'may have the pattern %s',
    (pattern) => {
      expect(faultIn({ ...whole, pattern })).toBeUndefined();
    },
  );
});
