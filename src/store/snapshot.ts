import type { Fact } from './append-log.ts';
import { checksum } from './checksum.ts';
import { FormatError, LaterVersion } from './format-error.ts';
import {
  FORMAT_VERSION,
  SNAPSHOT_CHECKSUM_AT,
  SNAPSHOT_HEADER_BYTES,
  SNAPSHOT_MAGIC,
  type SnapshotHeader,
  snapshotHeaderStructure,
} from './structures.ts';
import { viewOf } from './wal-format.ts';

/** All that a log knows when a WAL file begins. */
export interface Snapshot extends SnapshotSummary {
  readonly lanes: readonly SnapshotLane[];
}

/** What can be read of a snapshot without its lanes. */
export interface SnapshotSummary {
  readonly salt: number;
  /** The first WAL file whose batches are not part of it. */
  readonly walFile: number;
  /** Nothing was written behind it: the log was closed in good order. */
  readonly cleanClose: boolean;
  /** Segment files from this number on have not been used yet. */
  readonly nextSegment: number;
  /** Definitions, in their order. */
  readonly facts: readonly Fact[];
  readonly segments: readonly SnapshotSegment[];
}

export interface SnapshotSegment {
  readonly number: number;
  /** Of the file. */
  readonly bytes: number;
  /** It is a WAL file that stays; its number is that of WAL files. */
  readonly isWal: boolean;
}

/** See `SettledSet` for `next`, `floor` and `gone`, and `Lane` for `storedTo`. */
export interface SnapshotLane {
  readonly queue: number;
  readonly priority: number;
  readonly next: number;
  readonly floor: number;
  readonly storedTo: number;
  /** Everything before this number has been handed out. */
  readonly deliveredTo: number;
  /** Pairs [from, to). */
  readonly gone: readonly number[];
  /** Pairs of a number and how often that message has come back. */
  readonly returns: readonly (readonly [seq: number, returns: number])[];
  readonly sections: readonly SnapshotSection[];
}

export interface SnapshotSection {
  /** The number of its segment file, and its place there in bytes. */
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  /** It is a batch of a WAL file that stays, where other lanes may have messages as well. */
  readonly inBatch: boolean;
  /** Messages. */
  readonly count: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The sum of their bodies. */
  readonly bytes: number;
  /** Some of them expire. */
  readonly expires: boolean;
}

// Octets of what has a fixed size; see the writers below.
const SUMMARY = 20;
const LANES = 4;
const FACT = 8;
const SEGMENT = 20;
const LANE = 52;
const RETURN = 12;
const SECTION = 52;
// What the last word of a section says.
const EXPIRES = 1;
const IN_BATCH = 2;

/** The bytes of a snapshot file, in pieces. */
export function encodeSnapshot(snapshot: Snapshot): readonly Uint8Array[] {
  const summary = encodeSummary(snapshot);
  const lanes = encodeLanes(snapshot);
  const header = {
    magic: SNAPSHOT_MAGIC,
    version: FORMAT_VERSION,
    salt: snapshot.salt,
    walFile: snapshot.walFile,
    summaryLength: summary.length,
    lanesLength: lanes.length,
    summaryChecksum: checksum(summary),
    lanesChecksum: checksum(lanes),
    checksum: 0,
  };
  const unsummed = snapshotHeaderStructure.encode(header);
  const sum = checksum(unsummed.subarray(0, SNAPSHOT_CHECKSUM_AT));
  return [snapshotHeaderStructure.encode({ ...header, checksum: sum }), summary, lanes];
}

/**
 * @throws FormatError where the bytes are not those of a whole snapshot
 * @throws LaterVersion
 */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const header = decodeHeader(bytes);
  const lanesAt = SNAPSHOT_HEADER_BYTES + header.summaryLength;
  const end = lanesAt + header.lanesLength;
  if (end !== bytes.length) {
    throw new FormatError(0, `the snapshot has ${end} bytes, the file ${bytes.length}`);
  }
  if (checksum(bytes.subarray(lanesAt)) !== header.lanesChecksum) {
    throw new FormatError(lanesAt, "the snapshot's lanes have a wrong checksum");
  }
  return { ...decodeSummary(bytes), lanes: readLanes(new Input(bytes, lanesAt, end)) };
}

/**
 * What is left of a snapshot of which only the lanes are damaged.
 * @throws FormatError where more than that is
 * @throws LaterVersion
 */
export function decodeSummary(bytes: Uint8Array): SnapshotSummary {
  const { salt, walFile, ...header } = decodeHeader(bytes);
  const end = SNAPSHOT_HEADER_BYTES + header.summaryLength;
  if (end > bytes.length) throw new FormatError(0, 'the snapshot is cut within its summary');
  if (checksum(bytes.subarray(SNAPSHOT_HEADER_BYTES, end)) !== header.summaryChecksum) {
    throw new FormatError(SNAPSHOT_HEADER_BYTES, "the snapshot's summary has a wrong checksum");
  }
  const from = new Input(bytes, SNAPSHOT_HEADER_BYTES, end);
  return { salt, walFile, ...readSummary(from) };
}

