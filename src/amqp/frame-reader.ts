// HOT: every byte received passes here.
import type { Limits } from '../broker/broker.ts';
import type { CodecError } from '../codec/codec-error.ts';
import { contentEnd, notPlain, unfinished } from '../codec/frame-walk.ts';
import { badFrame } from '../codec/method-error.ts';
import {
  frameEnd,
  frameHeaderBytes,
  frameMethod,
  frameOverheadBytes,
  protocolHeader,
} from '../codec/spec.ts';
import { dv, u8 } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import type { Channel } from './channel.ts';
import type { MethodIds } from './close.ts';
import { tooLarge } from './content-assembly.ts';
import { type FrameHost, handleFrame, type Progress } from './frames.ts';
import { unknownTag } from './settlement.ts';

const BASIC_PUBLISH = (60 << 16) | 40;
const BASIC_ACK = (60 << 16) | 80;
const ACK_PAYLOAD_BYTES = 13;
// Frame header, method id, reserved short.
const ADDRESS_OFFSET = frameHeaderBytes + 4 + 2;
const METHOD_OFFSET = frameHeaderBytes;
const TAG_OFFSET = frameHeaderBytes + 4;
const MANDATORY = 1;
const IMMEDIATE = 2;
const TWO_TO_32 = 0x1_0000_0000;
// The high word of the largest number that is exact.
const HIGH_MAX = 0x1f_ffff;
/** A message that has not come whole is waited for up to here, and put together from its frames above. */
const WAIT_BYTES_MAX = 64 * 1024;
// A content header's body size, from the end octet of the method frame before it.
const BODY_SIZE_OFFSET = 1 + frameHeaderBytes + 8;

const basicPublish: MethodIds = { classId: 60, methodId: 40 };
const basicAck: MethodIds = { classId: 60, methodId: 80 };
const noMethod: MethodIds = { classId: 0, methodId: 0 };

/** What the reader needs of its connection. */
export interface ReaderHost extends FrameHost {
  /** No protocol header has come yet. */
  readonly isNew: boolean;
  /** What comes is not looked at. */
  readonly isDeaf: boolean;
  /** Too much is unsent: what asks for an answer waits. */
  readonly isChoked: boolean;
  /** An answer waits for the disk: all that comes behind its question waits. */
  readonly isHolding: boolean;
  readonly frameMax: number;
  readonly broker: { readonly limits: Limits };
  /** The client publishes. @returns whether that has to wait, and all that it has sent behind it */
  notePublish(): boolean;
  /** The protocol header. */
  begin(header: Uint8Array): void;
  /** Something was thrown while a frame of this channel was at work. */
  fail(error: unknown, channelNumber: number): void;
  /** From now on there is no sense in what comes. */
  deafen(): void;
}

/** Cuts what is received into frames, and takes the plain cases of publish and ack by itself. */
export class FrameReader implements Progress {
  /** What is being handled, for the error that it may end in. */
  during: MethodIds = noMethod;
  readonly #connection: ReaderHost;
  #stash: Uint8Array | undefined = undefined;
  // Where reading goes on, whatever becomes of the frame at work.
  #next = 0;

  constructor(connection: ReaderHost) {
    this.#connection = connection;
  }

