// HOT: asked for each published message. No allocation, no strings, no exceptions.
//
// Every function takes a view on the bytes, where to start and where the content header's payload
// ends. It answers with an offset, with `absent`, or with `malformed` where the bytes would run past
// the end; a property's value then lies wholly before the end.
import { tableDepthMax } from './table.ts';

export const absent = -1;
export const malformed = -2;

const continueFlag = 0x0001;
const headersFlag = 0x2000;
const deliveryModeFlag = 0x1000;
const priorityFlag = 0x0800;
const replyToFlag = 0x0200;
const expirationFlag = 0x0100;
const timestampFlag = 0x0040;
const userIdFlag = 0x0010;
/** Below the last property's flag: walking to it walks over all of them. */
const pastAllFlags = 0x0002;

/** Where the first value is. */
function valuesAt(dv: DataView, flagsAt: number, end: number): number {
  let at = flagsAt + 2;
  if (at > end) return malformed;
  let word = dv.getUint16(flagsAt);
  while (word & continueFlag) {
    if (at + 2 > end) return malformed;
    word = dv.getUint16(at);
    if (word & ~continueFlag) return malformed;
    at += 2;
  }
  return at;
}

/** Behind the value of the property with this flag that starts at `at`. */
function valueEnd(dv: DataView, at: number, end: number, flag: number): number {
  let next = at;
  if (flag === headersFlag) {
    if (at + 4 > end) return malformed;
    next = at + 4 + dv.getUint32(at);
  } else if (flag === deliveryModeFlag || flag === priorityFlag) {
    next = at + 1;
  } else if (flag === timestampFlag) {
    next = at + 8;
  } else {
    if (at + 1 > end) return malformed;
    next = at + 1 + dv.getUint8(at);
  }
  return next > end ? malformed : next;
}

/** Where the value of the property with the flag `wanted` would start, whether it is set or not. */
function walkTo(dv: DataView, flagsAt: number, end: number, wanted: number): number {
  let at = valuesAt(dv, flagsAt, end);
  if (at < 0) return malformed;
  const flags = dv.getUint16(flagsAt);
  for (let flag = 0x8000; flag > wanted; flag >>= 1) {
    if (flags & flag) {
      at = valueEnd(dv, at, end, flag);
      if (at < 0) return malformed;
    }
  }
  return at;
}

function propertyAt(dv: DataView, flagsAt: number, end: number, flag: number): number {
  if (flagsAt + 2 > end) return malformed;
  if ((dv.getUint16(flagsAt) & flag) === 0) return absent;
  const at = walkTo(dv, flagsAt, end, flag);
  if (at < 0 || valueEnd(dv, at, end, flag) < 0) return malformed;
  return at;
}

/** The octet: 2 is persistent. */
export function deliveryModeAt(dv: DataView, flagsAt: number, end: number): number {
  return propertyAt(dv, flagsAt, end, deliveryModeFlag);
}

/** The octet. */
export function priorityAt(dv: DataView, flagsAt: number, end: number): number {
  return propertyAt(dv, flagsAt, end, priorityFlag);
}

/** The short string's length octet; its text follows. */
export function expirationAt(dv: DataView, flagsAt: number, end: number): number {
  return propertyAt(dv, flagsAt, end, expirationFlag);
}

/** The table's length word; its fields follow. */
export function headersAt(dv: DataView, flagsAt: number, end: number): number {
  return propertyAt(dv, flagsAt, end, headersFlag);
}

/** The short string's length octet; its text follows. */
export function replyToAt(dv: DataView, flagsAt: number, end: number): number {
  return propertyAt(dv, flagsAt, end, replyToFlag);
}

/** The short string's length octet; its text follows. */
export function userIdAt(dv: DataView, flagsAt: number, end: number): number {
  return propertyAt(dv, flagsAt, end, userIdFlag);
}

/** Behind the last property: anything but `end` itself means that the header is not well formed. */
export function propertiesEndAt(dv: DataView, flagsAt: number, end: number): number {
  return walkTo(dv, flagsAt, end, pastAllFlags);
}

/** Octets of a field's value behind its type octet; for strings, arrays and tables as their length says. */
function fieldEnd(dv: DataView, typeAt: number, end: number): number {
  if (typeAt >= end) return malformed;
  const at = typeAt + 1;
  let next = at;
  switch (dv.getUint8(typeAt)) {
    case 0x56: // V
      break;
    case 0x74: // t
    case 0x62: // b
    case 0x42: // B
      next = at + 1;
      break;
    case 0x73: // s
    case 0x75: // u
      next = at + 2;
      break;
    case 0x49: // I
    case 0x69: // i
    case 0x66: // f
      next = at + 4;
      break;
    case 0x44: // D
      next = at + 5;
      break;
    case 0x6c: // l
    case 0x4c: // L
    case 0x64: // d
    case 0x54: // T
      next = at + 8;
      break;
    case 0x53: // S
    case 0x78: // x
    case 0x41: // A
    case 0x46: // F
      if (at + 4 > end) return malformed;
      next = at + 4 + dv.getUint32(at);
      break;
    default:
      return malformed;
  }
  return next > end ? malformed : next;
}

function hasKeyAt(dv: DataView, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) {
    if (dv.getUint8(at + i) !== key[i]) return false;
  }
  return true;
}

/** Keys of the headers that `headerAt` is asked for most. */
export const ccKey: Uint8Array = new Uint8Array([0x43, 0x43]);
export const bccKey: Uint8Array = new Uint8Array([0x42, 0x43, 0x43]);

/**
 * Looks a key up in the raw table whose length word is at `tableAt`, not inside nested tables. Answers
 * with the offset of the type octet of the first value that has this key.
 */
export function headerAt(dv: DataView, tableAt: number, end: number, key: Uint8Array): number {
  if (tableAt + 4 > end) return malformed;
  const tableEnd = tableAt + 4 + dv.getUint32(tableAt);
  if (tableEnd > end) return malformed;
  let at = tableAt + 4;
  while (at < tableEnd) {
    const keyLength = dv.getUint8(at);
    const typeAt = at + 1 + keyLength;
    const next = fieldEnd(dv, typeAt, tableEnd);
    if (next < 0) return malformed;
    if (keyLength === key.length && hasKeyAt(dv, at + 1, key)) return typeAt;
    at = next;
  }
  return absent;
}

/**
 * Behind the raw table whose length word is at `tableAt`, once all of it, what is nested in it too,
 * has been found well formed.
 */
export function tableEndAt(dv: DataView, tableAt: number, end: number): number {
  return nestedEnd(dv, tableAt, end, true, tableDepthMax);
}

function nestedEnd(
  dv: DataView,
  lengthAt: number,
  end: number,
  keyed: boolean,
  depth: number,
): number {
  if (lengthAt + 4 > end) return malformed;
  const itemsEnd = lengthAt + 4 + dv.getUint32(lengthAt);
  if (itemsEnd > end) return malformed;
  let at = lengthAt + 4;
  if (at < itemsEnd && depth === 0) return malformed;
  while (at < itemsEnd) {
    const typeAt = keyed ? at + 1 + dv.getUint8(at) : at;
    const next = fieldEnd(dv, typeAt, itemsEnd);
    if (next < 0) return malformed;
    const type = dv.getUint8(typeAt);
    const nested = type === 0x46 || type === 0x41;
    if (nested && nestedEnd(dv, typeAt + 1, next, type === 0x46, depth - 1) < 0) return malformed;
    at = next;
  }
  return itemsEnd;
}
