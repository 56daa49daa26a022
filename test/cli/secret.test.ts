import { describe, expect, it } from 'vitest';
import { readSecret } from '../../src/cli/secret.ts';

interface Keyboard extends AsyncIterable<unknown> {
  readonly isTTY: boolean;
  readonly modes: boolean[];
  setRawMode(isRaw: boolean): void;
}

function keyboard(isTTY: boolean, ...chunks: readonly (string | Buffer)[]): Keyboard {
  const modes: boolean[] = [];
  return {
    isTTY,
    modes,
    setRawMode: (isRaw) => modes.push(isRaw),
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
  };
}

async function read(input: Keyboard): Promise<{ secret: string; shown: string }> {
  let shown = '';
  const screen = {
    write: (text: string) => {
      shown += text;
    },
  };
  return { secret: await readSecret(input, screen, 'Password: '), shown };
}

describe('a secret', () => {
  it('is the first line of what comes by a pipe, without a question', async () => {
    const ä = Buffer.from('ä');
    const input = keyboard(false, 'one ', ä.subarray(0, 1), ä.subarray(1), '\r\ntwo\n');
    expect(await read(input)).toEqual({ secret: 'one ä', shown: '' });
    expect(input.modes).toEqual([]);
    expect(await read(keyboard(false, 'no end'))).toMatchObject({ secret: 'no end' });
  });

  it('is asked of a person, and not shown', async () => {
    const input = keyboard(true, 'pw', 'x\u007f!', '\r', 'more');
    expect(await read(input)).toEqual({ secret: 'pw!', shown: 'Password: \n' });
    expect(input.modes).toEqual([true, false]);
  });

  it('can be refused', async () => {
    expect(await read(keyboard(true, 'pw\u0003'))).toMatchObject({ secret: '' });
    expect(await read(keyboard(true, 'pw\u0004'))).toMatchObject({ secret: 'pw' });
  });
});