  /** Bytes in the message memory; what is unfinished of them is kept for the next time. */
  read(start: number, end: number): void {
    let at = start;
    const stash = this.#stash;
    if (stash !== undefined) {
      at -= stash.length;
      u8.set(stash, at);
      this.#stash = undefined;
    }
    const rest = this.#frames(at, end);
    if (rest < end && !this.#connection.isDeaf) this.#stash = u8.slice(rest, end);
  }

  #frames(start: number, end: number): number {
    const connection = this.#connection;
    let at = start;
    while (at < end) {
      if (connection.isDeaf) return end;
      if (connection.isHolding) return at;
      if (connection.isNew) {
        if (end - at < protocolHeader.length) return at;
        connection.begin(u8.slice(at, at + protocolHeader.length));
        at += protocolHeader.length;
        continue;
      }
      if (end - at < frameHeaderBytes) return at;
      const channel = dv.getUint16(at + 1);
      this.#next = at + frameOverheadBytes + dv.getUint32(at + 3);
      this.during = noMethod;
      try {
        if (!this.#frame(at, end, channel)) return at;
      } catch (error) {
        connection.fail(error, channel);
      }
      at = this.#next;
    }
    return at;
  }

  // Takes one frame, or a whole message. @returns false when it is not complete yet
  #frame(at: number, end: number, channelNumber: number): boolean {
    const connection = this.#connection;
    const next = this.#next;
    // RabbitMQ lets through as many octets more as a frame has around its payload, and so do we.
    if (next - at > connection.frameMax + frameOverheadBytes) throw this.#tooLargeFrame(at, end);
    if (next > end) return false;
    if (dv.getUint8(next - 1) !== frameEnd) throw badFrameEnd(at, next);
    const channel = connection.isOpen ? connection.channels[channelNumber] : undefined;
    if (
      channel !== undefined &&
      dv.getUint8(at) === frameMethod &&
      next - at >= frameOverheadBytes + 4 &&
      !channel.closing &&
      channel.assembly === undefined
    ) {
      const method = dv.getUint32(at + METHOD_OFFSET);
      if (method === BASIC_PUBLISH) return this.#publish(channel, at, next, end);
      if (method === BASIC_ACK && next - at === frameOverheadBytes + ACK_PAYLOAD_BYTES) {
        this.during = basicAck;
        const high = dv.getUint32(at + TAG_OFFSET);
        if (high > HIGH_MAX) throw unknownTag(dv.getBigUint64(at + TAG_OFFSET));
        const tag = high * TWO_TO_32 + dv.getUint32(at + TAG_OFFSET + 4);
        channel.ack(tag, (dv.getUint8(at + TAG_OFFSET + 8) & 1) !== 0);
        return true;
      }
    }
    // A read can hold thousands of questions whose answers are large.
    if (connection.isChoked) return false;
    handleFrame(connection, this, at, next);
    return true;
  }

  // A publish whose content has come whole is taken at once; else it waits or goes frame by frame.
  #publish(channel: Channel, at: number, next: number, end: number): boolean {
    if (this.#connection.notePublish()) return false;
    const addressAt = at + ADDRESS_OFFSET;
    const keyAt = addressAt + 1 + dv.getUint8(addressAt);
    const bitsAt = keyAt >= next ? 0 : keyAt + 1 + dv.getUint8(keyAt);
    if (bitsAt !== next - 2) {
      handleFrame(this.#connection, this, at, next);
      return true;
    }
    const { number, frameMax } = channel;
    const after = contentEnd(next, end, number, frameMax);
    if (after === unfinished && end - at <= WAIT_BYTES_MAX) return false;
    if (after === unfinished || after === notPlain) {
      handleFrame(this.#connection, this, at, next);
      return true;
    }
    this.#next = after;
    this.during = basicPublish;
    const bits = dv.getUint8(bitsAt);
    if ((bits & IMMEDIATE) !== 0) throw new BrokerError('NOT_IMPLEMENTED', 'immediate=true');
    const tail = next - 1;
    const size = dv.getUint32(tail + BODY_SIZE_OFFSET);
    const sizeMax = this.#connection.broker.limits.maxMessageSize;
    if (size > sizeMax) throw tooLarge(size, sizeMax);
    channel.publish(addressAt, bitsAt - addressAt, tail, after - tail, (bits & MANDATORY) !== 0, 0);
    return true;
  }

  #tooLargeFrame(at: number, end: number): CodecError {
    this.#next = end;
    this.#connection.deafen();
    const most = this.#connection.frameMax - frameOverheadBytes;
    const size = dv.getUint32(at + 3);
    return badFrame(dv.getUint8(at), u8.slice(at, at), `{frame_too_large,${size},${most}}`);
  }
}

function badFrameEnd(at: number, next: number): CodecError {
  const payload = u8.slice(at + frameHeaderBytes, next - 1);
  const marker = dv.getUint8(next - 1);
  return badFrame(dv.getUint8(at), payload, `{invalid_frame_end_marker,${marker}}`);
}
