/**
 * Publish frames encoded once and written over and over: a run of whole messages of one length, long enough to fill
 * a chunk, so that the generator's work per message is a share of one socket write.
 */
import { FRAME_BODY, FRAME_HEADER, FRAME_OVERHEAD, FrameWriter, method } from './frame-writer.ts';

/** What one message carries besides its body. */
export interface MessageShape {
  readonly exchange: string;
  readonly routingKey: string;
  /** Octets of body. */
  readonly size: number;
  readonly persistent: boolean;
}

export interface PublishRing {
  readonly bytes: Buffer;
  /** Octets of one message, all frames. */
  readonly messageLength: number;
  /** Where the body begins, counted from the start of its message. */
  readonly bodyOffset: number;
  /** Messages in `bytes`. */
  readonly slots: number;
}

export const CHUNK_BYTES = 256 * 1024;

const CHANNEL = 1;
const CLASS_BASIC = 60;
const FLAG_DELIVERY_MODE = 1 << 12;

/** A body whose every octet tells its place, so that a shifted or cut body shows. */
export function fillerBody(size: number): Buffer {
  const body = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) body[i] = (i * 7 + 0x91) & 0xff;
  return body;
}

/** Appends basic.publish, the content header and the body frames; tells where the body began. */
export function encodePublish(to: FrameWriter, shape: MessageShape, frameMax: number): number {
  const start = to.length;
  const body = fillerBody(shape.size);
  to.method(CHANNEL, method.basicPublish, (args) => {
    args.short(0).shortstr(shape.exchange).shortstr(shape.routingKey).octet(0);
  });
  to.frame(FRAME_HEADER, CHANNEL, (header) => {
    header.short(CLASS_BASIC).short(0).longlong(shape.size);
    header.short(shape.persistent ? FLAG_DELIVERY_MODE : 0);
    if (shape.persistent) header.octet(2);
  });
  const bodyOffset = to.length - start + FRAME_OVERHEAD - 1;
  const partMax = frameMax - FRAME_OVERHEAD;
  for (let at = 0; at < shape.size; at += partMax) {
    to.frame(FRAME_BODY, CHANNEL, (part) => part.raw(body.subarray(at, at + partMax)));
  }
  return bodyOffset;
}

/**
 * A ring that repeats the given shapes in order, each as often as the others, so that wrapping around keeps their
 * rotation. All must encode to one length: fixed-width routing keys see to that.
 */
export function buildPublishRing(shapes: readonly MessageShape[], frameMax: number): PublishRing {
  const rotation = new FrameWriter(CHUNK_BYTES);
  let bodyOffset = 0;
  let messageLength = 0;
  for (const shape of shapes) {
    const start = rotation.length;
    bodyOffset = encodePublish(rotation, shape, frameMax);
    if (messageLength > 0 && rotation.length - start !== messageLength) {
      throw new Error('messages of one ring must be of one length');
    }
    messageLength = rotation.length - start;
  }
  if (messageLength === 0) throw new Error('a ring needs at least one message');
  const once = rotation.take();
  const repeats = Math.max(1, Math.round(CHUNK_BYTES / once.length));
  const bytes = Buffer.concat(new Array<Buffer>(repeats).fill(once));
  return { bytes, messageLength, bodyOffset, slots: shapes.length * repeats };
}
