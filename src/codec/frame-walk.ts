// HOT: finds where a message's frames end, without reading what is in them.
import { dv } from '../kit/memory.ts';
import { frameBody, frameEnd, frameHeader, frameHeaderBytes, frameOverheadBytes } from './spec.ts';

/** The bytes end before the message does. */
export const unfinished = -1;
/** Not the plain case: the frames have to be taken one by one. */
export const notPlain = -2;

const bodySizeOffset = frameHeaderBytes + 4;
const headerPrefixBytes = 14;
const basicClassAndWeight = 60 << 16;

// A frame of which not even the header has come whole.
function begun(at: number, end: number, type: number): number {
  return at < end && dv.getUint8(at) !== type ? notPlain : unfinished;
}

/**
 * Where a plain content ends: a header frame of class basic on `channel`, then its whole body in
 * one frame or none.
 * @param at where the header frame should start
 * @param end behind the last byte that there is
 * @returns an offset, `unfinished` or `notPlain`
 */
export function contentEnd(at: number, end: number, channel: number, frameMax: number): number {
  // What has come may show already that the rest will not be plain: then nobody waits for it.
  if (at + frameHeaderBytes > end) return begun(at, end, frameHeader);
  if (dv.getUint8(at) !== frameHeader || dv.getUint16(at + 1) !== channel) return notPlain;
  const headerSize = dv.getUint32(at + 3);
  if (headerSize > frameMax - frameOverheadBytes || headerSize < headerPrefixBytes) return notPlain;
  if (at + bodySizeOffset + 8 > end) return unfinished;
  if (dv.getUint32(at + frameHeaderBytes) !== basicClassAndWeight) return notPlain;
  if (dv.getUint32(at + bodySizeOffset) !== 0) return notPlain;
  const bodySize = dv.getUint32(at + bodySizeOffset + 4);
  if (bodySize > frameMax - frameOverheadBytes) return notPlain;
  const body = at + frameOverheadBytes + headerSize;
  if (body > end) return unfinished;
  if (dv.getUint8(body - 1) !== frameEnd) return notPlain;
  if (bodySize === 0) return body;
  if (body + frameHeaderBytes > end) return begun(body, end, frameBody);
  if (dv.getUint8(body) !== frameBody || dv.getUint16(body + 1) !== channel) return notPlain;
  if (dv.getUint32(body + 3) !== bodySize) return notPlain;
  const after = body + frameOverheadBytes + bodySize;
  if (after > end) return unfinished;
  return dv.getUint8(after - 1) === frameEnd ? after : notPlain;
}
