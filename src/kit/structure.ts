import layout from 'buffer-layout';

/** A structure of a fixed number of octets. */
export interface Structure<T> {
  readonly bytes: number;
  /** Throws RangeError where fewer octets are left. */
  decode(bytes: Uint8Array, at: number): T;
  encode(value: T): Uint8Array;
}

/** A structure of these fields, one behind the other. */
export function structure<T>(fields: Parameters<typeof layout.struct>[0]): Structure<T> {
  const described = layout.struct<T>(fields);
  return {
    bytes: described.span,
    decode: (bytes, at) =>
      described.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at),
    encode: (value) => {
      const bytes = Buffer.alloc(described.span);
      described.encode(value, bytes);
      return new Uint8Array(bytes);
    },
  };
}
