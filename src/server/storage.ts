import { type Clock, RealClock } from '../kit/clock.ts';
import { codeOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import type { Random } from '../kit/random.ts';
import type { AppendLog, Fact } from '../store/append-log.ts';
import { DirectoryInUse, type DirectoryLock, lockDirectory } from '../store/directory-lock.ts';
import type { Disk } from '../store/disk.ts';
import { FileDamaged, FileTooNew } from '../store/file-damaged.ts';
import { FileDisk } from '../store/file-disk.ts';
import { MemoryLog } from '../store/memory-log.ts';
import { openSegmentLog } from '../store/open-segment-log.ts';
import { Overflow } from '../store/overflow.ts';
import type { Recovered } from '../store/recovered.ts';

/** Where a node keeps what is to outlive it. */
export interface Storage {
  readonly log: AppendLog;
  /** What was there from before; undefined for a node that keeps nothing. */
  readonly recovered: Recovered | undefined;
  readonly disk: Disk | undefined;
  /** Where messages go for which there is no room in memory. */
  readonly overflow: Overflow | undefined;
  /** Who knows all definitions from now on, for the log's snapshots. */
  describeBy(facts: () => readonly Fact[]): void;
  /** Resolves when all is durable and another process may take the directory. */
  close(): Promise<void>;
}

interface StorageOptions {
  /** undefined for none. */
  readonly dataDir?: string | undefined;
  readonly walFileSize: number;
  readonly random: Random;
  readonly logger: Logger;
}

/** A data directory that cannot be used; the message is one line for people. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/** Opens the data directory, or memory where there is none. @throws DataDirectoryError */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { dataDir } = options;
  if (dataDir === undefined) return memory();
  try {
    return await openDirectory(dataDir, options);
  } catch (error) {
    throw new DataDirectoryError(complaint(dataDir, error), { cause: error });
  }
}

function memory(): Storage {
  const log = new MemoryLog();
  return {
    log,
    recovered: undefined,
    disk: undefined,
    overflow: undefined,
    describeBy: () => {},
    close: () => log.close(),
  };
}

async function openDirectory(dataDir: string, options: StorageOptions): Promise<Storage> {
  const disk = new FileDisk(dataDir);
  await disk.makeFolder('.');
  const lock = await lockDirectory(dataDir);
  try {
    return await openFiles(disk, lock, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openFiles(
  disk: Disk,
  lock: DirectoryLock,
  { random, logger, walFileSize }: StorageOptions,
): Promise<Storage> {
  // Disks live in real time, whatever the broker's clock says.
  const clock: Clock = new RealClock();
  const overflow = await Overflow.open(disk);
  try {
    const opened = await openSegmentLog({ disk, clock, random, logger, walBytes: walFileSize });
    const { log, recovered } = opened;
    return {
      log,
      recovered,
      disk,
      overflow,
      describeBy: (facts) => log.describeBy(facts),
      close: () => closeAll(log, overflow, lock),
    };
  } catch (error) {
    await overflow.close();
    throw error;
  }
}

async function closeAll(log: AppendLog, overflow: Overflow, lock: DirectoryLock): Promise<void> {
  try {
    await log.close();
  } finally {
    await overflow.close();
    await lock.release();
  }
}

function complaint(dataDir: string, error: unknown): string {
  if (error instanceof DirectoryInUse) {
    return `${error.message}; stop that one, or name another folder by --data-dir`;
  }
  if (error instanceof FileTooNew) {
    return `data directory ${dataDir}: ${error.message}; start that, or name another folder by --data-dir`;
  }
  if (error instanceof FileDamaged) {
    return `data directory ${dataDir} is damaged: ${error.message}; 'leveret repair --data-dir ${dataDir}' shows what can be saved`;
  }
  const reason =
    REASONS.get(String(codeOf(error))) ?? (error instanceof Error ? error.message : String(error));
  return `cannot use data directory ${dataDir}: ${reason}`;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not write there; name another folder by --data-dir'],
  ['EPERM', 'this user may not write there; name another folder by --data-dir'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space is left on its disk'],
  ['EDQUOT', "this user's space on its disk is used up"],
  ['ENOTDIR', 'it is no folder'],
  ['EEXIST', 'it is no folder'],
  ['EMFILE', 'too many files are open'],
]);
