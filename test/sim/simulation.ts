import { VirtualClock } from '../../src/kit/clock.ts';
import { codeOf } from '../../src/kit/errors.ts';
import type { Logger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { FileDamaged } from '../../src/store/file-damaged.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';
import type { Recovered } from '../../src/store/recovered.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import { DiskFault } from '../kit/disk-fault.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { below } from '../kit/platter.ts';
import { difference, type Found, readFound, settledOn } from './found.ts';
import { Life } from './life.ts';
import { type Happening, State } from './state.ts';
import { Fault, turn, until } from './waiting.ts';

export interface Summary {
  readonly lives: number;
  readonly records: number;
  readonly crashes: number;
  readonly faults: number;
}

export const nothingYet: Summary = { lives: 0, records: 0, crashes: 0, faults: 0 };

export function addUp(one: Summary, other: Summary): Summary {
  return {
    lives: one.lives + other.lives,
    records: one.records + other.records,
    crashes: one.crashes + other.crashes,
    faults: one.faults + other.faults,
  };
}

/** A run that went wrong. */
class SimulationFailed extends Error {
  override readonly name = 'SimulationFailed';

  constructor(seed: number, cause: unknown, tail: readonly string[]) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`seed ${seed}: ${text}\nwhat happened last:\n  ${tail.join('\n  ')}`, { cause });
  }
}

const TAIL = 80;

/** @param trace sees every step */
export async function simulate(seed: number, trace?: (line: string) => void): Promise<Summary> {
  const tail: string[] = [];
  // Node ends a process for an error that nobody waits for.
  let stray: unknown;
  const onStray = (error: unknown): void => {
    if (!isOfTheDead(error)) stray ??= error;
  };
  process.on('unhandledRejection', onStray);
  const note = (line: string): void => {
    trace?.(line);
    tail.push(line);
    if (tail.length > TAIL) tail.shift();
  };
  try {
    const summary = await new Simulation(seed, note).run();
    await turn();
    if (stray !== undefined) throw stray;
    return summary;
  } catch (error) {
    throw new SimulationFailed(seed, error, tail);
  } finally {
    process.off('unhandledRejection', onStray);
  }
}

// What a process is answered after its death has no effect on anything.
function isOfTheDead(error: unknown): boolean {
  return error instanceof DiskFault && error.isAfterDeath;
}

/** What the next life may find: a state, and what followed that may be lost, from its end. */
interface Past {
  readonly base: State;
  readonly happenings: readonly Happening[];
  readonly durable: number;
  /** The log was closed in good order. */
  readonly closed: boolean;
}

interface Damage {
  readonly path: string;
  readonly offset: number;
}

class Simulation {
  readonly #random: SeededRandom;
  readonly #note: (line: string) => void;
  readonly #logger: Logger;
  readonly #walBytes: number;
  readonly #sectionBytes: number;
  #disk: FaultyDisk;
  #clock = new VirtualClock(1_700_000_000_000);
  #past: Past = { base: new State(), happenings: [], durable: 0, closed: false };
  #queues = [1, 2, 3];
  #lives = 0;
  #records = 0;
  #crashes = 0;
  #faults = 0;

  constructor(seed: number, note: (line: string) => void) {
    // Seeds that follow each other begin with numbers that are much alike.
    this.#random = new SeededRandom(Math.imul(seed, 0x9e3779b1));
    for (let i = 0; i < 8; i++) this.#random.next();
    this.#note = note;
    this.#disk = new FaultyDisk(this.#below(2 ** 31));
    this.#walBytes = 4096 * (8 + this.#below(24));
    this.#sectionBytes = 512 << this.#below(6);
    const said = (level: string) => (fields: object, text: string) => {
      const { err } = { err: undefined, ...fields } as { err: unknown };
      note(`log ${level}: ${text}${err === undefined ? '' : ` ${err}`}`);
    };
    const silent = (): void => {};
    this.#logger = { debug: silent, info: silent, warn: said('warns'), error: said('says') };
  }

