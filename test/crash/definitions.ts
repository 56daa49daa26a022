import type { Random } from '../../src/kit/random.ts';

/** What one declares, binds, fills and deletes, as values; names come from small sets. */
export type Change =
  | { readonly do: 'declare queue'; readonly name: string; readonly so: QueueShape }
  | { readonly do: 'delete queue'; readonly name: string }
  | { readonly do: 'purge'; readonly name: string }
  | { readonly do: 'fill'; readonly name: string; readonly count: number; readonly kept: boolean }
  | { readonly do: 'declare exchange'; readonly name: string; readonly so: ExchangeShape }
  | { readonly do: 'delete exchange'; readonly name: string }
  | { readonly do: 'bind' | 'unbind'; readonly binding: Binding };

export interface QueueShape {
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface ExchangeShape {
  readonly type: 'direct' | 'fanout' | 'topic' | 'headers';
  readonly durable: boolean;
  readonly autoDelete: boolean;
}

export interface Binding {
  readonly source: string;
  readonly to: 'queue' | 'exchange';
  readonly name: string;
  /** A routing key without wildcards; of a headers exchange the value that its `k` must have. */
  readonly key: string;
}

interface KnownQueue extends QueueShape {
  /** Messages that wait: those that outlive the broker, and the others. */
  readonly kept: number;
  readonly loose: number;
}

/** What there is, after the changes so far. Values: a change gives new ones. */
export interface Definitions {
  readonly queues: ReadonlyMap<string, KnownQueue>;
  readonly exchanges: ReadonlyMap<string, ExchangeShape>;
  readonly bindings: readonly Binding[];
}

export const noDefinitions: Definitions = { queues: new Map(), exchanges: new Map(), bindings: [] };

const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}.${index + 1}`);

/** Queues that are bound and unbound, and otherwise empty. */
export const boundNames = numbered('churn.bound', 8);
/** Queues that are filled and purged, and never bound. */
export const filledNames = numbered('churn.filled', 5);
export const exchangeNames = numbered('churn.exchange', 7);
export const keys = numbered('key', 4);

const FILL_MAX = 20;

const queueArguments: readonly Readonly<Record<string, unknown>>[] = [
  {},
  {},
  { 'x-message-ttl': 3_600_000 },
  { 'x-max-length': 100_000, 'x-overflow': 'reject-publish' },
  { 'x-max-priority': 3 },
  { 'x-dead-letter-exchange': 'dead', 'x-dead-letter-routing-key': 'nowhere' },
  { 'x-single-active-consumer': true, 'x-expires': 86_400_000 },
];

/** A change that makes sense now. */
export function anyChange(random: Random, { queues, exchanges, bindings }: Definitions): Change {
  const one = <T>(all: readonly T[]): T => all[Math.floor(random.next() * all.length)]!;
  const drawn = random.next();
  const filled = filledNames.filter((name) => queues.has(name));
  if (drawn < 0.2) {
    const name = one([...boundNames, ...filledNames]);
    return { do: 'declare queue', name, so: queues.get(name) ?? anyQueue(random, one) };
  }
  if (drawn < 0.35) {
    const name = one(exchangeNames);
    return { do: 'declare exchange', name, so: exchanges.get(name) ?? anyExchange(random, one) };
  }
  if (drawn < 0.43) return { do: 'delete queue', name: one([...boundNames, ...filledNames]) };
  if (drawn < 0.48) return { do: 'delete exchange', name: one(exchangeNames) };
  if (drawn < 0.55 && bindings.length > 0) return { do: 'unbind', binding: one(bindings) };
  if (drawn < 0.7 && filled.length > 0) {
    const count = 1 + Math.floor(random.next() * FILL_MAX);
    return { do: 'fill', name: one(filled), count, kept: random.next() < 0.7 };
  }
  if (drawn < 0.74 && filled.length > 0) return { do: 'purge', name: one(filled) };
  const binding = anyBinding(random, one, { queues, exchanges, bindings });
  if (binding !== undefined) return { do: 'bind', binding };
  const name = one(exchangeNames);
  return { do: 'declare exchange', name, so: exchanges.get(name) ?? anyExchange(random, one) };
}

type One = <T>(all: readonly T[]) => T;

function anyQueue(random: Random, one: One): QueueShape {
  const drawn = random.next();
  if (drawn < 0.1) return { durable: false, exclusive: true, arguments: {} };
  if (drawn < 0.25) return { durable: false, exclusive: false, arguments: {} };
  return { durable: true, exclusive: false, arguments: one(queueArguments) };
}

function anyExchange(random: Random, one: One): ExchangeShape {
  const type = one(['direct', 'fanout', 'topic', 'headers'] as const);
  return { type, durable: random.next() < 0.8, autoDelete: random.next() < 0.15 };
}

function anyBinding(
  random: Random,
  one: One,
  { queues, exchanges }: Definitions,
): Binding | undefined {
  if (exchanges.size === 0) return undefined;
  const source = one([...exchanges.keys()]);
  const to = random.next() < 0.8 ? 'queue' : 'exchange';
  // What is to be deleted with its last binding is not bound to what ends with the broker.
  const lasting = exchanges.get(source)?.autoDelete === true;
  const names =
    to === 'queue'
      ? boundNames.filter((name) => queues.has(name) && (queues.get(name)?.durable || !lasting))
      : [...exchanges].flatMap(([name, so]) => (so.durable && !so.autoDelete ? [name] : []));
  if (names.length === 0) return undefined;
  return { source, to, name: one(names), key: one(keys) };
}

/** What there is after one more change that the broker has answered. */
export function changed(before: Definitions, change: Change): Definitions {
  const queues = new Map(before.queues);
  const exchanges = new Map(before.exchanges);
  let { bindings } = before;
  switch (change.do) {
    case 'declare queue':
      if (!queues.has(change.name)) queues.set(change.name, { ...change.so, kept: 0, loose: 0 });
      break;
    case 'delete queue':
      queues.delete(change.name);
      return unbound({ queues, exchanges, bindings }, ({ to, name }) => {
        return to === 'queue' && name === change.name;
      });
    case 'purge':
    case 'fill': {
      const queue = queues.get(change.name);
      if (queue === undefined) break;
      queues.set(change.name, change.do === 'fill' ? filled(queue, change) : emptied(queue));
      break;
    }
    case 'declare exchange':
      if (!exchanges.has(change.name)) exchanges.set(change.name, change.so);
      break;
    case 'delete exchange':
      return withoutExchange({ queues, exchanges, bindings }, change.name);
    case 'bind': {
      const { binding } = change;
      if (!bindings.some((each) => isSame(each, binding))) bindings = [...bindings, binding];
      break;
    }
    case 'unbind':
      return unbound(before, (each) => isSame(each, change.binding));
  }
  return { queues, exchanges, bindings };
}

function filled(queue: KnownQueue, { count, kept }: { count: number; kept: boolean }): KnownQueue {
  const lasts = kept && queue.durable;
  return {
    ...queue,
    kept: queue.kept + (lasts ? count : 0),
    loose: queue.loose + (lasts ? 0 : count),
  };
}

function emptied(queue: KnownQueue): KnownQueue {
  return { ...queue, kept: 0, loose: 0 };
}

/** A change as people say it. */
export function changeText(change: Change): string {
  if ('binding' in change) return `${change.do} ${bindingText(change.binding)}`;
  const { do: what, name, ...more } = change;
  return `${what} ${name}${Object.keys(more).length === 0 ? '' : ` ${JSON.stringify(more)}`}`;
}

function isSame(one: Binding, other: Binding): boolean {
  return bindingText(one) === bindingText(other);
}

function bindingText({ source, to, name, key }: Binding): string {
  return `${source} -> ${to} ${name} by ${key}`;
}

function withoutExchange(before: Definitions, name: string): Definitions {
  const exchanges = new Map(before.exchanges);
  exchanges.delete(name);
  const bindings = before.bindings.filter(({ source }) => source !== name);
  return unbound({ ...before, exchanges, bindings }, (each) => {
    return each.to === 'exchange' && each.name === name;
  });
}

// An auto-delete exchange goes with the last binding from it.
function unbound(before: Definitions, goes: (binding: Binding) => boolean): Definitions {
  const bindings = before.bindings.filter((binding) => !goes(binding));
  let after: Definitions = { ...before, bindings };
  for (const { source } of before.bindings.filter(goes)) {
    const isUsed = after.bindings.some((binding) => binding.source === source);
    if (isUsed || after.exchanges.get(source)?.autoDelete !== true) continue;
    after = withoutExchange(after, source);
  }
  return after;
}

/** What there is when all connections have ended; `restarted`: and the broker too. */
export function outlived(before: Definitions, restarted: boolean): Definitions {
  const gone = [...before.queues].filter(
    ([, { durable, exclusive }]) => exclusive || (restarted && !durable),
  );
  let after = gone.reduce((so, [name]) => changed(so, { do: 'delete queue', name }), before);
  if (!restarted) return after;
  const transient = [...after.exchanges].filter(([, { durable }]) => !durable);
  after = transient.reduce((so, [name]) => changed(so, { do: 'delete exchange', name }), after);
  const queues = [...after.queues].map(([name, queue]) => [name, { ...queue, loose: 0 }] as const);
  return { ...after, queues: new Map(queues) };
}

/** The queues that a message with this key reaches from an exchange. */
export function routed(
  { exchanges, bindings }: Definitions,
  from: string,
  key: string,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const visited = new Set([from]);
  for (const source of visited) {
    const type = exchanges.get(source)?.type;
    for (const binding of bindings) {
      if (binding.source !== source || (type !== 'fanout' && binding.key !== key)) continue;
      if (binding.to === 'queue') reached.add(binding.name);
      else visited.add(binding.name);
    }
  }
  return reached;
}

/** What a client can find out. */
export interface Findings {
  /** Queues that are there, with the number of their messages. */
  readonly queues: ReadonlyMap<string, number>;
  readonly exchanges: ReadonlySet<string>;
  /** Queues and exchanges that were not taken to be what they had been declared as. */
  readonly differing: readonly string[];
  /** Which queues a message reached, by exchange and key (`routeText`). */
  readonly routes: ReadonlyMap<string, ReadonlySet<string>>;
}

export function routeText(exchange: string, key: string): string {
  return `${exchange} by ${key}`;
}

/** What is not as it should be. */
export function differences(expected: Definitions, found: Findings): readonly string[] {
  return [
    ...missing('queue', expected.queues.keys(), new Set(found.queues.keys())),
    ...missing('exchange', expected.exchanges.keys(), found.exchanges),
    ...surplus('queue', found.queues.keys(), new Set(expected.queues.keys())),
    ...surplus('exchange', found.exchanges, new Set(expected.exchanges.keys())),
    ...found.differing,
    ...[...found.routes].flatMap(([route, reached]) => {
      const [exchange = '', key = ''] = route.split(' by ');
      const should = [...routed(expected, exchange, key)].sort().join(', ');
      const does = [...reached].sort().join(', ');
      return should === does ? [] : [`${route} leads to [${does}], not [${should}]`];
    }),
  ];
}

function missing(kind: string, all: Iterable<string>, found: ReadonlySet<string>): string[] {
  return [...all].filter((name) => !found.has(name)).map((name) => `${kind} ${name} is gone`);
}

function surplus(kind: string, all: Iterable<string>, known: ReadonlySet<string>): string[] {
  return [...all].filter((name) => !known.has(name)).map((name) => `${kind} ${name} is there`);
}

/** Queues with fewer or more messages than either of two states has. */
export function miscounts(
  one: Definitions,
  other: Definitions,
  found: Findings,
): readonly string[] {
  return filledNames.flatMap((name) => {
    const count = found.queues.get(name);
    const counts = [one, other].flatMap(({ queues }) => {
      const queue = queues.get(name);
      return queue === undefined ? [] : [queue.kept + queue.loose];
    });
    if (count === undefined || counts.length === 0) return [];
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    if (count >= least && count <= most) return [];
    return [`queue ${name} has ${count} messages, not ${least} to ${most}`];
  });
}

/** What there is, with the counts that were found, when it is certain to be one of two states. */
export function counted(
  so: Definitions,
  one: Definitions,
  other: Definitions,
  found: Findings,
): Definitions {
  const queues = [...so.queues].map(([name, queue]) => {
    const states = [one.queues.get(name) ?? queue, other.queues.get(name) ?? queue] as const;
    return [name, { ...queue, ...split(found.queues.get(name) ?? 0, ...states) }] as const;
  });
  return { ...so, queues: new Map(queues) };
}

// What was under way was a purge, or messages of one sort.
function split(
  count: number,
  one: KnownQueue,
  other: KnownQueue,
): Pick<KnownQueue, 'kept' | 'loose'> {
  if (count === 0) return { kept: 0, loose: 0 };
  if (one.loose === other.loose) return { kept: count - one.loose, loose: one.loose };
  if (one.kept === other.kept) return { kept: one.kept, loose: count - one.kept };
  return one;
}
