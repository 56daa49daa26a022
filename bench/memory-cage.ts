/** A control group that limits the memory of a broker: its own and the page cache of its files. Needs root. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
const V1 = {
  root: join(ROOT, 'memory'),
  limit: 'memory.limit_in_bytes',
  peak: 'memory.max_usage_in_bytes',
} as const;
const V2 = { root: ROOT, limit: 'memory.max', peak: 'memory.peak' } as const;
const MIB = 2 ** 20;

export class MemoryCage {
  readonly #files = existsSync(join(ROOT, 'cgroup.controllers')) ? V2 : V1;

  readonly #folder: string;

  constructor(name: string, limitMib: number) {
    this.#folder = join(this.#files.root, `leveret-bench-${process.pid}-${name}`);
    try {
      mkdirSync(this.#folder);
      this.#write(this.#files.limit, limitMib * MIB);
    } catch (error) {
      throw new Error('no control group can be made here that limits memory', { cause: error });
    }
  }

  /** A shell command that puts the shell into the cage. */
  get enterCommand(): string {
    return `echo $$ > ${this.#path('cgroup.procs')}`;
  }

  /** Forgets the peak so far, where the kernel allows it. */
  resetPeak(): void {
    try {
      this.#write(this.#files.peak, 0);
    } catch {
      // Then it is the peak since the start.
    }
  }

  get peakBytes(): number {
    return Number(readFileSync(this.#path(this.#files.peak), 'utf8'));
  }

  /** Every process in it has to have ended. */
  remove(): void {
    rmdirSync(this.#folder);
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }

  #write(file: string, value: number): void {
    writeFileSync(this.#path(file), String(value));
  }
}
