// HOT: writes basic.deliver straight into the output.
import { copy, dv, u8 } from '../kit/memory.ts';
import { frameHeaderBytes, frameMethod, frameOverheadBytes } from './spec.ts';

const classIdBasic = 60;
const methodIdDeliver = 60;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Writes what every delivery to one consumer starts with: frame header (its size is filled in for
 * each delivery), class, method, consumer tag.
 * @returns its length
 */
export function writePrefix(at: number, channel: number, consumerTag: Uint8Array): number {
  dv.setUint8(at, frameMethod);
  dv.setUint16(at + 1, channel);
  dv.setUint32(at + 3, 0);
  dv.setUint16(at + 7, classIdBasic);
  dv.setUint16(at + 9, methodIdDeliver);
  dv.setUint8(at + 11, consumerTag.length);
  u8.set(consumerTag, at + 12);
  return 12 + consumerTag.length;
}

/** Bytes that `writeDelivery` adds to the prefix and the content: delivery tag and redelivered. */
export const deliveryFieldsBytes = 9;

/**
 * Writes the method frame of a delivery up to its frame end, and whatever follows in `content`.
 * @param to where; there is room for prefixLength + deliveryFieldsBytes + contentLength
 * @param contentAt exchange, routing key, frame end, content frames: adjacent, as a record has them
 * @param addressLength bytes of exchange and routing key
 * @param contentLength how much of it to write; at least the address and the frame end
 * @returns where it ends
 */
export function writeDelivery(
  to: number,
  prefixAt: number,
  prefixLength: number,
  deliveryTag: number,
  redelivered: boolean,
  contentAt: number,
  addressLength: number,
  contentLength: number,
): number {
  copy(to, prefixAt, prefixLength);
  const fields = to + prefixLength;
  dv.setUint32(to + 3, prefixLength + deliveryFieldsBytes + addressLength - frameHeaderBytes);
  dv.setUint32(fields, deliveryTag < TWO_TO_32 ? 0 : deliveryTag / TWO_TO_32);
  dv.setUint32(fields + 4, deliveryTag >>> 0);
  dv.setUint8(fields + 8, redelivered ? 1 : 0);
  const content = fields + deliveryFieldsBytes;
  copy(content, contentAt, contentLength);
  return content + contentLength;
}

/** Puts the channel into the content frames (a header, at most one body) that lie at `at`. */
export function addressContent(at: number, end: number, channel: number): void {
  dv.setUint16(at + 1, channel);
  const body = at + frameOverheadBytes + dv.getUint32(at + 3);
  if (body < end) dv.setUint16(body + 1, channel);
}
