import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Consumer, ConsumerList } from '../../src/queues/consumer.ts';
import { FakeConsumer } from './fixtures.ts';

function tagsOf(list: ConsumerList): string[] {
  const tags: string[] = [];
  let previous: Consumer | undefined;
  for (let consumer = list.first; consumer !== undefined; consumer = consumer.next) {
    expect(consumer.previous).toBe(previous);
    expect(consumer.list).toBe(list);
    tags.push(consumer.tag);
    previous = consumer;
  }
  return tags;
}

const consumers = (...tags: string[]) => tags.map((tag) => new FakeConsumer({ tag }));

describe('a list of consumers', () => {
  it('keeps them in the order in which they came', () => {
    const list = new ConsumerList(0);
    for (const consumer of consumers('a', 'b', 'c')) list.append(consumer);
    expect(tagsOf(list)).toEqual(['a', 'b', 'c']);
  });

  it('puts the one whose turn is over behind all others', () => {
    const list = new ConsumerList(0);
    const [a, b, c] = consumers('a', 'b', 'c');
    for (const consumer of [a, b, c]) if (consumer) list.append(consumer);
    if (a) list.rotate(a);
    expect(tagsOf(list)).toEqual(['b', 'c', 'a']);
    if (a) list.rotate(a);
    expect(tagsOf(list)).toEqual(['b', 'c', 'a']);
    if (c) list.rotate(c);
    expect(tagsOf(list)).toEqual(['b', 'a', 'c']);
  });

  it('lets go of one that is removed', () => {
    const list = new ConsumerList(0);
    const [only] = consumers('a');
    if (only === undefined) throw new Error('no consumer');
    list.append(only);
    list.remove(only);
    expect(list.first).toBeUndefined();
    expect([only.list, only.next, only.previous]).toEqual([undefined, undefined, undefined]);
    list.append(only);
    expect(tagsOf(list)).toEqual(['a']);
  });

  it('stays in order whatever is appended, removed and rotated', () => {
    const step = fc.tuple(fc.constantFrom('append', 'remove', 'rotate'), fc.nat(5));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new ConsumerList(0);
        const all = consumers('0', '1', '2', '3', '4', '5');
        let model: string[] = [];
        for (const [what, index] of steps) {
          const consumer = all[index];
          if (consumer === undefined) continue;
          const without = model.filter((tag) => tag !== consumer.tag);
          if (what === 'append' && !model.includes(consumer.tag)) {
            list.append(consumer);
            model.push(consumer.tag);
          } else if (what === 'remove' && model.includes(consumer.tag)) {
            list.remove(consumer);
            model = without;
          } else if (what === 'rotate' && model.includes(consumer.tag)) {
            list.rotate(consumer);
            model = [...without, consumer.tag];
          }
          expect(tagsOf(list)).toEqual(model);
        }
      }),
    );
  });
});
