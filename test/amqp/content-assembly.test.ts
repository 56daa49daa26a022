import { describe, expect, it } from 'vitest';
import { ContentAssembly } from '../../src/amqp/content-assembly.ts';
import { Writer } from '../../src/codec/bytes.ts';
import { encodeProperties, type Properties } from '../../src/codec/properties.ts';
import { RECEIVE_AT, u8, usedBytes } from '../../src/kit/memory.ts';
import { BrokerError } from '../../src/model/broker-error.ts';
import { copyBody, dropReference } from '../../src/model/record.ts';
import { addressOf, propertiesOf } from '../../src/model/record-builder.ts';

const address = Uint8Array.from([1, 101, 2, 114, 107]);

function headerPayload(size: number, properties: Properties = {}, classId = 60): Uint8Array {
  const writer = new Writer();
  writer.short(classId);
  writer.short(0);
  writer.longlong(size);
  encodeProperties(writer, properties);
  return writer.bytes();
}

// Every payload lies at the same place, as it does when it is received.
function received(bytes: Uint8Array): [start: number, end: number] {
  u8.set(bytes, RECEIVE_AT);
  return [RECEIVE_AT, RECEIVE_AT + bytes.length];
}

function assembly(sizeMax = 1000): ContentAssembly {
  return new ContentAssembly(address, true, sizeMax);
}

function refusal(run: () => unknown): { replyName: string; text: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof BrokerError) return { replyName: error.replyName, text: error.text };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a content that comes in frames', () => {
  it('is complete with its header when the body is empty', () => {
    const content = assembly();
    expect(content.header(...received(headerPayload(0, { appId: 'a' })))).toBe(true);
    const record = content.build();
    expect(addressOf(record)).toEqual({ exchange: 'e', routingKey: 'rk' });
    expect(propertiesOf(record)).toEqual({ appId: 'a' });
    expect(copyBody(record)).toHaveLength(0);
    dropReference(record);
  });

  it.each([[[10]], [[1, 9]], [[0, 3, 0, 7, 0]], [Array<number>(10).fill(1)]])(
    'is put together from bodies of %j octets',
    (sizes) => {
      const content = assembly();
      expect(content.header(...received(headerPayload(10)))).toBe(false);
      const whole = Uint8Array.from({ length: 10 }, (_, i) => i);
      let at = 0;
      for (const size of sizes) {
        const complete = content.body(...received(whole.subarray(at, at + size)));
        at += size;
        if (at < 10) expect(complete).toBe(false);
        else expect(complete).toBe(true);
      }
      const record = content.build();
      expect(copyBody(record)).toEqual(whole);
      dropReference(record);
    },
  );

  it('keeps what has come aside until then, so that announcing much costs nothing', () => {
    const used = usedBytes();
    const content = assembly(512 * 1024 * 1024);
    content.header(...received(headerPayload(512 * 1024 * 1024)));
    content.body(...received(new Uint8Array(1000)));
    expect(usedBytes()).toBe(used);
  });

  it('spends little more on small and empty bodies than on large ones', () => {
    const content = assembly(1_000_000);
    content.header(...received(headerPayload(1_000_000)));
    const empty = received(new Uint8Array(0));
    const single = received(Uint8Array.of(7));
    const before = process.memoryUsage();
    for (let i = 0; i < 200_000; i++) {
      content.body(...empty);
      content.body(...single);
    }
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    // An array for each body would be 40 MB and more.
    expect(grown).toBeLessThan(15_000_000);
    content.body(...received(new Uint8Array(200_000).fill(8)));
    for (let i = 0; i < 3; i++) content.body(...received(new Uint8Array(200_000).fill(9)));
    const record = content.build();
    const body = copyBody(record);
    expect(body.subarray(0, 200_000).every((octet) => octet === 7)).toBe(true);
    expect(body.subarray(200_000, 400_000).every((octet) => octet === 8)).toBe(true);
    expect(body.subarray(400_000).every((octet) => octet === 9)).toBe(true);
    dropReference(record);
  });

  it('is refused when it is larger than allowed, once it has come whole', () => {
    const content = assembly();
    expect(content.header(...received(headerPayload(1001)))).toBe(false);
    expect(content.body(...received(new Uint8Array(1000)))).toBe(false);
    expect(content.body(...received(new Uint8Array(1)))).toBe(true);
    expect(refusal(() => content.build())).toEqual({
      replyName: 'PRECONDITION_FAILED',
      text: 'message size 1001 is larger than configured max size 1000',
    });
  });

  it('may announce more than 32 bits of size', () => {
    const content = assembly();
    expect(content.header(...received(headerPayload(2 ** 32 + 5)))).toBe(false);
    expect(content.body(...received(new Uint8Array(5)))).toBe(false);
  });

  it('is refused when more comes than was announced', () => {
    const content = assembly();
    content.header(...received(headerPayload(3)));
    expect(refusal(() => content.body(...received(new Uint8Array(4)))).replyName).toBe(
      'FRAME_ERROR',
    );
  });

  it('is refused when its header is of another class, too short, second or missing', () => {
    const other = received(headerPayload(3, {}, 50));
    expect(refusal(() => assembly().header(...other))).toEqual({
      replyName: 'UNEXPECTED_FRAME',
      text: 'expected content header for class 60, got one for class 50 instead',
    });
    const short = received(headerPayload(3).subarray(0, 13));
    expect(refusal(() => assembly().header(...short)).replyName).toBe('UNEXPECTED_FRAME');
    const twice = assembly();
    twice.header(...received(headerPayload(3)));
    expect(refusal(() => twice.header(...received(headerPayload(3)))).text).toBe(
      'expected content body, got non content body frame instead',
    );
    expect(refusal(() => assembly().body(...received(new Uint8Array(3)))).text).toBe(
      'expected content header for class 60, got non content header frame instead',
    );
  });
});
