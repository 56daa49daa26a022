/** Runs a script on two brokers, step by step, and compares what comes of each step. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, HeadersView, LineView } from './entry.ts';
import { Ledger } from './ledger.ts';
import { Session } from './session.ts';
import type { Side } from './side.ts';
import type { At, Script, Step } from './steps.ts';

/** What one broker gave where the other gave something else. */
export interface Difference {
  /** The number of the step in its script; after the last one: what is left in the queues. */
  readonly at: number;
  /** What each broker answered in this step, by the brokers' order. */
  readonly said: readonly (readonly string[])[];
}

export interface Verdict {
  readonly difference: Difference | undefined;
  /** Everything each broker answered, to tell whether it does the same again. */
  readonly stories: readonly string[];
}

export interface LockStepOptions {
  readonly view: HeadersView;
  readonly lineView: LineView;
  /** How long the brokers may take to agree on a step, in milliseconds. */
  readonly patienceMs: number;
}

const BACKOFF_MAX_MS = 60;

/** Entries stream by stream; where one broker interleaves streams otherwise it is no difference. */
function linesOf(entries: readonly Entry[]): string[] {
  const streams = new Map<string, string[]>();
  for (const { stream, text } of entries) {
    const lines = streams.get(stream) ?? [];
    lines.push(`${stream}: ${text}`);
    streams.set(stream, lines);
  }
  return [...streams.keys()].sort().flatMap((stream) => streams.get(stream) ?? []);
}

export class LockStep {
  readonly #sessions: readonly Session[];
  readonly #options: LockStepOptions;
  readonly #ledger = new Ledger();
  readonly #stories: string[] = ['', ''];

  constructor(sides: readonly [Side, Side], prefix: string, options: LockStepOptions) {
    this.#sessions = sides.map((side) => new Session(side, prefix, options.view));
    this.#options = options;
  }

  async run(script: Script): Promise<Verdict> {
    const difference = await this.#steps(script);
    await this.#cleanUp(script, difference === undefined);
    return { difference, stories: this.#stories };
  }

  async #steps(script: Script): Promise<Difference | undefined> {
    for (const [at, step] of script.entries()) {
      if (!(await this.#perform(step, at))) continue;
      const waitMs = this.#ledger.waitAfter(step);
      if (waitMs > 0) await sleep(waitMs);
      const difference = await this.#compare(step, at);
      if (difference !== undefined) return difference;
    }
    return this.#end(script.length);
  }

  /** Whether there was anything to do. */
  async #perform(step: Step, number: number): Promise<boolean> {
    if (step.kind === 'end') {
      await this.#both((session) => session.end(step.connection, step.abrupt));
      return true;
    }
    if (step.kind === 'settle' || step.kind === 'stray') return this.#settle(step);
    await this.#both((session) => session.open(step.at));
    this.#ledger.begin(step);
    await this.#both((session) => {
      if (step.kind === 'method') return session.ask(step.at, step.method, step.args);
      return step.kind === 'publish' ? session.publish(step, `${number}`) : session.expiring(step);
    });
    return true;
  }

  #settle(step: Extract<Step, { kind: 'settle' | 'stray' }>): boolean {
    const lastTags = this.#sessions.map((session) => session.lane(step.at)?.lastTag);
    if (lastTags.includes(undefined)) return false;
    const settling =
      step.kind === 'settle'
        ? this.#ledger.settling(step)
        : this.#ledger.stray(step, lastTags.map(Number));
    if (settling === undefined) return false;
    for (const [side, session] of this.#sessions.entries()) {
      session.settle(settling.at, settling.method, settling.args[side] ?? {});
    }
    return true;
  }

  /** Lets both get on until they have said the same, or the time is over. */
  async #compare(step: Step, at: number): Promise<Difference | undefined> {
    const deadline = performance.now() + this.#options.patienceMs;
    const { queues } = this.#ledger;
    for (let backoffMs = 1; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
      const views = await this.#both((session) => session.round(queues));
      const seen = views.map((view) =>
        view.map((text, index) => `${queues[index]?.name}: ${text}`),
      );
      const counted = this.#countedOtherwise();
      const said = this.#sessions.map(({ entries }, side) => {
        const lines = [...linesOf(entries), ...(seen[side] ?? [])];
        return lines.map((line) => this.#options.lineView(line, counted));
      });
      const isSame = said[0]?.join('\n') === said[1]?.join('\n');
      if (isSame) this.#agree(step, views[0] ?? []);
      if (isSame || performance.now() > deadline) this.#tell(said);
      if (isSame) return undefined;
      if (performance.now() > deadline) return { at, said };
      await sleep(backoffMs);
    }
  }

  /** The quorum queues whose consumers may be counted otherwise; see `explained.ts`. */
  #countedOtherwise(): ReadonlySet<string> {
    const isHeld = ({ entries }: Session): boolean =>
      entries.some(({ deliveryTag }) => deliveryTag !== undefined);
    const { quorum, singleActive, holds } = this.#ledger;
    return holds || this.#sessions.some(isHeld) ? quorum : singleActive;
  }

  #agree(step: Step, views: readonly string[]): void {
    const entries = this.#sessions.map((session) => session.entries);
    this.#ledger.agree(step, entries, views);
    this.#ledger.keep((name) => {
      const [connection = 0, channel = 0] = name.slice(1).split('.').map(Number);
      const at: At = { connection, channel };
      return this.#sessions.every((session) => session.lane(at) !== undefined);
    });
    for (const session of this.#sessions) session.forgetEntries();
  }

  /** Closes all channels, then takes out what is left in the queues. */
  async #end(at: number): Promise<Difference | undefined> {
    const closing: Step = {
      kind: 'method',
      at: { connection: -1, channel: 0 },
      method: 'channel.close',
      args: {},
    };
    await this.#both((session) => session.closeChannels());
    const waitMs = this.#ledger.waitAfter(closing);
    if (waitMs > 0) await sleep(waitMs);
    const difference = await this.#compare(closing, at);
    if (difference !== undefined) return difference;
    await this.#both((session) => session.drain(this.#ledger.queues));
    const said = this.#sessions.map(({ entries }) => linesOf(entries));
    this.#tell(said);
    return said[0]?.join('\n') === said[1]?.join('\n') ? undefined : { at, said };
  }

  #tell(said: readonly (readonly string[])[]): void {
    for (const [side, lines] of said.entries()) this.#stories[side] += `${lines.join('\n')}\n\n`;
  }

  async #cleanUp(script: Script, isIntact: boolean): Promise<void> {
    const { queues, exchanges } = namesIn(script);
    const known = this.#ledger.queues;
    await this.#both((session) => session.cleanUp(known, queues, exchanges, isIntact));
  }

  #both<T>(act: (session: Session) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#sessions.map(act));
  }
}

/** The queues and exchanges that a script may have made. */
function namesIn(script: Script): { queues: string[]; exchanges: string[] } {
  const queues = new Set<string>();
  const exchanges = new Set<string>();
  for (const step of script) {
    if (step.kind === 'expiring') queues.add(step.queue);
    if (step.kind !== 'method') continue;
    const { queue, exchange } = step.args;
    if (step.method === 'queue.declare' && typeof queue === 'string') queues.add(queue);
    if (step.method === 'exchange.declare' && typeof exchange === 'string') exchanges.add(exchange);
  }
  const own = (names: Set<string>): string[] => [...names].filter((name) => name.startsWith('~'));
  return { queues: own(queues), exchanges: own(exchanges) };
}
