// AMQP 0-9-1 bytes for the conformance peer. It shares nothing with src/codec on purpose: a mistake
// made there must not be able to hide behind the same mistake here.

/** What a test writes into a table; `field()` picks an exact wire type, the rest follows the value. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | TypedField
  | readonly Value[]
  | Table;

export interface Table {
  readonly [name: string]: Value;
}

/** One table field with its wire type, such as `field('s', 1000)`. `F` holds a Map of TypedFields. */
export class TypedField {
  readonly type: string;
  readonly value: unknown;
  constructor(type: string, value: unknown) {
    this.type = type;
    this.value = value;
  }
}

export const field = (type: string, value: unknown): TypedField => new TypedField(type, value);

export class Writer {
  readonly #parts: Buffer[] = [];

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  octet(value: number): this {
    return this.bytes(Buffer.of(value & 0xff));
  }

  short(value: number): this {
    const out = Buffer.alloc(2);
    out.writeUInt16BE(value & 0xffff);
    return this.bytes(out);
  }

  long(value: number): this {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(value >>> 0);
    return this.bytes(out);
  }

  longlong(value: number | bigint): this {
    const out = Buffer.alloc(8);
    out.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)));
    return this.bytes(out);
  }

  float(value: number): this {
    const out = Buffer.alloc(4);
    out.writeFloatBE(value);
    return this.bytes(out);
  }

  double(value: number): this {
    const out = Buffer.alloc(8);
    out.writeDoubleBE(value);
    return this.bytes(out);
  }

  shortstr(value: string | Uint8Array): this {
    const text = Buffer.from(value as string);
    return this.octet(text.length).bytes(text);
  }

  longstr(value: string | Uint8Array): this {
    const text = Buffer.from(value as string);
    return this.long(text.length).bytes(text);
  }

  table(value: Table | Uint8Array): this {
    if (value instanceof Uint8Array) return this.longstr(value);
    const inner = new Writer();
    for (const [name, item] of Object.entries(value)) {
      inner.shortstr(name);
      writeField(inner, item);
    }
    return this.longstr(inner.done());
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const fitsInt32 = (value: number): boolean => value >= -0x80000000 && value <= 0x7fffffff;

function typed(value: Value): TypedField {
  if (value instanceof TypedField) return value;
  if (value === null) return field('V', null);
  if (typeof value === 'string') return field('S', value);
  if (typeof value === 'boolean') return field('t', value);
  if (typeof value === 'bigint') return field('l', value);
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return field('d', value);
    return field(fitsInt32(value) ? 'I' : 'l', value);
  }
  if (value instanceof Date) return field('T', Math.floor(value.getTime() / 1000));
  if (value instanceof Uint8Array) return field('x', value);
  if (Array.isArray(value)) return field('A', value);
  return field('F', value);
}

type Encode = (out: Writer, value: never) => void;

const encoders: Record<string, Encode> = {
  t: (out, value: boolean) => out.octet(value ? 1 : 0),
  b: (out, value: number) => out.octet(value),
  B: (out, value: number) => out.octet(value),
  s: (out, value: number) => out.short(value),
  u: (out, value: number) => out.short(value),
  I: (out, value: number) => out.long(value),
  i: (out, value: number) => out.long(value),
  l: (out, value: number | bigint) => out.longlong(value),
  L: (out, value: number | bigint) => out.longlong(value),
  T: (out, value: number | bigint) => out.longlong(value),
  f: (out, value: number) => out.float(value),
  d: (out, value: number) => out.double(value),
  D: (out, value: { scale: number; unscaled: number }) =>
    out.octet(value.scale).long(value.unscaled),
  S: (out, value: string | Uint8Array) => out.longstr(value),
  x: (out, value: Uint8Array) => out.longstr(value),
  V: () => undefined,
  A: (out, value: readonly Value[]) => {
    const inner = new Writer();
    for (const item of value) writeField(inner, item);
    out.longstr(inner.done());
  },
  F: (out, value: Table) => out.table(value),
};

function writeField(out: Writer, value: Value): void {
  const { type, value: raw } = typed(value);
  out.bytes(Buffer.from(type, 'latin1'));
  encoders[type]?.(out, raw as never);
}

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new Error(`wanted ${length} bytes, ${this.left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  octet = (): number => this.take(1).readUInt8();
  short = (): number => this.take(2).readUInt16BE();
  long = (): number => this.take(4).readUInt32BE();
  longlong = (): number | bigint => narrow(this.take(8).readBigUInt64BE());
  shortstr = (): string => this.take(this.octet()).toString();
  longbytes = (): Buffer => Buffer.from(this.take(this.long()));

  typedTable(): Map<string, TypedField> {
    const inner = new Reader(this.longbytes());
    const fields = new Map<string, TypedField>();
    while (inner.left > 0) fields.set(inner.shortstr(), inner.field());
    return fields;
  }

  field(): TypedField {
    const type = this.take(1).toString('latin1');
    const decode = decoders[type];
    if (!decode) throw new Error(`unknown field type '${type}'`);
    return field(type, decode(this));
  }
}

const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

const decoders: Record<string, (from: Reader) => unknown> = {
  t: (from) => from.octet() !== 0,
  b: (from) => from.take(1).readInt8(),
  B: (from) => from.octet(),
  s: (from) => from.take(2).readInt16BE(),
  u: (from) => from.short(),
  I: (from) => from.take(4).readInt32BE(),
  i: (from) => from.long(),
  l: (from) => narrow(from.take(8).readBigInt64BE()),
  L: (from) => from.longlong(),
  T: (from) => from.longlong(),
  f: (from) => from.take(4).readFloatBE(),
  d: (from) => from.take(8).readDoubleBE(),
  D: (from) => ({ scale: from.octet(), unscaled: from.long() }),
  S: (from) => from.longbytes().toString(),
  x: (from) => from.longbytes(),
  V: () => null,
  A: (from) => {
    const inner = new Reader(from.longbytes());
    const items: TypedField[] = [];
    while (inner.left > 0) items.push(inner.field());
    return items;
  },
  F: (from) => from.typedTable(),
};

/** Drops the wire types: tables become objects, arrays arrays, timestamps Dates. */
export function plainTable(fields: ReadonlyMap<string, TypedField>): Table {
  return Object.fromEntries([...fields].map(([name, item]) => [name, plain(item)]));
}

function plain({ type, value }: TypedField): Value {
  if (type === 'F') return plainTable(value as Map<string, TypedField>);
  if (type === 'A') return (value as TypedField[]).map(plain);
  if (type === 'T') return new Date(Number(value) * 1000);
  return value as Value;
}
