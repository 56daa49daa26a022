import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, SeededRandom, systemRandom } from '../../src/kit/random.ts';

const sources: readonly [string, () => Random][] = [
  ['chance from the system', () => systemRandom],
  ['chance from a seed', () => new SeededRandom(1)],
];

describe.each(sources)('%s', (_name, source) => {
  it('gives numbers from 0 on, below 1, spread over the whole range', () => {
    const random = source();
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 5000; i++) {
      const number = random.next();
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
      const tenth = Math.floor(number * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Each tenth is expected 500 times; 350 lies seven standard deviations below.
    expect(Math.min(...tenths)).toBeGreaterThan(350);
  });

  it.each([0, 1, 18, 300])('gives %i bytes when asked for so many', (length) => {
    expect(source().bytes(length)).toHaveLength(length);
  });

  it('gives every value that a byte can have', () => {
    expect(new Set(source().bytes(8192)).size).toBe(256);
  });
});

describe('a seed', () => {
  it('replays its numbers and bytes', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const [a, b] = [new SeededRandom(seed), new SeededRandom(seed)];
        for (let i = 0; i < 20; i++) expect(a.next()).toBe(b.next());
        expect(a.bytes(20)).toEqual(b.bytes(20));
      }),
    );
  });

  it('gives other numbers than another seed', () => {
    const drawn = (seed: number) => Array.from({ length: 4 }, () => new SeededRandom(seed).next());
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it('may be 0, which would stand still as a state', () => {
    const random = new SeededRandom(0);
    expect(new Set(Array.from({ length: 50 }, () => random.next())).size).toBe(50);
  });
});

describe('chance from the system', () => {
  it('does not repeat itself', () => {
    const drawn = Array.from({ length: 100 }, () =>
      Buffer.from(systemRandom.bytes(16)).toString('hex'),
    );
    expect(new Set(drawn).size).toBe(100);
  });
});
