import type { JsonObject, JsonValue } from '../kit/json.ts';
import { jsonTerm } from '../model/json-term.ts';
import type { QueueType } from '../model/queue-argument-rules.ts';
import type { PolicyKind } from './policy.ts';

// What a definition may say: the keys of RabbitMQ 3.10 to 4.3 and of the plugins that come with it.
// A key that has no effect here is checked and kept all the same, so that definitions can move.

/** What is wrong with a value, in RabbitMQ's words; undefined when nothing is. */
type KeyCheck = (value: JsonValue, definition: JsonObject) => string | undefined;

interface KeyRule {
  readonly check: KeyCheck;
  /** An operator policy may say it too. */
  readonly forOperators?: true;
  /** How an operator policy's value is joined with a policy's; it replaces it unless told. */
  readonly merge?: (value: number, operators: number) => number;
  /** The queue types that do not know the key: a policy that has it does not apply to them at all. */
  readonly unknownTo?: readonly QueueType[];
}

function invalid(what: string): (value: JsonValue) => string {
  return (value) => `${jsonTerm(value)} is not a valid ${what}`;
}

function text(what: string): KeyCheck {
  return (value) => (typeof value === 'string' ? undefined : invalid(what)(value));
}

function integer(what: string, lowest: number, highest = Infinity): KeyCheck {
  return (value) =>
    Number.isInteger(value) && Number(value) >= lowest && Number(value) <= highest
      ? undefined
      : invalid(what)(value);
}

function oneOf(values: readonly JsonValue[], refused: (value: JsonValue) => string): KeyCheck {
  return (value) => (values.includes(value) ? undefined : refused(value));
}

