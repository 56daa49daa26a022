import { describe, expect, it } from 'vitest';
import { Dispatcher } from '../../src/queues/dispatcher.ts';
import { type ConsumerOptions, FakeConsumer } from './fixtures.ts';

function add(dispatcher: Dispatcher, tag: string, options: ConsumerOptions = {}): FakeConsumer {
  const consumer = new FakeConsumer({ tag, ...options });
  dispatcher.add(consumer);
  return consumer;
}

/** Whose turns the next ones are; each takes one message. */
function turns(dispatcher: Dispatcher, count: number): string[] {
  return Array.from({ length: count }, () => {
    const consumer = dispatcher.next();
    if (consumer === undefined) return '-';
    if (consumer instanceof FakeConsumer) consumer.credit -= 1;
    dispatcher.served(consumer);
    return consumer.tag;
  });
}

describe('turns', () => {
  it('are nobody’s without consumers', () => {
    expect(turns(new Dispatcher(false), 1)).toEqual(['-']);
  });

  it('go round', () => {
    const dispatcher = new Dispatcher(false);
    for (const tag of ['a', 'b', 'c']) add(dispatcher, tag);
    expect(turns(dispatcher, 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('stay with the one who was asked until it is served', () => {
    const dispatcher = new Dispatcher(false);
    const a = add(dispatcher, 'a');
    add(dispatcher, 'b');
    expect(dispatcher.next()).toBe(a);
    expect(dispatcher.next()).toBe(a);
  });

  it('are the highest priority’s as long as one of them can take a message', () => {
    const dispatcher = new Dispatcher(false);
    add(dispatcher, 'low', { priority: -5 });
    add(dispatcher, 'high', { priority: 10, credit: 2 });
    add(dispatcher, 'middle', { credit: 1 });
    add(dispatcher, 'too', { priority: 10, credit: 1 });
    const order = ['high', 'too', 'high', 'middle', 'low', 'low'];
    expect(turns(dispatcher, 6)).toEqual(order);
  });

  it('keep priorities in order whichever order they come in', () => {
    const priorities = [3, 1, 2, 0, 5, 4, -1, 2 ** 31 - 1, -(2 ** 31)];
    const dispatcher = new Dispatcher(false);
    for (const priority of priorities) add(dispatcher, String(priority), { priority, credit: 1 });
    const sorted = [...priorities].sort((a, b) => b - a).map(String);
    expect(turns(dispatcher, priorities.length)).toEqual(sorted);
  });

  it('pass over one that cannot, until it says that it can', () => {
    const dispatcher = new Dispatcher(false);
    const a = add(dispatcher, 'a', { credit: 1 });
    add(dispatcher, 'b');
    expect(turns(dispatcher, 3)).toEqual(['a', 'b', 'b']);
    a.credit = Infinity;
    expect(turns(dispatcher, 2)).toEqual(['b', 'b']);
    dispatcher.resume(a);
    expect(turns(dispatcher, 3)).toEqual(['b', 'a', 'b']);
  });

  it('do not double for one that says twice that it can', () => {
    const dispatcher = new Dispatcher(false);
    const a = add(dispatcher, 'a');
    add(dispatcher, 'b');
    dispatcher.resume(a);
    dispatcher.resume(a);
    expect(turns(dispatcher, 4)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('go on without one that leaves', () => {
    const dispatcher = new Dispatcher(false);
    const [a, b] = [add(dispatcher, 'a'), add(dispatcher, 'b')];
    add(dispatcher, 'c');
    expect(turns(dispatcher, 1)).toEqual(['a']);
    dispatcher.remove(b);
    expect(turns(dispatcher, 3)).toEqual(['c', 'a', 'c']);
    dispatcher.remove(a);
    dispatcher.remove(a);
    expect(turns(dispatcher, 2)).toEqual(['c', 'c']);
    expect(dispatcher.count).toBe(1);
  });

  it('are open to one that leaves aside and comes again', () => {
    const dispatcher = new Dispatcher(false);
    const a = add(dispatcher, 'a', { credit: 0 });
    dispatcher.next();
    dispatcher.remove(a);
    a.credit = 1;
    dispatcher.add(a);
    expect(turns(dispatcher, 2)).toEqual(['a', '-']);
  });
});

describe('a single active consumer', () => {
  it('is the first and gets every turn', () => {
    const dispatcher = new Dispatcher(true);
    const a = add(dispatcher, 'a');
    add(dispatcher, 'b', { priority: 5 });
    expect(dispatcher.active).toBe(a);
    expect(turns(dispatcher, 3)).toEqual(['a', 'a', 'a']);
    expect(dispatcher.count).toBe(2);
  });

  it('leaves its turns to nobody while it cannot take a message', () => {
    const dispatcher = new Dispatcher(true);
    const a = add(dispatcher, 'a', { credit: 1 });
    const b = add(dispatcher, 'b');
    expect(turns(dispatcher, 2)).toEqual(['a', '-']);
    dispatcher.resume(b);
    expect(turns(dispatcher, 1)).toEqual(['-']);
    a.credit = 1;
    dispatcher.resume(a);
    expect(turns(dispatcher, 2)).toEqual(['a', '-']);
  });

  it('is followed by the one with the highest priority, then by the one that came first', () => {
    const dispatcher = new Dispatcher(true);
    const a = add(dispatcher, 'a');
    const b = add(dispatcher, 'b');
    const c = add(dispatcher, 'c', { priority: 1 });
    const d = add(dispatcher, 'd', { priority: 1 });
    dispatcher.remove(a);
    expect(dispatcher.active).toBe(c);
    expect(turns(dispatcher, 2)).toEqual(['c', 'c']);
    dispatcher.remove(b);
    expect(dispatcher.active).toBe(c);
    dispatcher.remove(c);
    expect(turns(dispatcher, 2)).toEqual(['d', 'd']);
    dispatcher.remove(d);
    expect(dispatcher.active).toBeUndefined();
    expect(turns(dispatcher, 1)).toEqual(['-']);
  });

  it('may be anyone again after the last has left', () => {
    const dispatcher = new Dispatcher(true);
    dispatcher.remove(add(dispatcher, 'a'));
    const b = add(dispatcher, 'b');
    expect(dispatcher.active).toBe(b);
    expect(turns(dispatcher, 1)).toEqual(['b']);
  });
});

describe('the consumers of a queue', () => {
  it('are listed and counted in the order in which they came', () => {
    const dispatcher = new Dispatcher(false);
    add(dispatcher, 'a', { priority: 1 });
    add(dispatcher, 'b', { priority: 2 });
    expect(dispatcher.all.map(({ tag }) => tag)).toEqual(['a', 'b']);
    expect(dispatcher.count).toBe(2);
  });

  it('have an exclusive one only as long as it is there', () => {
    const dispatcher = new Dispatcher(false);
    add(dispatcher, 'a');
    expect(dispatcher.hasExclusive()).toBe(false);
    const exclusive = add(dispatcher, 'b', { exclusive: true });
    expect(dispatcher.hasExclusive()).toBe(true);
    dispatcher.remove(exclusive);
    expect(dispatcher.hasExclusive()).toBe(false);
  });
});
