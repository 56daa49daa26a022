/** Calls a thread at an even pace. The timers of an event loop are too coarse, so another thread keeps the time. */
import type { Worker } from 'node:worker_threads';
import { startWorker } from './worker-boot.ts';

export interface PacerTask {
  /** One cell: 0 while the pacer goes on. */
  readonly memory: SharedArrayBuffer;
  readonly startUs: number;
  readonly gapUs: number;
}

export class Pacer {
  readonly #worker: Worker;
  readonly #stopped = new Int32Array(new SharedArrayBuffer(4));

  /** One call for each multiple of `gapUs` since `startUs`; one for several where they were missed. */
  constructor(startUs: number, gapUs: number, tick: () => void) {
    const task: PacerTask = { memory: this.#stopped.buffer, startUs, gapUs };
    this.#worker = startWorker(new URL('./pacer-thread.ts', import.meta.url), task);
    this.#worker.on('message', tick);
  }

  stop(): void {
    Atomics.store(this.#stopped, 0, 1);
    Atomics.notify(this.#stopped, 0);
  }
}
