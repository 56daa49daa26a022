import { Writer } from '../codec/bytes.ts';
import { encodeServerMethod, type ServerMethod } from '../codec/methods.gen.ts';
import { frameBody, frameHeader, frameOverheadBytes } from '../codec/spec.ts';
import { dv } from '../kit/memory.ts';
import { addressLength, contentAt, contentLength } from '../model/record.ts';
import type { Outbox } from './outbox.ts';

// Everything is encoded and handed to an outbox before the next thing is.
const writer = new Writer(512);

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
  sendContent(
    outbox,
    channel,
    contentAt(record) + skipped,
    contentLength(record) - skipped,
    frameMax,
  );
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
  const headerSize = dv.getUint32(at + 3);
  outbox.frameHeader(frameHeader, channel, headerSize);
  outbox.append(at + 7, headerSize + 1);
  const body = at + headerSize + frameOverheadBytes;
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
