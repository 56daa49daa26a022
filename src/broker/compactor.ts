import { afterReads } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import {
  canBeEmptied,
  MemoryExhausted,
  recordBytes,
  SEGMENT_BYTES,
  SEGMENT_COUNT,
  segmentOf,
} from '../kit/memory.ts';
import {
  addReference,
  contentLength,
  copyRecord,
  dropReference,
  referencesOf,
} from '../model/record.ts';
import type { Queue } from '../queues/queue.ts';

type RecordVisitor = (record: number) => number;

/** Who holds records: queues those that wait, connections those that are not settled. */
interface Holders {
  readonly vhosts: ReadonlyMap<string, { readonly queues: ReadonlyMap<string, Queue> }>;
  readonly connections: Iterable<{ visitRecords(visit: RecordVisitor): void }>;
}

const MIB = 1024 * 1024;
/** Below this much memory nothing is moved, if nothing else is asked for. */
const WORTHWHILE_BYTES = 128 * MIB;
// It looks again when the memory has grown by so much since it last looked.
const GROWTH = 1.25;
// A segment that is emptier than this is emptied, and there must be as much to gain in all.
const SPARSE = 0.5;

/**
 * Memory is given back a segment at a time, when the last record in it goes. Where single messages
 * stay while all around them leave, a few would hold all of it: they are moved together.
 */
export class Compactor {
  readonly #logger: Logger;
  readonly #holders: Holders;
  readonly #worthwhile: number;
  #threshold: number;
  #scheduled = false;

  /** @param worthwhile bytes below which nothing is moved */
  constructor(logger: Logger, holders: Holders, worthwhile = WORTHWHILE_BYTES) {
    this.#logger = logger;
    this.#holders = holders;
    this.#worthwhile = worthwhile;
    this.#threshold = worthwhile;
  }

  /** Called while messages come in: looks at the memory when it has grown enough since last time. */
  check(): void {
    const used = recordBytes();
    // What has been given back may grow again before it is looked at.
    if (used * GROWTH < this.#threshold) {
      this.#threshold = Math.max(this.#worthwhile, used * GROWTH);
    }
    if (used < this.#threshold || this.#scheduled) return;
    this.#scheduled = true;
    afterReads(() => {
      this.#scheduled = false;
      this.compactIfSparse();
    });
  }

  /** Moves messages together if that gives much of their memory back. */
  compactIfSparse(): void {
    if (this.#liveBytes() < recordBytes() * SPARSE) this.compact();
    this.#threshold = Math.max(this.#worthwhile, recordBytes() * GROWTH);
  }

  /** Empties the segments that are mostly empty. */
  compact(): void {
    const before = recordBytes();
    const live = new Float64Array(SEGMENT_COUNT);
    this.#visit((record) => {
      const segment = segmentOf(record);
      live[segment] = (live[segment] ?? 0) + contentLength(record) / referencesOf(record);
      return record;
    });
    const sparse = Uint8Array.from(live, (bytes, segment) =>
      bytes > 0 && bytes < SEGMENT_BYTES * SPARSE && canBeEmptied(segment) ? 1 : 0,
    );
    const moved = new Map<number, number>();
    try {
      this.#visit((record) => (sparse[segmentOf(record)] === 1 ? move(record, moved) : record));
    } catch (error) {
      // What has been moved is where it should be, and the rest is where it was.
      if (!(error instanceof MemoryExhausted)) throw error;
    }
    const mib = (bytes: number): number => Math.round(bytes / MIB);
    this.#logger.info(
      { messages: moved.size, beforeMib: mib(before), afterMib: mib(recordBytes()) },
      'Moved scattered messages together',
    );
  }

  #liveBytes(): number {
    let bytes = 0;
    for (const { queues } of this.#holders.vhosts.values()) {
      for (const { memoryBytes, unackedMemoryBytes } of queues.values()) {
        bytes += memoryBytes + unackedMemoryBytes;
      }
    }
    return bytes;
  }

  #visit(visit: RecordVisitor): void {
    for (const { queues } of this.#holders.vhosts.values()) {
      for (const queue of queues.values()) queue.visitReady(visit);
    }
    for (const connection of this.#holders.connections) connection.visitRecords(visit);
  }
}

// Each holder that comes by gets the copy and lets go of the original.
function move(record: number, moved: Map<number, number>): number {
  let copied = moved.get(record);
  if (copied === undefined) {
    copied = copyRecord(record);
    moved.set(record, copied);
  }
  addReference(copied);
  dropReference(record);
  return copied;
}
