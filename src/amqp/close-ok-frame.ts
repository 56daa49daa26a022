import { dv } from '../kit/memory.ts';

// The whole frame of connection.close-ok.
const closeOk = [1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 51, 206];

/** Whether connection.close-ok is the last of these bytes, whatever comes before it. */
export function endsWithCloseOk(start: number, end: number): boolean {
  const at = end - closeOk.length;
  return at >= start && closeOk.every((octet, i) => octet === dv.getUint8(at + i));
}
