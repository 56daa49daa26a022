import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFor, noMethod } from '../../src/amqp/close.ts';
import { CodecError, MalformedTextError } from '../../src/codec/codec-error.ts';
import { decodeText } from '../../src/codec/text.ts';
import { MemoryExhausted } from '../../src/kit/memory.ts';
import { BrokerError } from '../../src/model/broker-error.ts';

const anyText = fc
  .array(fc.constantFrom('a', 'é', '€', '𐀀', '\u{10ffff}'), { minLength: 50, maxLength: 300 })
  .map((characters) => characters.join(''));
const during = { classId: 60, methodId: 40 };

describe('an error as the client is told of it', () => {
  it.each([
    ['NOT_FOUND', 'channel', 404],
    ['PRECONDITION_FAILED', 'channel', 406],
    ['RESOURCE_LOCKED', 'channel', 405],
    ['ACCESS_REFUSED', 'channel', 403],
    ['NOT_ALLOWED', 'connection', 530],
    ['NOT_IMPLEMENTED', 'connection', 540],
    ['CHANNEL_ERROR', 'connection', 504],
    ['UNEXPECTED_FRAME', 'connection', 505],
    ['CONNECTION_FORCED', 'connection', 320],
  ] as const)('%s ends the %s with %d', (name, scope, replyCode) => {
    expect(closeFor(new BrokerError(name, 'why'), during)).toEqual({
      scope,
      replyCode,
      replyText: `${name} - why`,
      internal: false,
      failingClassId: 60,
      failingMethodId: 40,
    });
  });

  it('names the method that could not be read rather than the one at work', () => {
    expect(closeFor(new CodecError('FRAME_ERROR', 'x', 50, 10), during)).toMatchObject({
      scope: 'connection',
      replyCode: 501,
      failingClassId: 50,
      failingMethodId: 10,
    });
    expect(closeFor(new CodecError('FRAME_ERROR', 'x'), during)).toMatchObject({
      failingClassId: 60,
      failingMethodId: 40,
    });
  });

  it('names no method for text that is not UTF-8', () => {
    expect(closeFor(new MalformedTextError(), during)).toMatchObject({
      failingClassId: 0,
      failingMethodId: 0,
    });
  });

  it('is 506 when memory is full', () => {
    expect(closeFor(new MemoryExhausted(), noMethod)).toMatchObject({
      scope: 'connection',
      replyCode: 506,
      internal: false,
    });
  });

  it.each([new TypeError('x is undefined'), 'text', undefined])(
    'is 541 for a fault of ours, and tells nothing of it: %s',
    (fault) => {
      expect(closeFor(fault, noMethod)).toMatchObject({
        scope: 'connection',
        replyCode: 541,
        replyText: 'INTERNAL_ERROR - the broker has failed',
        internal: true,
      });
    },
  );

  it('keeps a text of 255 bytes and cuts a longer one to 252 and three dots', () => {
    const told = (length: number) =>
      closeFor(new BrokerError('NOT_FOUND', 'x'.repeat(length)), noMethod).replyText;
    const name = 'NOT_FOUND - ';
    expect(told(255 - name.length)).toBe(`${name}${'x'.repeat(243)}`);
    expect(told(256 - name.length)).toBe(`${name}${'x'.repeat(240)}...`);
  });

  it('quotes octets that are no UTF-8 as replacement characters', () => {
    const quoted = decodeText(Uint8Array.of(0x61, 0x80, 0xff, 0x62), 0, 4);
    const { replyText } = closeFor(new BrokerError('NOT_FOUND', quoted), noMethod);
    expect(replyText).toBe('NOT_FOUND - a\ufffd\ufffdb');
  });

  it('never says more than 255 bytes, nor half a character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { replyText } = closeFor(new BrokerError('NOT_FOUND', text), noMethod);
        const bytes = Buffer.from(replyText);
        expect(bytes.length).toBeLessThanOrEqual(255);
        const whole = `NOT_FOUND - ${text}`;
        if (replyText === whole) return;
        expect(replyText.endsWith('...')).toBe(true);
        expect(bytes.toString().slice(0, -3)).toBe(whole.slice(0, replyText.length - 3));
        expect(bytes.length).toBeGreaterThan(255 - 3 - 4);
      }),
    );
  });
});
