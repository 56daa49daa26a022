import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Disk } from '../store/disk.ts';
import { type AlarmKind, AlarmSet, type Blockable } from './alarm-set.ts';
import { DiskAlarm } from './disk-alarm.ts';
import { LogAlarm, type WatchedLog } from './log-alarm.ts';
import { MemoryAlarm, type ProcessMemory } from './memory-alarm.ts';
import { largestUser, type MemoryUsers } from './memory-users.ts';

interface Parties extends MemoryUsers {
  readonly connections: Iterable<Blockable & ConnectionUser>;
}

type ConnectionUser = MemoryUsers['connections'] extends Iterable<infer User> ? User : never;

/** What watches over memory, disk and log, and makes publishers wait. Consumers go on. */
export class Alarms {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #raised: AlarmSet;
  readonly #memory: MemoryAlarm;
  #disk: DiskAlarm | undefined = undefined;
  #log: LogAlarm | undefined = undefined;

  /** @param highWatermark bytes of memory in use above which publishers have to wait */
  constructor(highWatermark: number, clock: Clock, logger: Logger, parties: Parties) {
    this.#clock = clock;
    this.#logger = logger;
    this.#raised = new AlarmSet(parties.connections);
    const largest = (overhead: number): string => largestUser(parties, overhead);
    this.#memory = new MemoryAlarm(highWatermark, largest, clock, logger, this.#raised);
  }

  /** Why publishers have to wait; undefined while they need not. */
  get reason(): string | undefined {
    return this.#raised.reason;
  }

  /** Whether that is wrong now. */
  has(kind: AlarmKind): boolean {
    return this.#raised.has(kind);
  }

  /** Bytes of memory in use above which publishers have to wait. */
  get memoryHighWatermark(): number {
    return this.#memory.highWatermark;
  }

  /** @param bytes of memory in use above which publishers have to wait from now on */
  setMemoryHighWatermark(bytes: number): void {
    this.#memory.setHighWatermark(bytes);
  }

  /** Raises the memory alarm if memory is short now, or clears it; called after each read. */
  check(): void {
    this.#memory.check();
  }

  /** From now on all memory of the process counts, not messages alone. */
  countProcess(memory: ProcessMemory, intervalMs: number, clock = this.#clock): void {
    this.#memory.countProcess(memory, intervalMs, clock);
  }

  /** Looks at the free space of the disk, and goes on doing so. @param limit bytes to keep free */
  async watchDisk(disk: Pick<Disk, 'space'>, limit: number, clock = this.#clock): Promise<void> {
    this.#disk?.close();
    this.#disk = new DiskAlarm(disk, limit, clock, this.#logger, this.#raised);
    await this.#disk.check();
  }

  watchLog(log: WatchedLog, clock = this.#clock): void {
    this.#log?.close();
    this.#log = new LogAlarm(log, clock, this.#logger, this.#raised);
  }

  close(): void {
    this.#memory.close();
    this.#disk?.close();
    this.#log?.close();
  }
}
