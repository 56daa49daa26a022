/**
 * What both brokers agree on so far: which deliveries a script holds, which queues there are. A
 * delivery has a tag on each broker, since the order of deliveries from different queues is open.
 */
import type { Entry } from './entry.ts';
import { MISSING } from './observer.ts';
import type { KnownQueue } from './session.ts';
import {
  type At,
  type Fields,
  type SettleStep,
  type SettlingMethod,
  type Step,
  type StrayStep,
  shortTimeOf,
  tableOf,
} from './steps.ts';

interface Held {
  readonly id: number;
  readonly lane: string;
  readonly tags: readonly number[];
}

/** How to settle, on each of the brokers. */
export interface Settling {
  readonly at: At;
  readonly method: SettlingMethod;
  /** Arguments for each broker. */
  readonly args: readonly Fields[];
}

const laneOf = ({ connection, channel }: At): string => `c${connection}.${channel}`;
const DELIVERS: ReadonlySet<string> = new Set([
  'basic.recover',
  'basic.recover-async',
  'channel.close',
  'tx.commit',
]);
const UNUSES: ReadonlySet<string> = new Set(['basic.cancel', 'channel.close', 'queue.declare']);

export class Ledger {
  #held: Held[] = [];
  /** Settled in a transaction that is still open. */
  readonly #pending = new Map<string, Held[]>();
  readonly #transacted = new Set<string>();
  readonly #settled = new Map<string, readonly number[]>();
  readonly #queues = new Map<string, KnownQueue>();
  #lastId = 0;
  #messageMs = 0;
  #queuesMs = 0;
  #expiryMs = 0;

  /** The quorum queues that a script has asked for. */
  readonly quorum = new Set<string>();
  /** Those of them in which one consumer is active and the others wait. */
  readonly singleActive = new Set<string>();

  /** Whether some delivery is not settled, or not for good. */
  get holds(): boolean {
    return this.#held.length > 0 || this.#pending.size > 0;
  }

