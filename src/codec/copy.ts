/** A copy of `bytes[start, end)`. A Buffer's own `slice` is a view on memory that will be reused. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}
