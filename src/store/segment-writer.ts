import type { Disk, DiskFile } from './disk.ts';
import { encodeFileHeader } from './file-header.ts';
import { SectionWriter } from './section.ts';
import { type Garbage, SEGMENT_FOLDER, type Section, Segment, segmentPath } from './segment.ts';
import { Staging } from './staging.ts';
import type { StoredLane } from './stored-lane.ts';
import { BLOCK_BYTES, SEGMENT_MAGIC } from './structures.ts';

interface Draft {
  readonly lane: StoredLane;
  readonly offset: number;
  readonly length: number;
  readonly count: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: number;
  readonly expires: boolean;
}

interface OpenSection {
  readonly writer: SectionWriter;
  readonly firstSeq: number;
  lastSeq: number;
  bytes: number;
  expires: boolean;
}

/** What belongs together in a segment file: the sections that one lane has there. */
export type NewSections = ReadonlyMap<StoredLane, readonly Section[]>;

/** Writes a segment file. Messages of a lane are added in the order of their numbers. */
export class SegmentWriter {
  readonly #number: number;
  readonly #disk: Disk;
  readonly #salt: number;
  readonly #sectionBytes: number;
  readonly #open = new Map<StoredLane, OpenSection>();
  readonly #idle: SectionWriter[] = [];
  readonly #drafts: Draft[] = [];
  readonly #staging = new Staging();
  #end = BLOCK_BYTES;
  #written = BLOCK_BYTES;
  #file: DiskFile | undefined = undefined;

  constructor(number: number, disk: Disk, salt: number, sectionBytes: number) {
    this.#number = number;
    this.#disk = disk;
    this.#salt = salt;
    this.#sectionBytes = sectionBytes;
  }

  add(
    lane: StoredLane,
    seq: number,
    expiresAt: number,
    flags: number,
    bodySize: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    let section = this.#open.get(lane);
    if (section === undefined) {
      section = {
        writer: this.#idle.pop() ?? new SectionWriter(),
        firstSeq: seq,
        lastSeq: seq,
        bytes: 0,
        expires: false,
      };
      this.#open.set(lane, section);
    }
    section.writer.add(seq, expiresAt, flags, bodySize, bytes, at, length);
    section.lastSeq = seq;
    section.bytes += bodySize;
    if (expiresAt !== Infinity) section.expires = true;
    if (section.writer.size >= this.#sectionBytes) this.cut(lane);
  }

  /** Ends the lane's section: what is added next begins another. */
  cut(lane: StoredLane): void {
    const section = this.#open.get(lane);
    if (section === undefined) return;
    const { writer, firstSeq, lastSeq, bytes, expires } = section;
    const { count } = writer;
    const pieces = writer.finish(lane.queue, lane.priority);
    let length = 0;
    for (const piece of pieces) {
      this.#staging.add(piece);
      length += piece.length;
    }
    this.#drafts.push({
      lane,
      offset: this.#end,
      length,
      count,
      firstSeq,
      lastSeq,
      bytes,
      expires,
    });
    this.#end += length;
    this.#open.delete(lane);
    // Its buffers are large enough by now.
    this.#idle.push(writer);
  }

  /** Writes what has been put together, if it is worth a write. */
  async write(): Promise<void> {
    if (!this.#staging.isFull) return;
    this.#written += await this.#staging.write(await this.#opened(), this.#written);
  }

  /** Makes it all durable; undefined when nothing was added. */
  async finish(garbage: Garbage): Promise<{ segment: Segment; sections: NewSections } | undefined> {
    for (const lane of [...this.#open.keys()]) {
      this.cut(lane);
      await this.write();
    }
    if (this.#drafts.length === 0) return undefined;
    this.#written += await this.#staging.write(await this.#opened(), this.#written);
    const file = await this.#opened();
    await file.sync();
    await this.#disk.syncFolder(SEGMENT_FOLDER);
    const segment = new Segment(this.#number, false, file, this.#end, garbage);
    const sections = new Map<StoredLane, Section[]>();
    for (const draft of this.#drafts) {
      const ofLane = sections.get(draft.lane);
      const section = { ...draft, segment, inBatch: false, space: draft.length, live: 0 };
      if (ofLane === undefined) sections.set(draft.lane, [section]);
      else ofLane.push(section);
    }
    return { segment, sections };
  }

  /** Leaves nothing behind: something has gone wrong. */
  async abandon(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.close();
    await this.#disk.remove(segmentPath(this.#number));
  }

  async #opened(): Promise<DiskFile> {
    if (this.#file !== undefined) return this.#file;
    const file = await this.#disk.open(segmentPath(this.#number), 'write');
    this.#file = file;
    await file.write(encodeFileHeader(SEGMENT_MAGIC, this.#number, this.#salt), 0);
    return file;
  }
}
