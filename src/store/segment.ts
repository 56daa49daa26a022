import type { Lane } from './append-log.ts';
import type { DiskFile } from './disk.ts';
import { fileName } from './file-name.ts';

/** A stretch of one lane's messages in a segment file. */
export interface Section {
  readonly segment: Segment;
  readonly lane: Lane;
  readonly offset: number;
  /** Bytes in the file that have to be read for it. */
  readonly length: number;
  /** It is a batch of what was a WAL file, where other lanes may have messages as well. */
  readonly inBatch: boolean;
  /** Bytes in the file that it accounts for. */
  readonly space: number;
  /** Messages in it, dead ones included, and the sum of their bodies in bytes. */
  readonly count: number;
  readonly bytes: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Some of its messages expire. */
  readonly expires: boolean;
  /** How many of its messages are still wanted. */
  live: number;
}

/** What nobody wants any more, since somebody last looked. */
export interface Garbage {
  bytes: number;
  /** Files that are garbage as a whole. */
  files: number;
}

/** A segment file: sections of many lanes, written once, read until nobody wants them any more. */
export class Segment {
  readonly number: number;
  /** It is a WAL file that stays as it is, under its number as such. */
  readonly isWal: boolean;
  readonly file: DiskFile;
  /** Of the file. */
  readonly bytes: number;
  readonly sections = new Set<Section>();
  /** About how many of its bytes are still wanted. */
  liveBytes = 0;
  readonly #garbage: Garbage;
  #reading = 0;
  #forsaken = false;

  constructor(number: number, isWal: boolean, file: DiskFile, bytes: number, garbage: Garbage) {
    this.number = number;
    this.isWal = isWal;
    this.file = file;
    this.bytes = bytes;
    this.#garbage = garbage;
  }

  add(section: Section): void {
    this.sections.add(section);
    this.liveBytes += bytesOf(section, section.live);
  }

  lessLive(section: Section, gone: number): void {
    const bytes = bytesOf(section, gone);
    this.liveBytes -= bytes;
    this.#garbage.bytes += bytes;
  }

  remove(section: Section): void {
    if (!this.sections.delete(section)) return;
    this.liveBytes -= bytesOf(section, section.live);
    if (this.sections.size === 0) this.#garbage.files += 1;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    this.#reading += 1;
    try {
      return await this.file.read(into, offset);
    } finally {
      this.#reading -= 1;
      if (this.#forsaken && this.#reading === 0) await this.file.close();
    }
  }

  /** Closes the file, once whoever reads it now has done so. */
  async close(): Promise<void> {
    this.#forsaken = true;
    if (this.#reading === 0) await this.file.close();
  }
}

function bytesOf(section: Section, messages: number): number {
  return (section.space * messages) / section.count;
}

export const SEGMENT_FOLDER = 'segments';

export function segmentPath(number: number): string {
  return `${SEGMENT_FOLDER}/${fileName(number, '.seg')}`;
}
