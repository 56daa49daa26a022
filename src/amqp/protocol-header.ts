import { protocolHeader } from '../codec/spec.ts';

/** What a client that speaks something else is answered (0-9-1 §4.2.2). */
export const ourHeader = Uint8Array.from(protocolHeader);

// 0-9 clients send this one; they understand 0-9-1.
const header09 = Uint8Array.from([0x41, 0x4d, 0x51, 0x50, 1, 1, 0, 9]);

export function isOurs(header: Uint8Array): boolean {
  return [ourHeader, header09].some((known) => known.every((octet, i) => octet === header[i]));
}
