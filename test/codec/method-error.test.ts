import { describe, expect, it } from 'vitest';
import { unknownFrame } from '../../src/codec/method-error.ts';

// Each of these texts is what RabbitMQ 3.10 answers to such a frame of type 4.
describe('frames of no known type', () => {
  const text = (octets: Iterable<number>) => unknownFrame(4, Uint8Array.from(octets)).message;
  const latin1 = (from: string) => text(Buffer.from(from, 'latin1'));

  it('are quoted as octets, or as text where they are printable', () => {
    expect(text([])).toBe('FRAME_ERROR - type 4, all octets = <<>>: unknown_frame');
    expect(text([0, 60])).toBe('FRAME_ERROR - type 4, all octets = <<0,60>>: unknown_frame');
    expect(latin1('xx')).toBe('FRAME_ERROR - type 4, all octets = <<"xx">>: unknown_frame');
    expect(latin1('a"\\\n\x1b')).toBe(
      'FRAME_ERROR - type 4, all octets = <<"a\\"\\\\\\n\\e">>: unknown_frame',
    );
  });

  it('are quoted up to sixteen octets', () => {
    expect(latin1('abcdefghij abcdefghij')).toBe(
      'FRAME_ERROR - type 4, first 16 octets = <<"abcdefghij abcde">>: unknown_frame',
    );
    expect(text(Array(17).keys())).toBe(
      'FRAME_ERROR - type 4, first 16 octets = <<0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15>>: unknown_frame',
    );
  });
});
