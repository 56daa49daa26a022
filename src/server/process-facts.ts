import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { PerformanceObserver } from 'node:perf_hooks';
import type { Clock } from '../kit/clock.ts';
import { CAPACITY_BYTES, touchedBytes } from '../kit/memory.ts';
import type { NodeFacts, RuntimeFacts } from '../mgmt/node-facts.ts';

// Where the system does not say: as many as it has memory for.
const FILES_UNLIMITED = 1_048_576;
// Counting them takes time where there are many.
const FILES_COUNTED_EVERY_MS = 5000;

/** What the operating system and Node.js know of this process. */
export class ProcessFacts {
  readonly pid: number = process.pid;
  readonly processors: number = availableParallelism();
  readonly runtime: RuntimeFacts = {
    version: process.versions.node,
    engine: process.versions.v8,
    crypto: process.versions.openssl,
  };
  /** Files, sockets among them, that it may have open. */
  readonly openFilesMax: number = filesMax();
  readonly #clock: Clock;
  readonly #observer: PerformanceObserver;
  #collections = 0;
  #collectionMs = 0;
  #files: { readonly count: number; readonly at: number } | undefined = undefined;

  /** Counts garbage collections from now on, until it is closed. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#collections += 1;
        this.#collectionMs += duration;
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  get openFiles(): number {
    const now = this.#clock.now();
    if (this.#files === undefined || now - this.#files.at >= FILES_COUNTED_EVERY_MS) {
      this.#files = { count: countFiles(), at: now };
    }
    return this.#files.count;
  }

  get resident(): number {
    return process.memoryUsage.rss();
  }

  get collections(): { readonly count: number; readonly ms: number } {
    return { count: this.#collections, ms: this.#collectionMs };
  }

  get memoryParts(): ReturnType<NodeFacts['memoryParts']> {
    const { heapUsed, heapTotal, arrayBuffers, external, rss } = process.memoryUsage();
    // The memory of messages is laid out as a whole; the system gives room as it is touched.
    const untouched = CAPACITY_BYTES - touchedBytes();
    return {
      heapUsed,
      heapTotal,
      arrayBuffers: Math.max(0, arrayBuffers - untouched),
      external: Math.max(0, external - untouched),
      rss,
    };
  }

  close(): void {
    this.#observer.disconnect();
  }
}

function countFiles(): number {
  try {
    // One of them is the folder that is being read.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return 0;
  }
}

function filesMax(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return soft === undefined ? FILES_UNLIMITED : Number(soft);
  } catch {
    return FILES_UNLIMITED;
  }
}
