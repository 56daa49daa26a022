import { frameBody, frameEnd, frameHeader, frameOverheadBytes } from '../codec/spec.ts';
import { addForeignBytes, checkRoom, dv, u8 } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import { addReference, contentAt, reserveRecord } from '../model/record.ts';

const BASIC_CLASS = 60;
const HEADER_PREFIX_BYTES = 14;
const TWO_TO_32 = 0x1_0000_0000;
/** Shorter pieces share a chunk: a frame may hold one octet, and an array of its own costs hundreds. */
const CHUNK_BYTES = 4096;

type State =
  | { readonly at: 'header' }
  | { readonly at: 'body'; readonly header: Uint8Array; readonly size: number; received: number };

/**
 * A message whose frames are taken one by one: because it is large, or because frames of other
 * channels come in between. What has been received is kept aside, no more than that, so that a
 * header that announces much costs nothing.
 */
export class ContentAssembly {
  /** Exchange and routing key as two short strings. */
  readonly address: Uint8Array;
  readonly mandatory: boolean;
  readonly #sizeMax: number;
  readonly #parts: Uint8Array[] = [];
  #kept = 0;
  // The chunk that short pieces are collected in, and how full it is.
  #chunk: Uint8Array | undefined = undefined;
  #filled = 0;
  #state: State = { at: 'header' };

  constructor(address: Uint8Array, mandatory: boolean, sizeMax: number) {
    this.address = address;
    this.mandatory = mandatory;
    this.#sizeMax = sizeMax;
  }

  /**
   * A content header's payload, in the message memory.
   * @returns whether the message is complete
   * @throws BrokerError
   */
  header(start: number, end: number): boolean {
    if (this.#state.at !== 'header') throw this.unexpected();
    if (end - start < HEADER_PREFIX_BYTES || dv.getUint16(start + 2) !== 0) throw headerExpected();
    const classId = dv.getUint16(start);
    if (classId !== BASIC_CLASS) {
      throw unexpected(
        `expected content header for class ${BASIC_CLASS}, got one for class ${classId} instead`,
      );
    }
    const size = dv.getUint32(start + 4) * TWO_TO_32 + dv.getUint32(start + 8);
    this.#state = { at: 'body', header: u8.slice(start, end), size, received: 0 };
    this.#count(end - start);
    return size === 0;
  }

  /**
   * A body frame's payload, in the message memory.
   * @returns whether the message is complete
   * @throws BrokerError
   */
  body(start: number, end: number): boolean {
    const state = this.#state;
    if (state.at === 'header') throw headerExpected();
    state.received += end - start;
    if (state.received > state.size) {
      throw new BrokerError(
        'FRAME_ERROR',
        `content body of ${state.received} octets is larger than the announced ${state.size}`,
      );
    }
    // What is too large is refused once it has come whole, as RabbitMQ does: clients that are told so in
    // the middle of a message answer out of order. None of it is kept.
    if (state.size <= this.#sizeMax) this.#keep(start, end);
    return state.received === state.size;
  }

  /** Something else has come than what the content needs next. */
  unexpected(): BrokerError {
    return this.#state.at === 'header'
      ? headerExpected()
      : unexpected('expected content body, got non content body frame instead');
  }

  /** The complete message as a record with one reference. @throws BrokerError, MemoryExhausted */
  build(): number {
    const state = this.#state;
    if (state.at === 'header') throw headerExpected();
    const { header, size } = state;
    if (size > this.#sizeMax) throw tooLarge(size, this.#sizeMax);
    checkRoom();
    const head = 1 + frameOverheadBytes + header.length;
    const body = size === 0 ? 0 : size + frameOverheadBytes;
    const record = reserveRecord(this.address.length + head + body, 0);
    addReference(record);
    let at = contentAt(record);
    u8.set(this.address, at);
    at += this.address.length;
    dv.setUint8(at, frameEnd);
    at = writeFrame(at + 1, frameHeader, header.length);
    u8.set(header, at);
    at += header.length;
    dv.setUint8(at, frameEnd);
    at += 1;
    if (size > 0) this.#writeBody(at, size);
    return record;
  }

  /** Forgets what has come: it is a record now, or will never be one. */
  discard(): void {
    addForeignBytes(-this.#kept);
    this.#kept = 0;
    this.#parts.length = 0;
    this.#chunk = undefined;
    this.#filled = 0;
  }

  // It takes memory that is not the message memory yet. @throws MemoryExhausted
  #count(bytes: number): void {
    this.#kept += bytes;
    addForeignBytes(bytes);
  }

  #keep(start: number, end: number): void {
    const length = end - start;
    this.#count(length);
    if (length >= CHUNK_BYTES) {
      this.#closeChunk();
      this.#parts.push(u8.slice(start, end));
      return;
    }
    if (this.#filled + length > CHUNK_BYTES) this.#closeChunk();
    this.#chunk ??= new Uint8Array(CHUNK_BYTES);
    this.#chunk.set(u8.subarray(start, end), this.#filled);
    this.#filled += length;
  }

  #closeChunk(): void {
    if (this.#chunk !== undefined) this.#parts.push(this.#chunk.subarray(0, this.#filled));
    this.#chunk = undefined;
    this.#filled = 0;
  }

  #writeBody(start: number, size: number): void {
    this.#closeChunk();
    let at = writeFrame(start, frameBody, size);
    for (const part of this.#parts) {
      u8.set(part, at);
      at += part.length;
    }
    dv.setUint8(at, frameEnd);
  }
}

function writeFrame(at: number, type: number, size: number): number {
  dv.setUint8(at, type);
  dv.setUint16(at + 1, 0);
  dv.setUint32(at + 3, size);
  return at + 7;
}

function headerExpected(): BrokerError {
  return unexpected(
    `expected content header for class ${BASIC_CLASS}, got non content header frame instead`,
  );
}

function unexpected(text: string): BrokerError {
  return new BrokerError('UNEXPECTED_FRAME', text);
}

/** The refusal of a message by its size. */
export function tooLarge(size: number, sizeMax: number): BrokerError {
  return new BrokerError(
    'PRECONDITION_FAILED',
    `message size ${size} is larger than configured max size ${sizeMax}`,
  );
}
