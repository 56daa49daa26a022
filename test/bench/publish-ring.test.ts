import { describe, expect, it } from 'vitest';
import { FrameWriter } from '../../bench/generator/frame-writer.ts';
import {
  buildPublishRing,
  CHUNK_BYTES,
  encodePublish,
  fillerBody,
  type MessageShape,
} from '../../bench/generator/publish-ring.ts';

const SHAPE: MessageShape = { exchange: '', routingKey: 'q', size: 4, persistent: false };
const FRAME_MAX = 131_072;

interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 3);
    expect(bytes.readUInt16BE(at + 1)).toBe(1);
    expect(bytes.readUInt8(at + 7 + size)).toBe(0xce);
    frames.push({ type: bytes.readUInt8(at), payload: bytes.subarray(at + 7, at + 7 + size) });
    at += size + 8;
  }
  return frames;
}

function encode(shape: MessageShape, frameMax = FRAME_MAX): { bytes: Buffer; bodyOffset: number } {
  const writer = new FrameWriter();
  const bodyOffset = encodePublish(writer, shape, frameMax);
  return { bytes: writer.take(), bodyOffset };
}

describe('an encoded publish', () => {
  it('is basic.publish, a content header and a body', () => {
    const [publish, header, body, ...rest] = framesOf(encode(SHAPE).bytes);
    expect(publish?.payload.toString('hex')).toBe('003c0028' + '0000' + '00' + '0171' + '00');
    expect(header?.payload.toString('hex')).toBe('003c' + '0000' + '0000000000000004' + '0000');
    expect(body?.payload).toEqual(fillerBody(4));
    expect([publish?.type, header?.type, body?.type]).toEqual([1, 2, 3]);
    expect(rest).toEqual([]);
  });

  it('carries delivery-mode 2 when it is persistent', () => {
    const header = framesOf(encode({ ...SHAPE, persistent: true }).bytes)[1];
    expect(header?.payload.subarray(12).toString('hex')).toBe('1000' + '02');
  });

  it('splits a body that exceeds frame-max, to the octet', () => {
    const { bytes } = encode({ ...SHAPE, size: 10_000 }, 4096);
    const bodies = framesOf(bytes).filter((frame) => frame.type === 3);
    expect(bodies.map((frame) => frame.payload.length)).toEqual([4088, 4088, 1824]);
    expect(Buffer.concat(bodies.map((frame) => frame.payload))).toEqual(fillerBody(10_000));
  });

  it('has no body frame when the body is empty', () => {
    expect(framesOf(encode({ ...SHAPE, size: 0 }).bytes).map((frame) => frame.type)).toEqual([
      1, 2,
    ]);
  });

  it('tells where its body begins', () => {
    const { bytes, bodyOffset } = encode({ ...SHAPE, size: 16 });
    expect(bytes.subarray(bodyOffset, bodyOffset + 16)).toEqual(fillerBody(16));
  });
});

describe('a publish ring', () => {
  const keys = ['key-0', 'key-1', 'key-2'];
  const shapes = keys.map((routingKey) => ({ ...SHAPE, routingKey }));

  it('repeats whole rotations, about a chunk of them', () => {
    const ring = buildPublishRing(shapes, FRAME_MAX);
    expect(ring.slots % shapes.length).toBe(0);
    expect(ring.bytes).toHaveLength(ring.slots * ring.messageLength);
    expect(Math.abs(ring.bytes.length - CHUNK_BYTES)).toBeLessThan(ring.messageLength * 3);
  });

  it('holds the messages in their order', () => {
    const ring = buildPublishRing(shapes, FRAME_MAX);
    const publishes = framesOf(ring.bytes).filter((frame) => frame.type === 1);
    const found = publishes.map((frame) => frame.payload.toString('latin1', 8, 13));
    expect(found).toEqual(Array.from({ length: ring.slots }, (_, i) => keys[i % 3]));
  });

  it('holds one message when that fills a chunk by itself', () => {
    const ring = buildPublishRing([{ ...SHAPE, size: 1_000_000 }], FRAME_MAX);
    expect(ring.slots).toBe(1);
  });

  it('refuses messages of different lengths', () => {
    const uneven = [SHAPE, { ...SHAPE, routingKey: 'longer' }];
    expect(() => buildPublishRing(uneven, FRAME_MAX)).toThrow(/one length/);
  });
});