function matching(pattern: RegExp, what: string): KeyCheck {
  return (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : invalid(what)(value);
}

// A negative delivery limit is none.
function deliveryLimit(value: number, operators: number): number {
  return value < 0 || operators < 0 ? Math.max(value, operators) : Math.min(value, operators);
}

const lowest = Math.min;
const quorumOnly = { unknownTo: ['classic'] } as const;
const classicOnly = { unknownTo: ['quorum'] } as const;
const streamsOnly = { unknownTo: ['classic', 'quorum'] } as const;
const operatorsToo = { forOperators: true } as const;

const haModes = ['all', 'exactly', 'nodes'] as const;

const haMode: KeyCheck = (mode, definition) => {
  const parameters = definition['ha-params'];
  switch (haModes.find((each) => each === mode)) {
    case undefined:
      return invalid('ha-mode value')(mode);
    case 'all':
      return parameters === undefined
        ? undefined
        : `ha-mode="all" does not take parameters, got ${jsonTerm(parameters)}`;
    case 'exactly':
      if (Number.isInteger(parameters)) return undefined;
      return `ha-mode="exactly" takes an integer, ${given(parameters)} given`;
    case 'nodes': {
      const nodes: readonly JsonValue[] = Array.isArray(parameters) ? parameters : [];
      if (nodes.length === 0) {
        return `ha-mode="nodes" takes a list of node names, ${given(parameters)} given`;
      }
      const bad = nodes.filter((each) => typeof each !== 'string');
      if (bad.length === 0) return undefined;
      return `ha-mode="nodes" takes a list of strings, ${jsonTerm(bad)} was given`;
    }
  }
};

function given(value: JsonValue | undefined): string {
  return value === undefined ? 'none' : jsonTerm(value);
}

function withHaMode(check: KeyCheck): KeyCheck {
  return (value, definition) =>
    definition['ha-mode'] === undefined
      ? 'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown'
      : check(value, definition);
}

function haChoice(key: string, one: string, other: string): KeyCheck {
  return withHaMode(
    oneOf([one, other], (value) => `${key} must be "${one}" or "${other}", got ${jsonTerm(value)}`),
  );
}

const haBatch = withHaMode((value) =>
  Number.isInteger(value) && Number(value) > 0
    ? undefined
    : `ha-sync-batch-size takes an integer greater than 0, ${jsonTerm(value)} given`,
);

const masterLocator = oneOf(
  ['min-masters', 'client-local', 'random'],
  (value) => `${jsonTerm(value)} invalid queue-master-locator value`,
);

const upstream: KeyCheck = (value, definition) =>
  definition['federation-upstream-set'] === undefined
    ? text('federation upstream name')(value, definition)
    : 'cannot specify both federation-upstream and federation-upstream-set';

const rules: ReadonlyMap<string, KeyRule> = new Map<string, KeyRule>([
  ['alternate-exchange', { check: text('alternate exchange name') }],
  ['dead-letter-exchange', { check: text('dead letter exchange name') }],
  ['dead-letter-routing-key', { check: text('dead letter routing key') }],
  [
    'dead-letter-strategy',
    {
      check: oneOf(['at-most-once', 'at-least-once'], invalid('dead letter strategy')),
      ...quorumOnly,
    },
  ],
  ['message-ttl', { check: integer('message TTL', 0), merge: lowest, ...operatorsToo }],
  ['expires', { check: integer('queue expiry', 1), merge: lowest, ...operatorsToo }],
  ['max-length', { check: integer('maximum length', 0), merge: lowest, ...operatorsToo }],
  [
    'max-length-bytes',
    { check: integer('maximum length in bytes', 0), merge: lowest, ...operatorsToo },
  ],
  [
    'max-in-memory-length',
    {
      check: integer('maximum memory in bytes', 0),
      merge: lowest,
      ...operatorsToo,
      ...quorumOnly,
    },
  ],
  [
    'max-in-memory-bytes',
    {
      check: integer('maximum memory in bytes', 0),
      merge: lowest,
      ...operatorsToo,
      ...quorumOnly,
    },
  ],
  [
    'overflow',
    {
      check: oneOf(
        ['drop-head', 'reject-publish', 'reject-publish-dlx'],
        invalid('overflow value'),
      ),
      ...operatorsToo,
    },
  ],
  [
    'delivery-limit',
    {
      check: integer('delivery limit', -Infinity),
      merge: deliveryLimit,
      ...operatorsToo,
      ...quorumOnly,
    },
  ],
  ['consumer-timeout', { check: integer('consumer timeout', 0), merge: lowest }],
  [
    'consumer-disconnected-timeout',
    { check: integer('consumer disconnected timeout', 0), merge: lowest, ...quorumOnly },
  ],
  [
    'delayed-retry-type',
    {
      check: oneOf(['disabled', 'all', 'failed', 'returned'], invalid('delayed retry type')),
      ...operatorsToo,
      ...quorumOnly,
    },
  ],
  ['delayed-retry-min', { check: integer('delayed retry min', 0), ...operatorsToo, ...quorumOnly }],
  ['delayed-retry-max', { check: integer('delayed retry max', 0), ...operatorsToo, ...quorumOnly }],
  [
    'queue-mode',
    { check: oneOf(['default', 'lazy'], invalid('queue-mode value')), ...classicOnly },
  ],
  ['queue-version', { check: oneOf([1, 2], invalid('queue-version value')), ...operatorsToo }],
  [
    'queue-leader-locator',
    {
      check: oneOf(
        ['client-local', 'balanced', 'random', 'least-leaders'],
        invalid('queue leader locator value'),
      ),
    },
  ],
  ['queue-master-locator', { check: masterLocator, ...classicOnly }],
  ['initial-cluster-size', { check: integer('cluster size', 0), ...streamsOnly }],
  [
    'target-group-size',
    {
      check: integer('qq target count value', 1),
      merge: Math.max,
      ...operatorsToo,
      ...quorumOnly,
    },
  ],
  ['member-placement-tag', { check: text('member placement tag'), ...quorumOnly }],
  ['max-age', { check: matching(/^\d+[YMDhms]$/, 'max age'), ...streamsOnly }],
  ['stream-max-segment-size-bytes', { check: integer('segment size', 0), ...streamsOnly }],
  [
    'stream-filter-size-bytes',
    { check: integer('filter size. Valid range is 16-255.', 16, 255), ...streamsOnly },
  ],
  ['ha-mode', { check: haMode, ...classicOnly }],
  ['ha-params', { check: withHaMode(() => undefined), ...classicOnly }],
  ['ha-sync-mode', { check: haChoice('ha-sync-mode', 'manual', 'automatic'), ...classicOnly }],
  ['ha-sync-batch-size', { check: haBatch, ...classicOnly }],
  [
    'ha-promote-on-failure',
    { check: haChoice('ha-promote-on-failure', 'always', 'when-synced'), ...classicOnly },
  ],
  [
    'ha-promote-on-shutdown',
    { check: haChoice('ha-promote-on-shutdown', 'always', 'when-synced'), ...classicOnly },
  ],
  ['federation-upstream', { check: upstream }],
  ['federation-upstream-set', { check: text('federation upstream set name') }],
  ['federation-upstream-pattern', { check: text('federation upstream pattern') }],
]);

/** What is wrong with a definition, in RabbitMQ's words; undefined when nothing is. */
export function definitionFault(kind: PolicyKind, definition: JsonObject): string | undefined {
  const keys = Object.keys(definition).sort();
  if (keys.length === 0) return 'no policy provided';
  for (const key of keys) {
    const value = definition[key];
    const rule = ruleOf(kind, key);
    const fault = value === undefined ? undefined : rule?.check(value, definition);
    if (fault !== undefined) return fault;
  }
  const strangers = keys.filter((key) => ruleOf(kind, key) === undefined);
  if (strangers.length === 0) return undefined;
  const pairs = strangers.map((key) => `{${jsonTerm(key)},${jsonTerm(definition[key] ?? null)}}`);
  return `[${pairs.join(',')}] are not recognised policy settings`;
}

/** Whether a policy can apply to a queue of this type: as a whole or not at all. */
export function suits(definition: JsonObject, queueType: QueueType): boolean {
  return Object.keys(definition).every(
    (key) => rules.get(key)?.unknownTo?.includes(queueType) !== true,
  );
}

/** What a policy and an operator policy say together. */
export function mergeDefinitions(policy: JsonObject, operators: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...policy };
  for (const [key, value] of Object.entries(operators)) {
    const other = policy[key];
    const merge = rules.get(key)?.merge;
    merged[key] =
      merge !== undefined && typeof other === 'number' && typeof value === 'number'
        ? merge(other, value)
        : value;
  }
  return merged;
}

function ruleOf(kind: PolicyKind, key: string): KeyRule | undefined {
  const rule = rules.get(key);
  return kind === 'policy' || rule?.forOperators === true ? rule : undefined;
}
