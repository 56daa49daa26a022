import { afterEach, describe, expect, it } from 'vitest';
import type { Properties } from '../../src/codec/properties.ts';
import { table } from '../../src/codec/table.ts';
import { dropReference } from '../../src/model/record.ts';
import { expiryOf, priorityOf } from '../../src/queues/message-limits.ts';
import { message } from './fixtures.ts';

const made: number[] = [];

function make(properties: Properties): number {
  const record = message('body', {
    contentType: 'text/plain',
    headers: table({ a: 1 }),
    ...properties,
  });
  made.push(record);
  return record;
}

afterEach(() => {
  for (const record of made.splice(0)) dropReference(record);
});

describe('the expiry of a message', () => {
  it.each([
    [undefined, undefined, Infinity],
    [undefined, 60, 1060],
    ['50', undefined, 1050],
    ['50', 60, 1050],
    ['70', 60, 1060],
    ['60', 60, 1060],
    ['0', undefined, 1000],
    ['50', 0, 1000],
    ['+50', undefined, 1050],
    ['-0', undefined, 1000],
    ['007', undefined, 1007],
    ['315360000000', undefined, 315_360_001_000],
  ])('with its own %j and the queue %j is %d', (expiration, ttlMs, expiry) => {
    const record = make(expiration === undefined ? {} : { expiration });
    expect(expiryOf(record, ttlMs, 1000)).toBe(expiry);
  });
});

describe('the priority of a message', () => {
  it.each([
    [undefined, 5, 0],
    [0, 5, 0],
    [3, 5, 3],
    [5, 5, 5],
    [6, 5, 5],
    [255, 10, 10],
    [255, 255, 255],
  ])('given as %j in a queue with %i is %i', (priority, maxPriority, effective) => {
    const record = make(priority === undefined ? {} : { priority });
    expect(priorityOf(record, maxPriority)).toBe(effective);
  });
});
