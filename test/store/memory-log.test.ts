import { describe, expect, it } from 'vitest';
import { PlaceList } from '../../src/store/append-log.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { appendLogContract } from '../contracts/append-log.ts';

appendLogContract('the memory log', () => new MemoryLog());

describe('the memory log', () => {
  it('has everything durable as soon as it is appended', () => {
    const log = new MemoryLog();
    const position = log.appendSettled(1, 1);
    expect(log.durable).toBe(position);
    let called = false;
    log.whenDurable(position, () => {
      called = true;
    });
    expect(called).toBe(true);
  });
});

describe('a list of places', () => {
  const listed = ({ size, queues, places }: PlaceList) =>
    Array.from({ length: size }, (_, i) => [queues[i], places[i]]);

  it('holds what was added since it was cleared, in order', () => {
    const list = new PlaceList();
    expect(listed(list)).toEqual([]);
    list.add(1, 10);
    list.add(2, 20);
    expect(listed(list)).toEqual([
      [1, 10],
      [2, 20],
    ]);
    list.clear();
    expect(listed(list)).toEqual([]);
    list.add(3, 30);
    expect(listed(list)).toEqual([[3, 30]]);
  });
});
