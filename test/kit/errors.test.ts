import { describe, expect, it } from 'vitest';
import { asError, codeOf } from '../../src/kit/errors.ts';

describe('the code of an error', () => {
  it('is what a system gave it', () => {
    expect(codeOf(Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe('ENOENT');
  });

  it('is not there where none was given, or nothing that is an error', () => {
    expect([codeOf(new Error('no')), codeOf({ code: 'ENOENT' }), codeOf(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what was thrown', () => {
  it('is itself if it is an error, and else one that says it', () => {
    const error = new TypeError('no');
    expect(asError(error)).toBe(error);
    expect(asError('plain').message).toBe('plain');
  });
});
