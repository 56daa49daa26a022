/** Time comes in by argument, so that a test can advance it. */
export interface Clock {
  /** Milliseconds that never run backwards; comparable with `now()` of the same clock only. */
  now(): number;
  /** Milliseconds since 1970, for what people and clients read. */
  wall(): number;
  /** Calls `run` once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Later in this turn of the event loop, once all that can be read has been read. */
export function afterReads(run: () => void): void {
  setImmediate(run);
}

// setTimeout takes a signed 32-bit number of milliseconds; beyond that it fires at once.
const LONGEST_MS = 0x7fff_ffff;

export class RealClock implements Clock {
  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  after(delayMs: number, run: () => void): Timer {
    const due = this.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - this.now();
      handle = left > LONGEST_MS ? setTimeout(arm, LONGEST_MS) : setTimeout(run, Math.ceil(left));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }
}

interface VirtualTimer extends Timer {
  readonly due: number;
  readonly run: () => void;
  readonly order: number;
}

/** Stands still until it is advanced; timers fire in the order in which they are due. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<VirtualTimer>();

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  /** One that stands still at what the time is now. */
  static startingNow(): VirtualClock {
    return new VirtualClock(Date.now());
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Math.floor(this.#now);
  }

  after(delayMs: number, run: () => void): Timer {
    const timer: VirtualTimer = {
      due: this.#now + Math.max(0, delayMs),
      run,
      order: this.#order++,
      cancel: () => this.#timers.delete(timer),
    };
    this.#timers.add(timer);
    return timer;
  }

  /**
   * Moves time forward and fires what falls due, letting sockets be read and written between two
   * moments. A duration is a number of milliseconds or text such as `'250ms'`, `'30m'`, `'1h30m'`.
   */
  async advance(duration: number | string): Promise<void> {
    const target = this.#now + parseDuration(duration);
    await settle();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.run();
      const following = this.#next(target);
      if (following === undefined || following.due > this.#now) await settle();
    }
    this.#now = Math.max(this.#now, target);
    await settle();
  }

  #next(target: number): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > target) continue;
      if (first === undefined || timer.due < first.due) first = timer;
      else if (timer.due === first.due && timer.order < first.order) first = timer;
    }
    return first;
  }
}

// Two turns of the event loop: what was written reaches a peer in this process and its answer us.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * Milliseconds of a duration.
 * @throws RangeError when the text is no sequence of numbers with units, or the number is negative
 */
export function parseDuration(duration: number | string): number {
  if (typeof duration === 'number') {
    if (duration >= 0 && Number.isFinite(duration)) return duration;
    throw new RangeError(`a duration cannot be ${duration}`);
  }
  let total = 0;
  let matched = 0;
  for (const part of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(part[1]) * (UNITS.get(part[2] ?? '') ?? Number.NaN);
    matched += part[0].length;
  }
  const whole = matched === duration.replaceAll(' ', '').length;
  if (matched === 0 || !whole || !Number.isFinite(total)) {
    throw new RangeError(`'${duration}' is no duration: write it as '250ms', '30m' or '1h30m'`);
  }
  return total;
}
