import fc from 'fast-check';
import type { Properties } from '../../src/codec/properties.ts';
import type { FieldKind, MethodSpec } from '../../src/codec/spec.ts';
import type { Field, Table } from '../../src/codec/table.ts';
import { textSize } from '../../src/codec/text.ts';

// No lone surrogates: text that stands for bytes is made from bytes, in the fuzz test.
const wellFormed = fc.string({ unit: 'binary', maxLength: 63 });

const shortText: fc.Arbitrary<string> = fc
  .oneof(fc.string({ maxLength: 255 }), wellFormed)
  .filter((text) => textSize(text) <= 255);

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

// NaN has many bit patterns and JavaScript one.
const float32 = fc.float({ noNaN: true });
const float64 = fc.double({ noNaN: true });

const signed64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const { table } = fc.letrec<{ field: Field; table: Table }>((tie) => ({
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.boolean().map((value): Field => ({ type: 't', value })),
    fc.integer({ min: -0x80, max: 0x7f }).map((value): Field => ({ type: 'b', value })),
    fc.integer({ min: 0, max: 0xff }).map((value): Field => ({ type: 'B', value })),
    fc.integer({ min: -0x8000, max: 0x7fff }).map((value): Field => ({ type: 's', value })),
    fc.integer({ min: 0, max: 0xffff }).map((value): Field => ({ type: 'u', value })),
    fc.integer().map((value): Field => ({ type: 'I', value })),
    fc.integer({ min: 0, max: 0xffff_ffff }).map((value): Field => ({ type: 'i', value })),
    signed64.map((value): Field => ({ type: 'l', value })),
    signed64.map((value): Field => ({ type: 'L', value })),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): Field => ({ type: 'T', value })),
    float32.map((value): Field => ({ type: 'f', value })),
    float64.map((value): Field => ({ type: 'd', value })),
    fc
      .record({
        scale: fc.integer({ min: 0, max: 0xff }),
        unscaled: fc.integer({ min: 0, max: 0xffff_ffff }),
      })
      .map((value): Field => ({ type: 'D', value })),
    bytes(40).map((value): Field => ({ type: 'S', value })),
    bytes(40).map((value): Field => ({ type: 'x', value })),
    fc.constant<Field>({ type: 'V', value: null }),
    fc.array(tie('field'), { maxLength: 4 }).map((value): Field => ({ type: 'A', value })),
    tie('table').map((value): Field => ({ type: 'F', value })),
  ),
  table: fc
    .array(fc.tuple(shortText, tie('field')), { maxLength: 4 })
    .map((entries): Table => new Map(entries)),
}));

export { table as anyTable };

const values: Record<FieldKind, fc.Arbitrary<unknown>> = {
  bit: fc.boolean(),
  octet: fc.integer({ min: 0, max: 0xff }),
  short: fc.integer({ min: 0, max: 0xffff }),
  long: fc.integer({ min: 0, max: 0xffff_ffff }),
  longlong: fc.maxSafeNat(),
  shortstr: shortText,
  longstr: bytes(300),
  table,
  timestamp: fc.oneof(
    fc.maxSafeNat(),
    fc.bigInt({ min: BigInt(Number.MAX_SAFE_INTEGER) + 1n, max: 2n ** 64n - 1n }),
  ),
};

/** Name and shown fields of this method, as encoders take them. */
export function methodOf(method: MethodSpec): fc.Arbitrary<Record<string, unknown>> {
  const shown = method.fields.filter((f) => !f.name.startsWith('reserved'));
  return fc.record({
    name: fc.constant(method.name),
    ...Object.fromEntries(shown.map((f) => [f.name, values[f.kind]])),
  });
}

export const anyProperties = fc.record(
  {
    contentType: shortText,
    contentEncoding: shortText,
    headers: table,
    deliveryMode: values.octet,
    priority: values.octet,
    correlationId: shortText,
    replyTo: shortText,
    expiration: shortText,
    messageId: shortText,
    timestamp: values.timestamp,
    type: shortText,
    userId: shortText,
    appId: shortText,
    clusterId: shortText,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Properties>;

/** Good bytes with a few octets changed, cut off or put in: what a hostile peer sends. */
export function damaged(good: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const octet = fc.integer({ min: 0, max: 0xff });
  const changes = fc.array(fc.tuple(fc.nat(), octet), { minLength: 1, maxLength: 4 });
  return fc
    .tuple(good, changes, fc.nat(), fc.constantFrom(0, 1, 2))
    .map(([from, edits, at, how]) => {
      const length = from.length === 0 ? 0 : at % from.length;
      const to =
        how === 1
          ? from.slice(0, length)
          : how === 2
            ? Uint8Array.of(...from, at & 0xff)
            : from.slice();
      for (const [where, value] of edits) if (to.length > 0) to[where % to.length] = value;
      return to;
    });
}
