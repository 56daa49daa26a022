/**
 * What the runner and its generator threads share. Every counter has one writing thread, and aligned 64-bit stores
 * are whole on the machines Node runs on, so plain reads and writes suffice; only the phase is atomic.
 */

export const phase = { warmUp: 0, measuring: 1, stopPublishing: 2, stopAll: 3 } as const;
export type Phase = (typeof phase)[keyof typeof phase];

const COUNTERS = ['sent', 'confirmed', 'nacked', 'received', 'returned'] as const;
export type CounterName = (typeof COUNTERS)[number];

const PHASE_CELL = 0;

export interface SharedMemory {
  readonly control: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

export class SharedState {
  readonly memory: SharedMemory;
  readonly #control: Int32Array;
  readonly #counters: Float64Array;

  constructor(memory?: SharedMemory) {
    this.memory = memory ?? {
      control: new SharedArrayBuffer(4),
      counters: new SharedArrayBuffer(COUNTERS.length * 8),
    };
    this.#control = new Int32Array(this.memory.control);
    this.#counters = new Float64Array(this.memory.counters);
  }

  get phase(): number {
    return Atomics.load(this.#control, PHASE_CELL);
  }

  enter(next: Phase): void {
    Atomics.store(this.#control, PHASE_CELL, next);
  }

  read(name: CounterName): number {
    return this.#counters[COUNTERS.indexOf(name)] ?? 0;
  }

  add(name: CounterName, count: number): void {
    const index = COUNTERS.indexOf(name);
    this.#counters[index] = (this.#counters[index] ?? 0) + count;
  }
}

/** Microseconds of the clock that all threads of the machine share. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
