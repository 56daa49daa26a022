import { describe, expect, it } from 'vitest';
import { MessageSizes, sizeBounds } from '../../src/broker/message-sizes.ts';

describe('message sizes', () => {
  it.each([...sizeBounds.entries()])(
    'are of class %i up to its bound and of the next above it',
    (at, bound) => {
      const sizes = new MessageSizes();
      sizes.note(bound);
      sizes.note(bound + 1);
      const expected = new Array(sizeBounds.length + 1).fill(0);
      expected[at] = 1;
      expected[at + 1] = 1;
      expect(sizes.counts).toEqual(expected);
      expect(sizes.sum).toBe(2 * bound + 1);
    },
  );

  it('count empty bodies among the smallest', () => {
    const sizes = new MessageSizes();
    sizes.note(0);
    expect(sizes.counts[0]).toBe(1);
    expect(sizes.sum).toBe(0);
  });

  it('are added up class by class', () => {
    const [one, other] = [new MessageSizes(), new MessageSizes()];
    one.note(5);
    other.note(7);
    other.note(2000);
    one.add(other);
    expect(one.counts.slice(0, 4)).toEqual([2, 0, 1, 0]);
    expect(one.sum).toBe(2012);
    expect(other.sum).toBe(2007);
  });
});
