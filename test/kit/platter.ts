import type { Random } from '../../src/kit/random.ts';

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

const noBytes = new Uint8Array(0);

/** Bytes that grow as they are written to; what nobody wrote is zeros. */
class Image {
  length = 0;
  #bytes = noBytes;
  // Copies share their bytes until one of them is written to.
  #isShared = true;

  copy(): Image {
    const copy = new Image();
    copy.#bytes = this.#bytes;
    copy.length = this.length;
    this.#isShared = true;
    return copy;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, Math.min(to, this.length));
  }

  write(bytes: Uint8Array, at: number): void {
    this.resize(Math.max(this.length, at + bytes.length));
    this.#bytes.set(bytes, at);
  }

  resize(length: number): void {
    if (length > this.#bytes.length || this.#isShared) {
      const room = length > this.#bytes.length ? Math.max(length, 2 * this.length) : length;
      const grown = new Uint8Array(Math.max(room, this.length));
      grown.set(this.bytes(0, this.length));
      this.#bytes = grown;
      this.#isShared = false;
    }
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    this.length = length;
  }
}

/** Written, and not synced. */
type Pending =
  | { readonly is: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly is: 'resize'; readonly length: number };

/** One file: what a process sees of it, and what will be there when the power has gone. */
export class Platter {
  #seen = new Image();
  #durable = new Image();
  #pending: Pending[] = [];

  get length(): number {
    return this.#seen.length;
  }

  get isSynced(): boolean {
    return this.#pending.length === 0;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#seen.bytes(from, to);
  }

  /** Keeps `bytes`, which must not change any more. */
  write(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    this.#seen.write(bytes, at);
    this.#pending.push({ is: 'write', at, bytes });
  }

  resize(length: number): void {
    this.#seen.resize(length);
    this.#pending.push({ is: 'resize', length });
  }

  /** Makes this write durable, and of the others only what shares a sector with it. */
  writeDurably(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    this.#seen.write(bytes, at);
    if (this.#pending.some((one) => one.is === 'resize')) this.sync();
    const from = at - (at % SECTOR_BYTES);
    const to = Math.ceil((at + bytes.length) / SECTOR_BYTES) * SECTOR_BYTES;
    this.#durable.write(this.#seen.bytes(from, to), from);
    this.#pending = this.#pending.flatMap((one) =>
      one.is === 'write' ? outside(one.bytes, one.at, from, to) : [one],
    );
  }

  sync(): void {
    for (const one of this.#pending) apply(this.#durable, one);
    this.#pending = [];
  }

  /**
   * A sync has failed: of what was not synced some is durable and the rest will never be, though it
   * can still be read.
   */
  failSync(random: Random): void {
    this.#durable = chosen(this.#durable, this.#pending, random);
    this.#pending = [];
  }

  /** The file as it is found when the power has come back. */
  afterPowerLoss(random: Random): Platter {
    const found = new Platter();
    found.#seen = chosen(this.#durable, this.#pending, random);
    found.#durable = found.#seen.copy();
    return found;
  }

  /** Turns one bit round, for ever. */
  flip(offset: number): void {
    for (const image of [this.#seen, this.#durable]) {
      const byte = image.bytes(offset, offset + 1)[0];
      if (byte !== undefined) image.write(Uint8Array.of(byte ^ 1), offset);
    }
  }
}

function apply(image: Image, pending: Pending): void {
  if (pending.is === 'write') image.write(pending.bytes, pending.at);
  else image.resize(pending.length);
}

/** What of a write at `at` lies outside the bytes from `from` to `to`. */
function outside(bytes: Uint8Array, at: number, from: number, to: number): Pending[] {
  const end = at + bytes.length;
  const parts: Pending[] = [];
  if (at < from) {
    parts.push({ is: 'write', at, bytes: bytes.subarray(0, Math.min(end, from) - at) });
  }
  if (end > to) {
    const start = Math.max(at, to);
    parts.push({ is: 'write', at: start, bytes: bytes.subarray(start - at) });
  }
  return parts;
}

/** A whole number below `bound`. */
export function below(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** Which of the pending writes reached the disk: none, all, the first of them, or any sectors. */
function chosen(durable: Image, pending: readonly Pending[], random: Random): Image {
  const found = durable.copy();
  switch (pending.length === 0 ? 0 : below(random, 4)) {
    case 0:
      break;
    case 1:
      for (const one of pending) apply(found, one);
      break;
    case 2:
      applyFirst(found, pending, random);
      break;
    default:
      applySectors(found, pending, random);
  }
  return found;
}

/** Some of the writes in their order, and some sectors of the one after them. */
function applyFirst(found: Image, pending: readonly Pending[], random: Random): void {
  const count = below(random, pending.length);
  for (const one of pending.slice(0, count)) apply(found, one);
  const torn = pending[count];
  if (torn?.is !== 'write') return;
  const { at, bytes } = torn;
  const border = Math.ceil((at + below(random, bytes.length)) / SECTOR_BYTES) * SECTOR_BYTES;
  if (border > at) found.write(bytes.subarray(0, border - at), at);
}

/** Each sector as it was after any one of the writes, whatever the order of these. */
function applySectors(found: Image, pending: readonly Pending[], random: Random): void {
  const latest = found.copy();
  const versions = new Map<number, number>();
  for (const one of pending) {
    apply(latest, one);
    if (one.is === 'resize') {
      if (random.next() < 0.5) found.resize(one.length);
      continue;
    }
    const end = one.at + one.bytes.length;
    for (let at = one.at - (one.at % SECTOR_BYTES); at < end; at += SECTOR_BYTES) {
      const count = (versions.get(at) ?? 1) + 1;
      versions.set(at, count);
      if (below(random, count) === 0) found.write(latest.bytes(at, at + SECTOR_BYTES), at);
    }
  }
  // A file may have got its length and not the bytes.
  if (random.next() < 0.25) found.resize(latest.length);
}
