import { BatchReader } from './batch-reader.ts';
import type { Disk, DiskFile } from './disk.ts';
import { FileDamaged } from './file-damaged.ts';
import { checkSection, readSection, sectionHeader } from './section.ts';
import { segmentPath } from './segment.ts';
import { SettledSet } from './settled-set.ts';
import type {
  SnapshotLane,
  SnapshotSection,
  SnapshotSegment,
  SnapshotSummary,
} from './snapshot.ts';
import {
  BATCH_HEADER_BYTES,
  BLOCK_BYTES,
  SECTION_HEADER_BYTES,
  SECTION_MAGIC,
} from './structures.ts';
import { walPath } from './wal-file.ts';
import { readPlaces } from './wal-format.ts';

/** Where messages lie, as far as the segments tell it. */
export interface Salvage {
  readonly lanes: readonly SnapshotLane[];
  /** What could not be read of the segments. */
  readonly damaged: readonly FileDamaged[];
}

/**
 * Finds out from the segments themselves where messages lie. What was consumed of them is not known
 * there: it waits again, and all counts as handed out before.
 */
export async function salvageLanes(
  disk: Disk,
  { segments, salt }: SnapshotSummary,
): Promise<Salvage> {
  const finds = new Finds();
  const damaged: FileDamaged[] = [];
  for (const segment of segments) {
    const path = segment.isWal ? walPath(segment.number) : segmentPath(segment.number);
    const file = await disk.open(path, 'read').catch(() => undefined);
    if (file === undefined) {
      damaged.push(new FileDamaged(path, 0, 'the file cannot be opened'));
      continue;
    }
    try {
      const faults = segment.isWal
        ? await readBatches(file, segment.number, salt, finds)
        : await readSections(file, segment, finds);
      damaged.push(...faults);
    } finally {
      await file.close();
    }
  }
  return { lanes: finds.lanes(), damaged };
}

async function readSections(
  file: DiskFile,
  { number, bytes }: SnapshotSegment,
  finds: Finds,
): Promise<readonly FileDamaged[]> {
  const faults: FileDamaged[] = [];
  const end = Math.min(bytes, await file.size());
  for (let offset = BLOCK_BYTES; offset < end; ) {
    const section = await sectionAt(file, offset, end);
    if (typeof section === 'string') {
      faults.push(new FileDamaged(file.path, offset, section));
      offset = await nextSection(file, offset + 1, end);
    } else {
      finds.addSection(number, offset, section);
      offset += section.length;
    }
  }
  return faults;
}

// @returns its bytes, or what is wrong with them
async function sectionAt(
  file: DiskFile,
  offset: number,
  end: number,
): Promise<Uint8Array | string> {
  const head = new Uint8Array(Math.min(SECTION_HEADER_BYTES, end - offset));
  await file.read(head, offset);
  const header = sectionHeader(head);
  if (header === undefined) return 'no section begins here';
  if (header.length > end - offset) return 'the file ends within a section';
  const bytes = new Uint8Array(header.length);
  await file.read(bytes, offset);
  return checkSection(bytes) ?? bytes;
}

const SEARCH_BYTES = 1024 * 1024;

// Where the next section that is whole begins; the end if none does.
async function nextSection(file: DiskFile, from: number, end: number): Promise<number> {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(SECTION_MAGIC);
  const window = Buffer.alloc(SEARCH_BYTES);
  for (let start = from; start < end; start += SEARCH_BYTES - magic.length + 1) {
    const got = window.subarray(0, await file.read(window, start));
    for (let at = got.indexOf(magic); at >= 0; at = got.indexOf(magic, at + 1)) {
      const found = await sectionAt(file, start + at, end);
      if (typeof found !== 'string') return start + at;
    }
  }
  return end;
}

async function readBatches(
  file: DiskFile,
  fileNumber: number,
  salt: number,
  finds: Finds,
): Promise<readonly FileDamaged[]> {
  const faults: FileDamaged[] = [];
  const reader = new BatchReader(file, { fileNumber, salt });
  do {
    for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
      finds.addBatch(fileNumber, batch.offset, batch.payload);
    }
    const { end } = reader;
    if (end !== undefined && end.kind !== 'clean') {
      faults.push(new FileDamaged(file.path, end.end, end.reason));
    }
  } while (reader.resume());
  return faults;
}

/** A section, and the messages in it. */
interface Find {
  readonly section: SnapshotSection;
  readonly seqs: readonly number[];
}

type Extent = Pick<SnapshotSection, 'segment' | 'offset' | 'length' | 'inBatch'>;

/** What has been found, lane by lane. */
class Finds {
  readonly #byLane = new Map<string, { queue: number; priority: number; finds: Find[] }>();

  addSection(segment: number, offset: number, bytes: Uint8Array): void {
    const header = sectionHeader(bytes);
    if (header === undefined) return;
    const draft = new Draft();
    readSection(bytes, (seq, _flags, expiresAt, bodySize) => {
      draft.add(seq, expiresAt, bodySize);
      return true;
    });
    const extent = { segment, offset, length: bytes.length, inBatch: false };
    this.#add(header.queue, header.priority, draft.find(extent));
  }

  addBatch(segment: number, offset: number, payload: Uint8Array): void {
    const drafts = new Map<number, Draft>();
    readPlaces(payload, (queue, priority, seq, expiresAt, _flags, bodySize) => {
      const key = queue * 256 + priority;
      const draft = drafts.get(key) ?? new Draft();
      drafts.set(key, draft);
      draft.add(seq, expiresAt, bodySize);
    });
    const length = BATCH_HEADER_BYTES + payload.length;
    for (const [key, draft] of drafts) {
      const extent = { segment, offset, length, inBatch: true };
      this.#add(Math.floor(key / 256), key % 256, draft.find(extent));
    }
  }

  lanes(): readonly SnapshotLane[] {
    return [...this.#byLane.values()].map(({ queue, priority, finds }) => {
      const sections: SnapshotSection[] = [];
      const settled = new SettledSet(Math.min(...finds.map(({ section }) => section.firstSeq)));
      for (const { section, seqs } of finds.sort(byFirstSeq)) {
        // Of two copies one is enough.
        if (section.firstSeq < settled.next) continue;
        for (const seq of seqs) settled.add(seq);
        sections.push(section);
      }
      const { floor, next } = settled;
      const gone = settled.goneRanges(floor, next);
      const all = { next, floor, storedTo: next, deliveredTo: next };
      return { queue, priority, ...all, gone, returns: [], sections };
    });
  }

  #add(queue: number, priority: number, find: Find): void {
    const key = `${queue}/${priority}`;
    const lane = this.#byLane.get(key) ?? { queue, priority, finds: [] };
    this.#byLane.set(key, lane);
    lane.finds.push(find);
  }
}

function byFirstSeq(one: Find, other: Find): number {
  return one.section.firstSeq - other.section.firstSeq;
}

class Draft {
  readonly #seqs: number[] = [];
  #bytes = 0;
  #expires = false;

  add(seq: number, expiresAt: number, bodySize: number): void {
    this.#seqs.push(seq);
    this.#bytes += bodySize;
    if (expiresAt !== Infinity) this.#expires = true;
  }

  find(extent: Extent): Find {
    const seqs = this.#seqs.sort((one, other) => one - other);
    const section = {
      ...extent,
      count: seqs.length,
      firstSeq: seqs[0] ?? 0,
      lastSeq: seqs.at(-1) ?? 0,
      bytes: this.#bytes,
      expires: this.#expires,
    };
    return { section, seqs };
  }
}
