/** The runner's side of a generator thread. */
import type { Worker } from 'node:worker_threads';
import { Histogram } from '../kit/statistics.ts';
import type { Address } from './address.ts';
import type { LoadPlan } from './plan.ts';
import type { SharedMemory } from './shared-state.ts';
import { startWorker } from './worker-boot.ts';

export interface ThreadTask {
  readonly role: 'publish' | 'consume' | 'ping-pong';
  readonly address: Address;
  readonly plan: LoadPlan;
  readonly memory: SharedMemory;
  /** Messages to publish in all; Infinity: until told to stop. */
  readonly limit: number;
}

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'subscribed' }
  | { readonly kind: 'failed'; readonly text: string }
  | ({ readonly kind: 'done' } & SampleStates);

interface SampleStates {
  readonly latency: Histogram['state'];
  readonly lateness: Histogram['state'];
}

/** What a thread measured. */
export interface Samples {
  /** Of confirms where it published, of deliveries where it consumed. */
  readonly latency: Histogram;
  /** How late messages of a paced load were written. */
  readonly lateness: Histogram;
}

export class GeneratorThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<FromThread['kind'], (message: FromThread) => void>();
  readonly #arrived = new Map<FromThread['kind'], FromThread>();
  readonly #failed: Promise<never>;

  constructor(task: ThreadTask) {
    this.#worker = startWorker(new URL('./thread.ts', import.meta.url), task);
    this.#failed = new Promise((_, reject) => {
      const fail = (text: string): void => reject(new Error(`${task.role} thread: ${text}`));
      this.#worker.on('message', (message: FromThread) => {
        if (message.kind === 'failed') fail(message.text);
        else this.#take(message);
      });
      this.#worker.on('error', (error) => fail(String(error)));
    });
    this.#failed.catch(() => {});
  }

  /** All connections are open. */
  async ready(): Promise<void> {
    await this.#await('ready');
  }

  start(): void {
    this.#worker.postMessage('go');
  }

  async subscribed(): Promise<void> {
    await this.#await('subscribed');
  }

  async done(): Promise<Samples> {
    const message = await this.#await('done');
    if (message.kind !== 'done') throw new Error('the thread answered out of turn');
    const { latency, lateness } = message;
    return {
      latency: new Histogram(latency.buckets, latency.maxUs),
      lateness: new Histogram(lateness.buckets, lateness.maxUs),
    };
  }

  /** Rejects when the thread fails; never resolves. */
  get failed(): Promise<never> {
    return this.#failed;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(message: FromThread): void {
    const waiting = this.#waiting.get(message.kind);
    if (waiting === undefined) this.#arrived.set(message.kind, message);
    else waiting(message);
  }

  #await(kind: FromThread['kind']): Promise<FromThread> {
    const arrived = this.#arrived.get(kind);
    if (arrived !== undefined) return Promise.resolve(arrived);
    const message = new Promise<FromThread>((resolve) => this.#waiting.set(kind, resolve));
    return Promise.race([message, this.#failed]);
  }
}
