import fc from 'fast-check';
import { Writer } from '../../src/codec/bytes.ts';
import { methods } from '../../src/codec/spec.ts';
import { anyProperties, damaged, methodOf } from '../codec/arbitraries.ts';
import { encodeClientMethod } from '../kit/peer-codec.gen.ts';
import { body, frame, header, method } from '../kit/scripted-peer.ts';
import { conversation } from './conversation.ts';

const channel = fc.constantFrom(1, 2, 3);

function encoded(fields: Record<string, unknown>): Uint8Array {
  const writer = new Writer();
  encodeClientMethod(writer, fields as never);
  return writer.bytes();
}

const clientMethods = methods.filter(({ sender }) => sender !== 'server');

/** A method of any kind with any arguments, as a frame's payload. */
const anyMethod = fc
  .constantFrom(...clientMethods)
  .chain(methodOf)
  .map(encoded);

const u32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const size = fc.constantFrom(0, 1, 4, 5, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);

// A queue.declare whose arguments are these bytes instead of a table.
function declareWith(table: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0, 50, 0, 10, 0, 0, 1, 113, 0), table]);
}

const nested = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom('F', 'A'))
  .map(([depth, type]) => {
    let inner: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < depth && inner.length < 4000; i++) {
      const name = type === 'F' ? [1, 97] : [];
      inner = Buffer.concat([Uint8Array.of(...name, type.charCodeAt(0)), u32(inner.length), inner]);
    }
    const table = type === 'F' ? inner : Buffer.concat([Uint8Array.of(1, 97), inner]);
    return declareWith(Buffer.concat([u32(table.length), table]));
  });

const lyingTable = fc
  .tuple(
    size,
    fc.constantFrom('S', 'x', 'A', 'F', 'Z', 't', 'l'),
    size,
    fc.uint8Array({ maxLength: 20 }),
  )
  .map(([outer, type, innerSize, rest]) =>
    declareWith(
      Buffer.concat([u32(outer), Uint8Array.of(1, 97, type.charCodeAt(0)), u32(innerSize), rest]),
    ),
  );

const headerPayload = fc
  .tuple(
    fc.constantFrom(60, 60, 60, 10, 0xffff),
    fc.constantFrom(0, 0, 0, 1),
    size,
    size,
    fc.uint8Array({ maxLength: 60 }),
  )
  .map(([classId, weight, high, low, rest]) =>
    Buffer.concat([Uint8Array.of(0, classId, 0, weight), u32(high), u32(low), rest]),
  );

const type = fc.constantFrom(1, 1, 1, 2, 3, 8, 0, 4, 0x41, 255);
const anyChannel = fc.constantFrom(0, 1, 2, 3, 9, 0xffff);
const endOctet = fc.constantFrom(206, 206, 206, 206, 206, 206, 0);

/** A frame that somebody wants to do harm with. */
export const hostileFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .tuple(type, anyChannel, fc.uint8Array({ maxLength: 60 }), endOctet)
    .map(([kind, number, payload, end]) => frame(kind, number, payload, end)),
  fc.tuple(anyChannel, anyMethod).map(([number, payload]) => frame(1, number, payload)),
  fc.tuple(anyChannel, damaged(anyMethod)).map(([number, payload]) => frame(1, number, payload)),
  fc.tuple(channel, nested).map(([number, payload]) => frame(1, number, payload)),
  fc.tuple(channel, lyingTable).map(([number, payload]) => frame(1, number, payload)),
  fc
    .tuple(channel, headerPayload, fc.uint8Array({ maxLength: 30 }))
    .map(([number, payload, rest]) =>
      Buffer.concat([
        method(number, 'basic.publish', { routingKey: 'a' }),
        frame(2, number, payload),
        body(number, rest),
      ]),
    ),
  fc
    .tuple(channel, damaged(anyProperties.map((all) => header(1, 3, all).slice(7, -1))))
    .map(([number, payload]) =>
      Buffer.concat([
        method(number, 'basic.publish', { routingKey: 'a', mandatory: true }),
        frame(2, number, payload),
        body(number, 'abc'),
      ]),
    ),
  // Only the beginning of a frame that says how long it will be.
  fc
    .tuple(type, anyChannel, size, fc.uint8Array({ maxLength: 20 }))
    .map(([kind, number, length, rest]) =>
      Buffer.concat([Uint8Array.of(kind, number >>> 8, number & 0xff), u32(length), rest]),
    ),
);

/** Bytes of hostile and of honest frames, some of them damaged. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: hostileFrame },
      { weight: 2, arbitrary: conversation.map((frames) => Buffer.concat(frames.slice(0, 4))) },
      { weight: 1, arbitrary: damaged(conversation.map((all) => Buffer.concat(all.slice(0, 3)))) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));
