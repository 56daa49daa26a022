import { afterEach, describe, expect, it } from 'vitest';
import { dropReference } from '../../src/model/record.ts';
import { Ready } from '../../src/queues/ready.ts';
import { bodyOf, freePages, message } from './fixtures.ts';

const made: number[] = [];

function make(body: string): number {
  const record = message(body);
  made.push(record);
  return record;
}

afterEach(() => {
  for (const record of made.splice(0)) dropReference(record);
});

function filled(maxPriority: number, entries: readonly (readonly [string, number, number?])[]) {
  const ready = new Ready(maxPriority);
  for (const [body, priority, expiresAt] of entries) {
    ready.push(make(body), priority, expiresAt ?? Infinity);
  }
  return ready;
}

function shift(ready: Ready): string {
  return bodyOf(ready.shift());
}

function drain(ready: Ready): string[] {
  const bodies: string[] = [];
  while (ready.size > 0) bodies.push(shift(ready));
  return bodies;
}

describe('what is ready', () => {
  it('leaves by priority, and within one in the order in which it came', () => {
    const ready = filled(3, [
      ['a', 0],
      ['b', 2],
      ['c', 0],
      ['d', 3],
      ['e', 2],
    ]);
    expect(ready.size).toBe(5);
    expect(drain(ready)).toEqual(['d', 'b', 'e', 'a', 'c']);
  });

  it('leaves by priority when more comes in between', () => {
    const ready = filled(5, [
      ['a', 1],
      ['b', 5],
    ]);
    expect(shift(ready)).toBe('b');
    ready.push(make('c'), 4, Infinity);
    expect(shift(ready)).toBe('c');
    ready.push(make('d'), 0, Infinity);
    ready.push(make('e'), 5, Infinity);
    expect(drain(ready)).toEqual(['e', 'a', 'd']);
  });

  it('counts bodies in bytes', () => {
    const ready = filled(1, [
      ['four', 0],
      ['', 1],
      ['sixsix', 1],
    ]);
    expect(ready.bytes).toBe(10);
    ready.shift();
    ready.shift();
    expect(ready.bytes).toBe(4);
    ready.shift();
    expect(ready.bytes).toBe(0);
  });

  it('tells place, expiry and returns of what was taken', () => {
    const ready = filled(0, [
      ['a', 0],
      ['b', 0, 500],
    ]);
    ready.shift();
    expect([ready.takenSeq, ready.takenExpiry, ready.takenReturns]).toEqual([0, Infinity, 0]);
    const record = ready.shift();
    expect([ready.takenSeq, ready.takenExpiry, ready.takenReturns]).toEqual([1, 500, 0]);
    ready.putBack(record, 0, 1, 500, 3);
    ready.shift();
    expect([ready.takenSeq, ready.takenExpiry, ready.takenReturns]).toEqual([1, 500, 3]);
  });

  it('takes what comes back at its old place, before all that never left', () => {
    const ready = filled(0, [
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['d', 0],
    ]);
    const [a, b, c] = [ready.shift(), ready.shift(), ready.shift()];
    ready.putBack(c, 0, 2, Infinity, 1);
    ready.putBack(a, 0, 0, Infinity, 1);
    expect(shift(ready)).toBe('a');
    ready.putBack(b, 0, 1, Infinity, 1);
    expect(ready.size).toBe(3);
    expect(drain(ready)).toEqual(['b', 'c', 'd']);
  });

  it('takes what comes back within its priority', () => {
    const ready = filled(2, [
      ['a', 0],
      ['b', 2],
      ['c', 2],
    ]);
    const [b, c] = [ready.shift(), ready.shift()];
    const a = ready.shift();
    ready.putBack(a, 0, 0, Infinity, 1);
    ready.putBack(c, 2, 1, Infinity, 1);
    ready.putBack(b, 2, 0, Infinity, 1);
    expect(drain(ready)).toEqual(['b', 'c', 'a']);
  });

  it('gives a place to a message that passes through, and the next one to the next', () => {
    const ready = new Ready(1);
    expect([ready.passSeq(0), ready.passSeq(0), ready.passSeq(1)]).toEqual([0, 1, 0]);
    expect(ready.size).toBe(0);
    expect(ready.push(make('a'), 0, 900)).toBe(2);
    expect(ready.firstExpiry()).toBe(900);
  });

  it('knows when the message that leaves next expires', () => {
    const ready = filled(1, [
      ['a', 0, 100],
      ['b', 1],
    ]);
    expect(ready.firstExpiry()).toBe(Infinity);
    expect(ready.nextExpiry()).toBe(100);
    ready.shift();
    expect(ready.firstExpiry()).toBe(100);
    ready.shift();
    expect([ready.firstExpiry(), ready.nextExpiry()]).toEqual([Infinity, Infinity]);
  });

  it('goes by the head of each priority, not by what expires behind it', () => {
    const ready = filled(1, [
      ['a', 0],
      ['b', 0, 100],
      ['c', 1, 300],
      ['d', 1, 200],
    ]);
    expect(ready.nextExpiry()).toBe(300);
    expect(ready.shiftExpired(299)).toBe(0);
    expect(bodyOf(ready.shiftExpired(300))).toBe('c');
    expect(bodyOf(ready.shiftExpired(300))).toBe('d');
    expect(ready.shiftExpired(300)).toBe(0);
    expect(drain(ready)).toEqual(['a', 'b']);
  });

  it('lets what has come back expire as well', () => {
    const ready = filled(0, [['a', 0, 100]]);
    const a = ready.shift();
    ready.push(make('b'), 0, 50);
    ready.putBack(a, 0, 0, 100, 1);
    expect(ready.nextExpiry()).toBe(100);
    expect(ready.shiftExpired(99)).toBe(0);
    expect(bodyOf(ready.shiftExpired(100))).toBe('a');
    expect(bodyOf(ready.shiftExpired(100))).toBe('b');
  });

  it('is visited in the order in which it leaves, and keeps what the visitor returns', () => {
    const ready = filled(1, [
      ['a', 0],
      ['b', 0, 70],
      ['c', 1],
    ]);
    const c = ready.shift();
    ready.push(make('d'), 1, 80);
    ready.putBack(c, 1, 0, Infinity, 2);
    const replacement = make('C');
    const seen: unknown[] = [];
    ready.visit((record, seq, expiresAt, returns) => {
      seen.push([bodyOf(record), seq, expiresAt, returns]);
      return record === c ? replacement : record;
    });
    expect(seen).toEqual([
      ['c', 0, Infinity, 2],
      ['d', 1, 80, 0],
      ['a', 0, Infinity, 0],
      ['b', 1, 70, 0],
    ]);
    expect(drain(ready)).toEqual(['C', 'd', 'a', 'b']);
  });

  it('holds no page once it is empty', () => {
    const before = freePages();
    const record = make('x');
    const ready = new Ready(2);
    for (let i = 0; i < 700; i++) ready.push(record, i % 3, i % 2 === 0 ? i : Infinity);
    while (ready.size > 0) ready.shift();
    expect(ready.bytes).toBe(0);
    expect(freePages()).toBe(before);
  });
});
