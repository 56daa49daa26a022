import { describe, expect, it } from 'vitest';
import { PlaceList } from '../../src/store/append-log.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { appendLogContract } from '../contracts/append-log.ts';

appendLogContract('the memory log', () => new MemoryLog());

describe('the memory log', () => {
  it('has everything durable as soon as it is appended', () => {
    const log = new MemoryLog();
    const position = log.appendSettled(log.lane(1, 0), 1);
    expect(log.durable).toBe(position);
    let called = false;
    log.whenDurable(position, () => {
      called = true;
    });
    expect(called).toBe(true);
  });
});

describe('a list of places', () => {
  const [first, second] = [0, 1].map((priority) => new MemoryLog().lane(1, priority));
  const listed = ({ size, lanes, seqs, expiries }: PlaceList) =>
    Array.from({ length: size }, (_, i) => [lanes[i], seqs[i], expiries[i]]);

  it('holds what was added since it was cleared, in order', () => {
    const list = new PlaceList();
    expect(listed(list)).toEqual([]);
    if (first === undefined || second === undefined) throw new Error('two lanes were made');
    list.add(first, 10, Infinity);
    list.add(second, 20, 1000);
    expect(listed(list)).toEqual([
      [first, 10, Infinity],
      [second, 20, 1000],
    ]);
    list.clear();
    expect(listed(list)).toEqual([]);
    list.add(second, 30, Infinity);
    expect(listed(list)).toEqual([[second, 30, Infinity]]);
  });
});
