import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSection, readSection, SectionWriter } from '../../src/store/section.ts';

interface Message {
  readonly seq: number;
  readonly expiresAt: number;
  readonly flags: number;
  readonly bodySize: number;
  readonly content: Uint8Array;
}

const messages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({
    seq: fc.maxSafeNat(),
    expiresAt: fc.oneof(fc.constant(Infinity), fc.nat()),
    flags: fc.nat(255),
    bodySize: fc.nat(0xffff_ffff),
    content: fc.uint8Array({ maxLength: 3000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

function write(writer: SectionWriter, all: readonly Message[]): void {
  for (const { seq, expiresAt, flags, bodySize, content } of all) {
    // What stands before and behind the content is not taken along.
    const bytes = Buffer.concat([Buffer.from('before'), content, Buffer.from('behind')]);
    writer.add(seq, expiresAt, flags, bodySize, bytes, 6, content.length);
    bytes.fill(0);
  }
}

function read(bytes: Uint8Array): Message[] {
  const all: Message[] = [];
  readSection(bytes, (seq, flags, expiresAt, bodySize, at, length) => {
    all.push({ seq, expiresAt, flags, bodySize, content: bytes.slice(at, at + length) });
    return true;
  });
  return all;
}

const hello: Message = {
  seq: 1,
  expiresAt: Infinity,
  flags: 0,
  bodySize: 5,
  content: new Uint8Array(Buffer.from('hello')),
};

describe('a section', () => {
  it('is read as it was written', () => {
    const writer = new SectionWriter();
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(255), messages, (queue, priority, all) => {
        write(writer, all);
        expect(writer.count).toBe(all.length);
        const { size } = writer;
        const bytes = new Uint8Array(Buffer.concat(writer.finish(queue, priority)));
        expect(bytes.length).toBe(size);
        expect(checkSection(bytes)).toBeUndefined();
        expect(read(bytes)).toEqual(all);
        expect([bytes[12], bytes[16]]).toEqual([queue & 0xff, priority]);
      }),
    );
  });

  it('is written where the one before it was, with nothing left of that', () => {
    const writer = new SectionWriter();
    write(writer, [hello, { ...hello, seq: 2, content: new Uint8Array(100).fill(9) }]);
    writer.finish(1, 0);
    write(writer, [hello]);
    const fresh = new SectionWriter();
    write(fresh, [hello]);
    expect(Buffer.concat(writer.finish(2, 0))).toEqual(Buffer.concat(fresh.finish(2, 0)));
  });

  it('is seen as far as the visitor wants', () => {
    const writer = new SectionWriter();
    write(writer, [hello, { ...hello, seq: 2 }, { ...hello, seq: 3 }]);
    const seen: number[] = [];
    readSection(Buffer.concat(writer.finish(1, 0)), (seq) => {
      seen.push(seq);
      return seq < 2;
    });
    expect(seen).toEqual([1, 2]);
  });

  it('may have messages without a content, and none at all', () => {
    const writer = new SectionWriter();
    write(writer, [{ ...hello, content: new Uint8Array(0) }]);
    const empty = new Uint8Array(Buffer.concat(writer.finish(1, 0)));
    expect(checkSection(empty)).toBeUndefined();
    expect(read(empty)).toMatchObject([{ seq: 1 }]);
    const none = Buffer.concat(writer.finish(1, 0));
    expect(checkSection(none)).toBeUndefined();
    expect(read(none)).toEqual([]);
  });

  it('is found wrong when an octet of it is another', () => {
    const writer = new SectionWriter();
    write(writer, [hello, { ...hello, seq: 2 }]);
    const bytes = Buffer.concat(writer.finish(1, 0));
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      expect(checkSection(damaged), `octet ${at}`).toBeTypeOf('string');
    }
  });

  it('is found wrong when it is cut or has grown', () => {
    const writer = new SectionWriter();
    write(writer, [hello]);
    const bytes = Buffer.concat(writer.finish(1, 0));
    for (let end = 0; end < bytes.length; end++) {
      expect(checkSection(bytes.subarray(0, end)), `${end} bytes`).toBeTypeOf('string');
    }
    expect(checkSection(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeTypeOf('string');
  });
});
