import { describe, expect, it } from 'vitest';
import { FlushList } from '../../src/amqp/flush-list.ts';
import { turn } from '../kit/memory-node.ts';

describe('a flush list', () => {
  it('flushes everyone once, in their order, after the reads of this turn', async () => {
    const list = new FlushList();
    const told: string[] = [];
    list.add({ flush: () => told.push('first') });
    list.add({ flush: () => told.push('second') });
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual(['first', 'second']);
    await turn(2);
    expect(told).toEqual(['first', 'second']);
  });

  it('flushes in a turn of its own what is added while it flushes', async () => {
    const list = new FlushList();
    const told: string[] = [];
    const again = { flush: () => told.push('again') };
    const first = {
      flush: () => {
        told.push('first');
        list.add(again);
        told.push('added');
      },
    };
    list.add(first);
    list.add({ flush: () => told.push('second') });
    await turn();
    expect(told).toEqual(['first', 'added', 'second']);
    await turn();
    expect(told).toEqual(['first', 'added', 'second', 'again']);
  });
});
