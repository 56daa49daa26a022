// The package ships no types; these are the parts of its interface that the project uses.
declare module 'buffer-layout' {
  /** Reads and writes one value; both want a Buffer and throw RangeError where it is too short. */
  interface Layout<T> {
    /** Octets, or -1 where they vary. */
    readonly span: number;
    readonly property: string | undefined;
    decode(buffer: Buffer, offset?: number): T;
    /** Returns the octets written. */
    encode(value: T, buffer: Buffer, offset?: number): number;
  }

  function u8(property: string): Layout<number>;
  function u16be(property: string): Layout<number>;
  function u32be(property: string): Layout<number>;
  function u24(property: string): Layout<number>;
  function u32(property: string): Layout<number>;
  function f64(property: string): Layout<number>;
  /** 64 bits, unsigned; exact up to 2^53 - 1. */
  function nu64be(property: string): Layout<number>;
  /** Fields follow each other and go by their property names. */
  function struct<T>(fields: readonly Layout<number>[], property?: string): Layout<T>;
}
