import { RECEIVE_AT, RECEIVE_BYTES, u8 } from '../../src/kit/memory.ts';
import type { Endpoint, Receiver, Transport } from '../../src/kit/transport.ts';

/** Where the bytes are cut on their way: how long the next pieces are, over and over again. */
export type Chunking = readonly number[];

interface Range {
  readonly start: number;
  readonly end: number;
}

/** A Transport without a socket: a test says what comes, and sees what goes. */
export class MemoryTransport implements Transport {
  readonly remote: Endpoint;
  readonly local: Endpoint = { address: '127.0.0.1', port: 5672 };
  /** Whether the peer reads; as long as it does not, what is written stays in flight. */
  reading = true;
  paused = false;
  /** We have said that we send no more. */
  ended = false;
  destroyed = false;
  /** Both sides are through with each other. */
  closed = false;
  /** Writes so far. */
  writes = 0;
  #receiver: Receiver | undefined = undefined;
  #flying: Range[] = [];
  #sent: Uint8Array[] = [];
  // What came while the flow was stopped.
  #held: Uint8Array[] = [];

  constructor(address = '127.0.0.1', port = 40_000) {
    this.remote = { address, port };
  }

  attach(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** Bytes come from the peer, cut as told; by default as large as the receive window takes. */
  feed(bytes: Uint8Array, chunking: Chunking = [RECEIVE_BYTES]): void {
    let turn = 0;
    for (let at = 0; at < bytes.length; ) {
      const wanted = Math.max(1, chunking[turn % chunking.length] ?? RECEIVE_BYTES);
      const piece = bytes.subarray(at, at + Math.min(wanted, RECEIVE_BYTES));
      this.#arrive(piece);
      at += piece.length;
      turn += 1;
    }
  }

  /** The peer takes the oldest writes that are in flight, all of them unless told otherwise. */
  take(count = this.#flying.length): void {
    for (let i = 0; i < count; i++) {
      const oldest = this.#flying[0];
      if (oldest === undefined) return;
      this.#sent.push(u8.slice(oldest.start, oldest.end));
      this.#flying.shift();
      // Who is told may write anew.
      this.#receiver?.written();
    }
  }

  /** The peer reads from now on, and first of all what is in flight. */
  readAll(): void {
    this.reading = true;
    while (this.#flying.length > 0) this.take();
  }

  get inFlight(): number {
    return this.#flying.length;
  }

  /** All that the peer has got since it was last asked for. */
  output(): Uint8Array {
    const bytes = Uint8Array.from(Buffer.concat(this.#sent));
    this.#sent = [];
    return bytes;
  }

  /** The connection is lost. */
  lose(cause?: string): void {
    this.#close(cause);
  }

  // A write that is not taken at once is read later, as a socket does it: its bytes have to last.
  write(start: number, end: number): boolean {
    this.writes += 1;
    if (this.closed || this.destroyed) return true;
    if (this.reading && this.#flying.length === 0) {
      this.#sent.push(u8.slice(start, end));
      return true;
    }
    this.#flying.push({ start, end });
    return false;
  }

  giveWay(): void {}

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    if (this.#held.length === 0) return;
    setImmediate(() => {
      const held = this.#held;
      this.#held = [];
      for (const piece of held) this.#arrive(piece);
    });
  }

  /** A peer that reads sees the end and hangs up as well. */
  end(): void {
    this.ended = true;
    if (this.reading) setImmediate(() => this.#close(undefined));
  }

  destroy(): void {
    this.destroyed = true;
    setImmediate(() => this.#close(undefined));
  }

  #arrive(piece: Uint8Array): void {
    if (this.closed || this.destroyed) return;
    if (this.paused) {
      this.#held.push(piece);
      return;
    }
    u8.set(piece, RECEIVE_AT);
    this.#receiver?.received(RECEIVE_AT, RECEIVE_AT + piece.length);
  }

  #close(cause: string | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.#held = [];
    this.#flying = [];
    this.#receiver?.closed(cause);
  }
}