  async run(): Promise<Summary> {
    const rounds = 2 + this.#below(5);
    for (let round = 0; round < rounds; round++) await this.#oneLife();
    await this.#lastLife();
    const [lives, records] = [this.#lives, this.#records];
    return { lives, records, crashes: this.#crashes, faults: this.#faults };
  }

  async #oneLife(): Promise<void> {
    const limit = this.#chance(0.7) ? this.#crashPoint() : undefined;
    if (limit !== undefined) this.#disk.crashAfter(limit);
    const isHurt = this.#hurt();
    const isFull = this.#disk.capacity < Number.POSITIVE_INFINITY;
    const damage = limit === undefined && !isHurt && !isFull ? this.#damage() : undefined;
    const life = await this.#open(isHurt, damage);
    if (life === undefined) return;
    await life.live(10 + this.#below(this.#chance(0.3) ? 300 : 60));
    this.#queues = life.queues;
    this.#records += life.happenings.length;
    let closed = false;
    if (!this.#disk.isDown && this.#chance(0.5)) closed = await this.#close(life);
    life.throwFaults();
    const { happenings, log } = life;
    if (!this.#disk.isDown) {
      const mayFail = life.isHurt || life.isFull;
      if (log.failure !== undefined && !mayFail) throw new Fault(`the log failed: ${log.failure}`);
      const told = log.failure === undefined ? 0 : 1;
      if (life.told !== told) throw new Fault(`told ${life.told} times that the log failed`);
    }
    this.#past = { base: this.#past.base, happenings, durable: log.durable, closed };
    this.#replaceDisk();
  }

  // Everything goes well: what is left is what is wanted, and then nothing.
  async #lastLife(): Promise<void> {
    this.#disk.capacity = Number.POSITIVE_INFINITY;
    const life = await this.#open(false);
    if (life === undefined) throw new Fault('the disk went down by itself');
    await life.live(20);
    await life.makeRoom();
    this.#disk.readOnly = false;
    if (life.isHurt) return;
    await life.allDurable();
    await this.#clock.advance(10_000);
    life.settleAll();
    await life.allDurable();
    await this.#clock.advance(10_000);
    if (!(await this.#close(life))) throw new Fault('it could not be closed');
    life.throwFaults();
    this.#records += life.happenings.length;
    this.#checkEmpty();
    const { happenings, log } = life;
    this.#past = { base: this.#past.base, happenings, durable: log.durable, closed: true };
    this.#replaceDisk();
    const again = await this.#open(false);
    if (again === undefined) throw new Fault('the disk went down by itself');
    await this.#close(again);
  }

  /** @returns undefined when the power went, or a fault was in the way */
  async #open(isHurt: boolean, damage?: Damage): Promise<Life | undefined> {
    this.#lives += 1;
    this.#clock = new VirtualClock(this.#clock.now());
    this.#note(`opens${isHurt ? ' on a disk that is hurt' : ''}`);
    let opened: { log: SegmentLog; recovered: Recovered; found: Found } | undefined;
    let failure: unknown;
    const opening = this.#openAndRead().then(
      (both) => {
        opened = both;
      },
      (error: unknown) => {
        failure = error;
      },
    );
    let patience = this.#disk.capacity < Number.POSITIVE_INFINITY ? this.#below(100) : 0;
    const done = () => {
      if (patience-- <= 0) this.#disk.capacity = Number.POSITIVE_INFINITY;
      return opened !== undefined || failure !== undefined;
    };
    const wasFull = patience > 0;
    const there = await until('the log to open', done, this.#disk, this.#clock);
    if (!there || failure !== undefined) {
      const mayFail = isHurt || (wasFull && codeOf(failure) === 'ENOSPC') || damage !== undefined;
      if (there && !mayFail) throw failure;
      if (there) this.#note(`could not open: ${failure}`);
      this.#past = { ...this.#past, closed: false };
      this.#replaceDisk(damage !== undefined);
      if (damage !== undefined) this.#repair(damage, failure);
      return undefined;
    }
    await opening;
    if (opened === undefined) throw new Fault('it was opened');
    const { log, recovered, found } = opened;
    const { closed } = this.#past;
    if (closed && recovered.afterCrash) throw new Fault('a clean close was taken for a crash');
    const state = this.#recognize(found);
    this.#past = { base: state, happenings: [], durable: 0, closed: false };
    const nexts = new Map([...found.lanes].map(([key, { next }]) => [key, next]));
    this.#note(`opened: ${state.count} messages in ${found.lanes.size} lanes`);
    const life = new Life(
      log,
      state.copy(),
      nexts,
      this.#queues,
      this.#disk,
      this.#clock,
      this.#random,
      this.#note,
    );
    life.isHurt = isHurt;
    life.isFull = this.#disk.capacity < Number.POSITIVE_INFINITY;
    return life;
  }

  async #openAndRead(): Promise<{ log: SegmentLog; recovered: Recovered; found: Found }> {
    const { log, recovered } = await openSegmentLog({
      disk: this.#disk,
      clock: this.#clock,
      random: new SeededRandom(this.#below(2 ** 31)),
      logger: this.#logger,
      walBytes: this.#walBytes,
      sectionBytes: this.#sectionBytes,
    });
    return { log, recovered, found: await readFound(log, recovered) };
  }

  /** The state after one of the turns that may have been the last to become durable. */
  #recognize(found: Found): State {
    const { base, happenings, durable } = this.#past;
    const state = base.copy();
    const certain = countUpTo(happenings, durable);
    // Watermarks have no position of their own: any may be there.
    const highest = highestDelivered(base, happenings);
    let nearest: string | undefined;
    for (let i = 0; i <= happenings.length; i++) {
      const before = happenings[i - 1];
      const next = happenings[i];
      if (before !== undefined) state.apply(before);
      const isEnd = next === undefined || before === undefined || next.turn !== before.turn;
      if (!isEnd || i < certain) continue;
      for (const [key, lane] of state.lanes) {
        lane.deliveredTo = Math.max(lane.deliveredTo, highest.get(key) ?? 0);
      }
      const fault = difference(state, found);
      if (fault === undefined) return settledOn(state, found);
      nearest ??= fault;
      this.#note(`not as after position ${before?.position ?? 0}: ${fault}`);
    }
    throw new Fault(`nothing durable was to be lost: ${nearest} (durable: ${durable})`);
  }

  async #close(life: Life): Promise<boolean> {
    this.#note('closes');
    life.isClosing = true;
    let outcome: unknown;
    let isOver = false;
    void life.log.close().then(
      () => {
        isOver = true;
      },
      (error: unknown) => {
        isOver = true;
        outcome = error ?? new Error('no reason');
      },
    );
    if (!(await until('the log to close', () => isOver, this.#disk, this.#clock))) return false;
    if (outcome !== undefined) {
      const mayFail = life.isHurt || (life.isFull && codeOf(outcome) === 'ENOSPC');
      if (!mayFail) throw outcome;
      this.#note(`could not close: ${outcome}`);
      return false;
    }
    if (life.log.failure !== undefined) return false;
    if (life.log.durable < life.log.appended) throw new Fault('closed before all was durable');
    this.#note('closed');
    return true;
  }

  /** Nothing waits: there are a snapshot with the facts, and a few files for the log. */
  #checkEmpty(): void {
    const paths = this.#disk.paths();
    const used = this.#disk.usedBytes;
    const isLarge = used > 6 * this.#walBytes + 16 * 1024;
    if (!isLarge && !paths.some((path) => path.startsWith('segments/'))) return;
    const files = paths.map((path) => `${path}: ${this.#disk.contents(path).length}`);
    throw new Fault(`nothing waits, and ${used} bytes are on disk: ${files.join(', ')}`);
  }

  /** Turns a bit round while no process is there. */
  #damage(): Damage | undefined {
    if (!this.#chance(0.15)) return undefined;
    const files = this.#disk.paths().filter((path) => this.#disk.contents(path).length > 0);
    const path = files[this.#below(files.length)];
    if (path === undefined) return undefined;
    const offset = this.#below(this.#disk.contents(path).length);
    // Nobody can tell a damaged end of the log from one that was never written whole.
    if (offset >= (this.#disk.tailOf(path) ?? Number.POSITIVE_INFINITY)) return undefined;
    this.#disk.flip(path, offset);
    this.#note(`a bit of ${path} is wrong at ${offset}`);
    return { path, offset };
  }

  /** Turns it back, when it was noticed. */
  #repair({ path, offset }: Damage, noticed: unknown): void {
    if (!(noticed instanceof FileDamaged)) throw noticed;
    if (this.#disk.paths().includes(path)) this.#disk.flip(path, offset);
  }

  /** Something shall go wrong in this life. */
  #hurt(): boolean {
    if (!this.#chance(0.15)) return false;
    this.#faults += 1;
    const kind = (['read', 'write', 'sync'] as const)[this.#below(3)] ?? 'write';
    const nth = 1 + this.#below(this.#chance(0.5) ? 10 : 200);
    this.#note(`the ${nth}. ${kind} will fail`);
    this.#disk.failNext(kind, nth);
    return true;
  }

  #crashPoint(): number {
    return 1 + this.#below([5, 20, 60, 200, 600][this.#below(5)] ?? 1);
  }

  #replaceDisk(kill = this.#chance(0.3)): void {
    this.#crashes += 1;
    if (kill) {
      this.#note('killed');
      this.#disk = this.#disk.kill();
    } else {
      this.#note('loses power');
      this.#disk = this.#disk.crash();
    }
  }

  #below(bound: number): number {
    return below(this.#random, bound);
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }
}

/** How many happenings there are up to the last that has a record of its own up to `position`. */
function countUpTo(happenings: readonly Happening[], position: number): number {
  for (let i = happenings.length; i > 0; i--) {
    const happening = happenings[i - 1];
    if (happening === undefined || happening.position > position) continue;
    if (happening.is === 'delivered') continue;
    if (happening.position > (happenings[i - 2]?.position ?? 0)) return i;
  }
  return 0;
}

function highestDelivered(base: State, happenings: readonly Happening[]): Map<string, number> {
  const highest = new Map<string, number>();
  for (const [key, lane] of base.lanes) highest.set(key, lane.deliveredTo);
  for (const happening of happenings) {
    if (happening.is !== 'delivered') continue;
    const { queue, priority, seq } = happening.at;
    const key = `${queue}/${priority}`;
    highest.set(key, Math.max(highest.get(key) ?? 0, seq));
  }
  return highest;
}