function decodeHeader(bytes: Uint8Array): SnapshotHeader {
  if (bytes.length < SNAPSHOT_HEADER_BYTES) throw new FormatError(0, 'too short for a snapshot');
  const header = snapshotHeaderStructure.decode(bytes, 0);
  if (header.magic !== SNAPSHOT_MAGIC) throw new FormatError(0, 'not a snapshot');
  if (checksum(bytes.subarray(0, SNAPSHOT_CHECKSUM_AT)) !== header.checksum) {
    throw new FormatError(0, "the snapshot's header has a wrong checksum");
  }
  if (header.version > FORMAT_VERSION) throw new LaterVersion(header.version);
  return header;
}

function encodeSummary({ cleanClose, nextSegment, facts, segments }: Snapshot): Uint8Array {
  let bytes = SUMMARY + segments.length * SEGMENT;
  for (const { payload } of facts) bytes += FACT + payload.length;
  const to = new Output(bytes);
  to.u32(cleanClose ? 1 : 0);
  to.f64(nextSegment);
  to.u32(facts.length);
  to.u32(segments.length);
  for (const fact of facts) writeFact(to, fact);
  for (const { number, bytes: size, isWal } of segments) {
    to.f64(number);
    to.f64(size);
    to.u32(isWal ? 1 : 0);
  }
  return to.bytes;
}

function encodeLanes({ lanes }: Snapshot): Uint8Array {
  let bytes = LANES + lanes.length * LANE;
  for (const { gone, returns, sections } of lanes) {
    bytes += gone.length * 8 + returns.length * RETURN + sections.length * SECTION;
  }
  const to = new Output(bytes);
  to.u32(lanes.length);
  for (const lane of lanes) writeLane(to, lane);
  return to.bytes;
}

function writeFact(to: Output, { kind, payload }: Fact): void {
  to.u32(kind);
  to.u32(payload.length);
  to.raw(payload);
}

function writeLane(to: Output, lane: SnapshotLane): void {
  to.u32(lane.queue);
  to.u32(lane.priority);
  to.f64(lane.next);
  to.f64(lane.floor);
  to.f64(lane.storedTo);
  to.f64(lane.deliveredTo);
  to.u32(lane.gone.length);
  to.u32(lane.returns.length);
  to.u32(lane.sections.length);
  for (const bound of lane.gone) to.f64(bound);
  for (const [seq, returns] of lane.returns) {
    to.f64(seq);
    to.u32(returns);
  }
  for (const section of lane.sections) {
    to.f64(section.segment);
    to.f64(section.offset);
    to.u32(section.length);
    to.u32(section.count);
    to.f64(section.firstSeq);
    to.f64(section.lastSeq);
    to.f64(section.bytes);
    to.u32((section.expires ? EXPIRES : 0) | (section.inBatch ? IN_BATCH : 0));
  }
}

function readSummary(from: Input): Omit<SnapshotSummary, 'salt' | 'walFile'> {
  const cleanClose = from.u32() === 1;
  const nextSegment = from.f64();
  const factCount = from.u32();
  const segmentCount = from.u32();
  const facts = times(factCount, () => readFact(from));
  const segments = times(segmentCount, () => readSegment(from));
  from.end();
  return { cleanClose, nextSegment, facts, segments };
}

function readLanes(from: Input): readonly SnapshotLane[] {
  const lanes = times(from.u32(), () => readLane(from));
  from.end();
  return lanes;
}

function readFact(from: Input): Fact {
  const kind = from.u32();
  return { kind, payload: from.raw(from.u32()) };
}

function readLane(from: Input): SnapshotLane {
  const queue = from.u32();
  const priority = from.u32();
  const next = from.f64();
  const floor = from.f64();
  const storedTo = from.f64();
  const deliveredTo = from.f64();
  const goneCount = from.u32();
  const returnCount = from.u32();
  const sectionCount = from.u32();
  const gone = times(goneCount, () => from.f64());
  const returns = times(returnCount, (): [number, number] => [from.f64(), from.u32()]);
  const sections = times(sectionCount, () => readSection(from));
  return { queue, priority, next, floor, storedTo, deliveredTo, gone, returns, sections };
}

function readSegment(from: Input): SnapshotSegment {
  return { number: from.f64(), bytes: from.f64(), isWal: from.u32() === 1 };
}

function readSection(from: Input): SnapshotSection {
  const segment = from.f64();
  const offset = from.f64();
  const length = from.u32();
  const count = from.u32();
  const firstSeq = from.f64();
  const lastSeq = from.f64();
  const bytes = from.f64();
  const bits = from.u32();
  const expires = (bits & EXPIRES) !== 0;
  const inBatch = (bits & IN_BATCH) !== 0;
  return { segment, offset, length, inBatch, count, firstSeq, lastSeq, bytes, expires };
}

function times<T>(count: number, make: () => T): T[] {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(make());
  return all;
}

/** Octets that are written one behind the other into memory of the right size. */
class Output {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes);
    this.#view = viewOf(this.bytes);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

class Input {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#at = at;
    this.#end = end;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  end(): void {
    const rest = this.#end - this.#at;
    if (rest > 0) throw new FormatError(this.#at, `the snapshot has ${rest} bytes too many`);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new FormatError(at, 'the snapshot has too few bytes');
    this.#at = at + length;
    return at;
  }
}