  get queues(): readonly KnownQueue[] {
    return [...this.#queues.values()];
  }

  /** The tags to settle; undefined when nothing is held. */
  settling(step: SettleStep): Settling | undefined {
    const lane = laneOf(step.at);
    const held = this.#held.filter((one) => one.lane === lane);
    const rest = {
      ...(step.method === 'basic.ack' ? {} : { requeue: step.requeue }),
    };
    if (held.length === 0) return undefined;
    if (step.which === 'all' && step.method !== 'basic.reject') {
      this.#settle(lane, held);
      const args = { deliveryTag: 0, multiple: true, ...rest };
      return { at: step.at, method: step.method, args: [args, args] };
    }
    const which = step.which === 'all' ? 0 : step.which;
    const chosen = held[which % held.length];
    if (chosen === undefined) return undefined;
    const upTo = chosen.tags.map((tag, side) =>
      held.filter(({ tags }) => (tags[side] ?? 0) <= tag).map(({ id }) => id),
    );
    // Where the brokers' orders differ, "up to here" would not mean the same to both.
    const multiple =
      step.multiple && step.method !== 'basic.reject' && upTo[0]?.join() === upTo[1]?.join();
    this.#settle(lane, multiple ? held.filter(({ id }) => upTo[0]?.includes(id)) : [chosen]);
    const args = chosen.tags.map((deliveryTag) => ({
      deliveryTag,
      ...(step.method === 'basic.reject' ? {} : { multiple }),
      ...rest,
    }));
    return { at: step.at, method: step.method, args };
  }

  stray(step: StrayStep, lastTags: readonly number[]): Settling | undefined {
    const settled = this.#settled.get(laneOf(step.at));
    if (step.what === 'settled' && settled === undefined) return undefined;
    const tags = step.what === 'settled' ? settled : lastTags.map((tag) => tag + 1);
    const multiple = step.multiple && step.what === 'unknown' && step.method !== 'basic.reject';
    const args = (tags ?? []).map((deliveryTag) => ({
      deliveryTag,
      ...(step.method === 'basic.reject' ? {} : { multiple }),
    }));
    return { at: step.at, method: step.method, args };
  }

  /** Milliseconds until what this step has set going is over. */
  waitAfter(step: Step): number {
    const own = shortTimeOf(step);
    if (step.kind === 'publish') this.#messageMs = Math.max(this.#messageMs, own);
    else this.#queuesMs = Math.min(this.#queuesMs + own, 300);
    if ('x-expires' in tableOf(step)) this.#expiryMs = Math.max(this.#expiryMs, own);
    const moves =
      step.kind === 'publish' ||
      step.kind === 'settle' ||
      step.kind === 'end' ||
      (step.kind === 'method' && DELIVERS.has(step.method));
    const unuses = step.kind === 'end' || (step.kind === 'method' && UNUSES.has(step.method));
    const shortMs = this.#messageMs + this.#queuesMs;
    const ms = Math.max(moves ? shortMs : 0, unuses ? this.#expiryMs : 0);
    return ms === 0 ? 0 : ms + 60;
  }

  /** Takes in what both brokers answered to a step, stream by stream in the same order. */
  agree(step: Step, entries: readonly (readonly Entry[])[], views: readonly string[]): void {
    const [first = [], second = []] = entries.map(sorted);
    for (const [at, { stream, deliveryTag, text }] of first.entries()) {
      const other = second[at]?.deliveryTag;
      if (text.startsWith('queue.declare-ok')) this.#declared(step, text);
      if (text.startsWith('tx.')) this.#transaction(stream.split(' ')[0] ?? '', text);
      if (text.startsWith('basic.recover-ok')) this.#drop(stream.split(' ')[0] ?? '');
      if (deliveryTag === undefined || other === undefined) continue;
      this.#lastId += 1;
      const lane = stream.split(' ')[0] ?? '';
      this.#held.push({ id: this.#lastId, lane, tags: [deliveryTag, other] });
    }
    for (const [at, { name }] of this.queues.entries()) {
      if (views[at] === MISSING) this.#queues.delete(name);
    }
  }

  /** Before the step is done. */
  begin(step: Step): void {
    const table = tableOf(step);
    if (table['x-queue-type'] === 'quorum' && step.kind === 'method') {
      const name = String(step.args['queue']);
      this.quorum.add(name);
      if (table['x-single-active-consumer'] === true) this.singleActive.add(name);
    }
    // Without an answer it takes a look to know whether the queue is there.
    if (step.kind === 'method' && step.method === 'queue.declare' && step.args['noWait'] === true) {
      this.#declared(step, `queue '${step.args['queue']}'`);
    }
    if (step.kind === 'method' && step.method === 'basic.recover-async')
      this.#drop(laneOf(step.at));
  }

  /** Forgets channels that are no more. */
  keep(isOpen: (lane: string) => boolean): void {
    this.#held = this.#held.filter(({ lane }) => isOpen(lane));
    for (const lane of [...this.#transacted]) {
      if (isOpen(lane)) continue;
      this.#transacted.delete(lane);
      this.#pending.delete(lane);
    }
    for (const lane of [...this.#settled.keys()]) if (!isOpen(lane)) this.#settled.delete(lane);
  }

  #drop(lane: string): void {
    this.#held = this.#held.filter((one) => one.lane !== lane);
  }

  #settle(lane: string, settled: readonly Held[]): void {
    this.#held = this.#held.filter((one) => !settled.includes(one));
    const last = settled.at(-1);
    if (last !== undefined) this.#settled.set(lane, last.tags);
    if (!this.#transacted.has(lane)) return;
    this.#pending.set(lane, [...(this.#pending.get(lane) ?? []), ...settled]);
  }

  #transaction(lane: string, text: string): void {
    if (text.startsWith('tx.select-ok')) this.#transacted.add(lane);
    if (text.startsWith('tx.rollback-ok')) {
      const back = [...this.#held, ...(this.#pending.get(lane) ?? [])];
      this.#held = back.sort((a, b) => a.id - b.id);
    }
    if (!text.startsWith('tx.select-ok')) this.#pending.delete(lane);
  }

  #declared(step: Step, text: string): void {
    const name = /queue '([^']*)'/.exec(text)?.[1];
    if (name === undefined || this.#queues.has(name) || step.kind === 'end') return;
    const isExclusive = step.kind === 'method' && step.args['exclusive'] === true;
    this.#queues.set(name, { name, owner: isExclusive ? step.at.connection : undefined });
  }
}

function sorted(entries: readonly Entry[]): readonly Entry[] {
  const streams = new Map<string, Entry[]>();
  for (const entry of entries) {
    const stream = streams.get(entry.stream);
    if (stream === undefined) streams.set(entry.stream, [entry]);
    else stream.push(entry);
  }
  return [...streams.keys()].sort().flatMap((stream) => streams.get(stream) ?? []);
}
