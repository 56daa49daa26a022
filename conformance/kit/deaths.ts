// Reads the dead-letter headers of a message.

import { expect } from 'vitest';
import type { Content } from './content.ts';
import { plainTable, type TypedField } from './wire.ts';

/** An entry of x-death without its time. */
export interface Death {
  readonly queue: string;
  readonly reason: string;
  readonly count: number;
  readonly exchange: string;
  readonly 'routing-keys': readonly string[];
  readonly 'original-expiration'?: string;
}

const types: Record<string, string> = {
  count: 'l',
  reason: 'S',
  queue: 'S',
  time: 'T',
  exchange: 'S',
  'routing-keys': 'A',
  'original-expiration': 'S',
};

/** The entries of x-death, newest first; their wire types and times are checked on the way. */
export function deaths(content: Content): Death[] {
  const array = content.typedHeaders?.get('x-death');
  if (array?.type !== 'A') throw new Error('the message has no x-death array');
  return (array.value as TypedField[]).map(({ type, value }) => {
    expect(type).toBe('F');
    const table = value as Map<string, TypedField>;
    for (const [name, field] of table) expect([name, field.type]).toEqual([name, types[name]]);
    const keys = table.get('routing-keys')?.value as TypedField[];
    expect(keys.every((key) => key.type === 'S')).toBe(true);
    const { time, ...rest } = plainTable(table);
    expect(Math.abs(Date.now() - (time as Date).getTime())).toBeLessThan(120_000);
    return rest as unknown as Death;
  });
}

/** The x-first-death or x-last-death headers as `queue reason exchange`, each a long string. */
export function death(content: Content, which: 'first' | 'last'): string | undefined {
  const fields = ['queue', 'reason', 'exchange'].map((name) =>
    content.typedHeaders?.get(`x-${which}-death-${name}`),
  );
  if (fields.every((field) => field === undefined)) return undefined;
  expect(fields.map((field) => field?.type)).toEqual(['S', 'S', 'S']);
  return fields.map((field) => `${field?.value}`).join(' ');
}
