import { Writer } from '../codec/bytes.ts';
import { encodeServerMethod, type ServerMethod } from '../codec/methods.gen.ts';
import { frameBody, frameHeader, frameOverheadBytes } from '../codec/spec.ts';
import { dv, SLAB_BYTES } from '../kit/memory.ts';
import { addressLength, bodySize, contentAt, contentLength } from '../model/record.ts';
import { ContentStream } from './content-stream.ts';
import type { Outbox } from './outbox.ts';

// Everything is encoded and handed to an outbox before the next thing is.
const writer = new Writer(512);

// A larger body is not copied as a whole before it is read.
const STREAM_BYTES = 8 * SLAB_BYTES;

/** Sends a method without content. */
export function sendMethod(outbox: Outbox, channel: number, method: ServerMethod): void {
  writer.reset();
  encodeServerMethod(writer, method);
  outbox.method(channel, writer);
}

/** Sends a method and a record's content behind it. */
export function sendWithRecord(
  outbox: Outbox,
  channel: number,
  method: ServerMethod,
  record: number,
  frameMax: number,
): void {
  sendMethod(outbox, channel, method);
  const skipped = addressLength(record) + 1;
  const at = contentAt(record) + skipped;
  if (bodySize(record) > STREAM_BYTES) {
    sendHeader(outbox, channel, at);
    outbox.stream(new ContentStream(record, channel, frameMax));
  } else {
    sendContent(outbox, channel, at, contentLength(record) - skipped, frameMax);
  }
}

/**
 * Sends a content header frame and the body frame behind it, if any, that lie in the message memory.
 * The body is cut to the reader's frame size, each frame but the last as full as it may be: some
 * clients count frames.
 */
export function sendContent(
  outbox: Outbox,
  channel: number,
  at: number,
  length: number,
  frameMax: number,
): void {
  const body = sendHeader(outbox, channel, at);
  if (body >= at + length) return;
  const size = dv.getUint32(body + 3);
  const most = frameMax - frameOverheadBytes;
  for (let sent = 0; sent < size; sent += most) {
    const piece = Math.min(most, size - sent);
    outbox.frameHeader(frameBody, channel, piece);
    outbox.append(body + 7 + sent, piece);
    outbox.frameEnd();
  }
}

// @returns where the body frame would start
function sendHeader(outbox: Outbox, channel: number, at: number): number {
  const size = dv.getUint32(at + 3);
  outbox.frameHeader(frameHeader, channel, size);
  outbox.append(at + 7, size + 1);
  return at + size + frameOverheadBytes;
}
