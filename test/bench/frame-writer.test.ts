import { describe, expect, it } from 'vitest';
import { FrameWriter, method } from '../../bench/generator/frame-writer.ts';

describe('the generator’s frame writer', () => {
  it('puts type, channel, payload size and frame-end around a method', () => {
    const bytes = new FrameWriter().method(1, method.channelOpen, (to) => to.shortstr('')).take();
    expect(bytes.toString('hex')).toBe('01' + '0001' + '00000005' + '0014000a' + '00' + 'ce');
  });

  it('writes basic.qos as the specification lays it out', () => {
    const bytes = new FrameWriter()
      .method(1, method.basicQos, (to) => to.long(0).short(100).octet(0))
      .take();
    expect(bytes.toString('hex')).toBe(
      '01' + '0001' + '0000000b' + '003c000a' + '00000000' + '0064' + '00' + 'ce',
    );
  });

  it('counts a field table in octets and types its values', () => {
    const bytes = new FrameWriter().table({ a: 'x', b: 7, c: true }).take();
    const fields = `${'01' + '61' + '53' + '00000001' + '78'}${'01' + '62' + '49' + '00000007'}${'01' + '63' + '74' + '01'}`;
    expect(bytes.toString('hex')).toBe(`00000013${fields}`);
    expect(fields.length / 2).toBe(0x13);
  });

  it('writes a 64-bit number in two halves', () => {
    expect(
      new FrameWriter()
        .longlong(2 ** 40 + 5)
        .take()
        .toString('hex'),
    ).toBe('0000010000000005');
  });

  it('refuses a 64-bit number that is not exact', () => {
    expect(() => new FrameWriter().longlong(2 ** 53)).toThrow(RangeError);
    expect(() => new FrameWriter().longlong(-1)).toThrow(RangeError);
  });

  it('refuses a short string of more than 255 octets, counted in UTF-8', () => {
    expect(() => new FrameWriter().shortstr('é'.repeat(128))).toThrow(RangeError);
    expect(new FrameWriter().shortstr('é'.repeat(127)).take()).toHaveLength(255);
  });

  it('keeps what was written when it grows', () => {
    const writer = new FrameWriter(4);
    for (let i = 0; i < 1000; i++) writer.short(i);
    const bytes = writer.take();
    expect(bytes).toHaveLength(2000);
    for (let i = 0; i < 1000; i++) expect(bytes.readUInt16BE(i * 2)).toBe(i);
  });

  it('starts again from empty once its bytes are taken', () => {
    const writer = new FrameWriter().octet(1);
    writer.take();
    expect(writer.octet(2).take()).toEqual(Buffer.from([2]));
  });
});
