/** Arbitrary arguments of queues, exchanges, bindings and consumers. */
import fc from 'fast-check';
import type { Fields, Plain } from './steps.ts';

/** What a script is about: it decides which arguments are likely. */
export type Flavour =
  | 'plain'
  | 'timed'
  | 'bounded'
  | 'quorum'
  | 'priority'
  | 'single'
  | 'transacted';

export const KEYS = ['a', 'a.b', 'a.b.c', 'b', 'b.c', ''] as const;
const PATTERNS = ['#', '*', 'a.*', 'a.#', '*.b', '#.c', 'a.*.c', '*.*', '#.b.#', ''] as const;

export const pick = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** True once in `times`. */
export const rarely = (times: number): fc.Arbitrary<boolean> =>
  fc.integer({ min: 1, max: times }).map((one) => one === times);

export const queueName = fc.oneof(
  { weight: 20, arbitrary: pick(['~q0', '~q1']) },
  { weight: 6, arbitrary: fc.constant('~q2') },
  { weight: 1, arbitrary: fc.constant('~q3') },
  // The queue that the channel has declared last.
  { weight: 1, arbitrary: fc.constant('') },
);

export const exchangeName = fc.oneof(
  { weight: 20, arbitrary: pick(['~e0', '~e1']) },
  { weight: 1, arbitrary: fc.constant('~e2') },
);

type Chances = readonly (readonly [name: string, times: number, value: fc.Arbitrary<Plain>])[];

/** A table with each of the fields once in so many times. */
function table(chances: Chances): fc.Arbitrary<Fields> {
  const each = chances.map(([name, times, value]) =>
    fc
      .tuple(rarely(times), value)
      .map(([isThere, plain]): [string, Plain][] => (isThere ? [[name, plain]] : [])),
  );
  return fc.tuple(...each).map((fields) => Object.fromEntries(fields.flat()));
}

const LONG_MS = 60_000;
const overflow = pick(['drop-head', 'reject-publish', 'reject-publish-dlx']);
const quorumOverflow = rarely(8).map((refuses) => (refuses ? 'reject-publish' : 'drop-head'));
/** Mostly there is one: without it what comes back waits elsewhere; see `explained.ts`. */
const deliveryLimit = fc
  .tuple(rarely(6), pick([0, 1, 2, 20]))
  .map(([isUnlimited, limit]): Fields => (isUnlimited ? {} : { 'x-delivery-limit': limit }));
const deadLetterTo: Chances = [
  ['x-dead-letter-exchange', 2, pick(['', '~e0', '~e1', '~e2', '~nowhere'])],
  ['x-dead-letter-routing-key', 3, pick(['~q0', '~q1', '~q2', 'a', 'a.b'])],
];
const wrong: Chances = [
  ['x-max-length', 180, pick<Plain>([-1, 'three', 1.5])],
  ['x-message-ttl', 270, pick<Plain>([-1, '60000', true])],
  ['x-overflow', 360, pick<Plain>(['drop-tail', 1])],
  ['x-max-priority', 450, pick<Plain>([-1, 256, 'high'])],
  ['x-dead-letter-routing-key', 450, fc.constant('a')],
  ['x-queue-type', 450, fc.constant('classical')],
];

function queueChances(flavour: Flavour): Chances {
  const isQuorum = flavour === 'quorum';
  switch (flavour) {
    case 'timed':
      return [
        ['x-message-ttl', 2, pick([0, 60, 80, LONG_MS])],
        ['x-expires', 8, pick([100, LONG_MS])],
        ['x-max-length', 6, pick([1, 2])],
        ['x-max-priority', 8, fc.constant(5)],
        ...deadLetterTo,
      ];
    case 'bounded':
    case 'quorum':
      return [
        ['x-max-length', isQuorum ? 3 : 2, pick([0, 1, 2, 3])],
        ['x-max-length-bytes', 5, pick([0, 20, 100])],
        ['x-overflow', 2, isQuorum ? quorumOverflow : overflow],
        ...(isQuorum ? [['x-single-active-consumer', 6, fc.boolean()] as const] : []),
        ...(isQuorum ? [] : [['x-max-priority', 8, pick([1, 5])] as const]),
        ...deadLetterTo,
      ];
    case 'priority':
      return [
        ['x-max-priority', 2, pick([1, 3, 10])],
        ['x-max-length', 5, pick([1, 2, 3])],
        ['x-message-ttl', 8, pick([0, LONG_MS])],
        ...deadLetterTo,
      ];
    case 'single':
      return [['x-single-active-consumer', 2, fc.boolean()], ...deadLetterTo];
    case 'plain':
    case 'transacted':
      return [
        ['x-max-length', 10, pick([1, 2, 3])],
        ['x-queue-mode', 15, pick(['lazy', 'default'])],
        ['x-message-ttl', 15, pick([0, LONG_MS])],
        ...deadLetterTo,
      ];
  }
}

export function queueArguments(flavour: Flavour): fc.Arbitrary<Fields> {
  const good = table(queueChances(flavour));
  const limit = flavour === 'quorum' ? deliveryLimit : fc.constant({});
  return fc
    .tuple(limit, good, table(wrong))
    .map(([returns, right, faults]) => ({ ...returns, ...right, ...faults }));
}

export const exchangeArguments = table([
  ['alternate-exchange', 4, pick(['~e0', '~e1', '~e2', '~nowhere'])],
  ['x-anything', 20, fc.constant(1)],
]);

const match = pick(['all', 'any', 'all-with-x', 'any-with-x']);
export const headerTable = table([
  ['h1', 2, pick<Plain>([1, 'one', true])],
  ['h2', 3, pick<Plain>([2, 'two', null])],
  ['x-h', 6, fc.constant('x')],
]);
const bindingArguments = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.tuple(match, headerTable).map(([how, t]) => ({ 'x-match': how, ...t })),
  },
  { weight: 1, arbitrary: headerTable },
);
const bindingKey = fc.oneof(
  { weight: 3, arbitrary: pick(KEYS) },
  { weight: 2, arbitrary: pick(PATTERNS) },
);
export const binding = fc.record({ routingKey: bindingKey, arguments: bindingArguments });

export const consumerArguments = table([
  ['x-priority', 6, pick<Plain>([-1, 1, 5])],
  ['x-priority', 150, pick<Plain>(['high', 1.5])],
]);
