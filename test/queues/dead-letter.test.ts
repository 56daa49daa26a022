import { describe, expect, it } from 'vitest';
import { plainTable } from '../../src/codec/plain-value.ts';
import type { Properties } from '../../src/codec/properties.ts';
import { type Field, int, longstr, type Table, table } from '../../src/codec/table.ts';
import { type Death, deadLetterProperties, isCycle } from '../../src/queues/dead-letter.ts';

const death: Death = {
  queue: 'q',
  reason: 'rejected',
  exchange: 'x',
  routingKeys: ['k', 'cc'],
  time: 1_700_000_000,
};

function headersAfter(properties: Properties, ...deaths: Partial<Death>[]): Table {
  let dead = properties;
  for (const one of deaths) dead = deadLetterProperties(dead, { ...death, ...one });
  if (dead.headers === undefined) throw new Error('no headers');
  return dead.headers;
}

function deathsAfter(properties: Properties, ...deaths: Partial<Death>[]): unknown {
  return plainTable(headersAfter(properties, ...deaths))['x-death'];
}

describe('the properties of a dead letter', () => {
  // RabbitMQ's order, names and types of the fields.
  it('tell its death as RabbitMQ does', () => {
    const headers = headersAfter({}, {});
    expect([...headers.keys()]).toEqual([
      'x-first-death-exchange',
      'x-first-death-queue',
      'x-first-death-reason',
      'x-last-death-exchange',
      'x-last-death-queue',
      'x-last-death-reason',
      'x-death',
    ]);
    expect(headers.get('x-death')).toEqual({
      type: 'A',
      value: [
        {
          type: 'F',
          value: new Map<string, Field>([
            ['count', { type: 'l', value: 1n }],
            ['reason', longstr('rejected')],
            ['queue', longstr('q')],
            ['time', { type: 'T', value: 1_700_000_000n }],
            ['exchange', longstr('x')],
            ['routing-keys', { type: 'A', value: [longstr('k'), longstr('cc')] }],
          ]),
        },
      ],
    });
  });

  it('keep what the sender gave and leave the given ones as they were', () => {
    const headers = table({ mine: 'kept' });
    const given: Properties = { contentType: 'text/plain', deliveryMode: 2, priority: 3, headers };
    const dead = deadLetterProperties(given, death);
    expect(dead).toMatchObject({ contentType: 'text/plain', deliveryMode: 2, priority: 3 });
    expect(dead.headers?.get('mine')).toEqual(longstr('kept'));
    expect([...headers.keys()]).toEqual(['mine']);
  });

  it('have no expiration any more, but tell which it was', () => {
    const dead = deadLetterProperties({ expiration: '100' }, { ...death, reason: 'expired' });
    expect('expiration' in dead).toBe(false);
    expect(deathsAfter({ expiration: '100' }, {})).toMatchObject([
      { 'original-expiration': '100' },
    ]);
    expect(deathsAfter({}, {})).not.toMatchObject([{ 'original-expiration': expect.anything() }]);
  });

  it('forget how often a quorum queue had it back', () => {
    const headers = headersAfter({ headers: table({ 'x-delivery-count': 3 }) }, {});
    expect(headers.has('x-delivery-count')).toBe(false);
  });

  it('tell the first death for ever and the last one anew', () => {
    const other: Partial<Death> = { queue: 'r', reason: 'expired', exchange: '' };
    expect(plainTable(headersAfter({}, {}, other))).toMatchObject({
      'x-first-death-exchange': 'x',
      'x-first-death-queue': 'q',
      'x-first-death-reason': 'rejected',
      'x-last-death-exchange': '',
      'x-last-death-queue': 'r',
      'x-last-death-reason': 'expired',
    });
  });

  it('put the latest death in front', () => {
    expect(deathsAfter({}, {}, { queue: 'r' }, { reason: 'expired' })).toMatchObject([
      { queue: 'q', reason: 'expired', count: 1 },
      { queue: 'r', reason: 'rejected', count: 1 },
      { queue: 'q', reason: 'rejected', count: 1 },
    ]);
  });

  it('count another death in the same queue for the same reason, and bring it to the front', () => {
    const again = { time: 1_800_000_000, exchange: 'later' };
    expect(deathsAfter({}, {}, { queue: 'r' }, again, {})).toMatchObject([
      { queue: 'q', count: 3, exchange: 'x' },
      { queue: 'r', count: 1 },
    ]);
  });

  it('start anew where the sender’s x-death is no list', () => {
    expect(deathsAfter({ headers: table({ 'x-death': 'forged' }) }, {})).toMatchObject([
      { queue: 'q', count: 1 },
    ]);
  });

  it.each<[string, Field | undefined, number]>([
    ['a text', longstr('many'), 1],
    ['nothing', undefined, 1],
    ['a small integer', { type: 'b', value: 7 }, 8],
    ['an unsigned long', { type: 'i', value: 4_000_000_000 }, 4_000_000_001],
  ])('go on counting from %s', (_what, count, counted) => {
    const entry = new Map<string, Field>([
      ['queue', longstr('q')],
      ['reason', longstr('rejected')],
    ]);
    if (count !== undefined) entry.set('count', count);
    const forged: Field = { type: 'A', value: [longstr('no table'), { type: 'F', value: entry }] };
    expect(deathsAfter({ headers: table({ 'x-death': forged }) }, {})).toMatchObject([
      { queue: 'q', reason: 'rejected', count: counted },
      'no table',
    ]);
  });

  it('never count further than a header can tell', () => {
    const entry = table({ queue: 'q', reason: 'rejected', count: int(2n ** 63n - 1n) });
    const forged: Field = { type: 'A', value: [{ type: 'F', value: entry }] };
    const headers = headersAfter({ headers: table({ 'x-death': forged }) }, {});
    const counted = headers.get('x-death');
    if (counted?.type !== 'A' || counted.value[0]?.type !== 'F') throw new Error('no x-death');
    const count = counted.value[0].value.get('count');
    if (count?.type !== 'l') throw new Error('no count');
    expect(BigInt.asIntN(64, count.value)).toBe(count.value);
    expect(count.value).toBeGreaterThan(0n);
  });
});

describe('a cycle', () => {
  const dead = (...deaths: Partial<Death>[]) => headersAfter({}, ...deaths);
  const expired = (queue: string): Partial<Death> => ({ queue, reason: 'expired' });

  it('is a queue where the message has died before', () => {
    expect(isCycle('q', dead(expired('q')))).toBe(true);
    expect(isCycle('q', dead(expired('q'), expired('r')))).toBe(true);
    expect(isCycle('other', dead(expired('q'), expired('r')))).toBe(false);
  });

  it('is any reason that needs nobody’s doing', () => {
    for (const reason of ['expired', 'maxlen', 'delivery_limit'] as const) {
      expect(isCycle('q', dead({ reason }))).toBe(true);
    }
  });

  it('is none that somebody’s rejection is part of', () => {
    expect(isCycle('q', dead({}))).toBe(false);
    expect(isCycle('q', dead({ queue: 'r' }, expired('q')))).toBe(true);
    expect(isCycle('q', dead(expired('q'), { queue: 'r' }))).toBe(false);
    expect(isCycle('q', dead(expired('q'), { queue: 'r' }, expired('s')))).toBe(false);
  });

  it('is not seen in headers that tell of no death', () => {
    expect(isCycle('q', table({}))).toBe(false);
    expect(isCycle('q', table({ 'x-death': 'forged' }))).toBe(false);
    expect(isCycle('q', table({ 'x-death': { type: 'A', value: [longstr('forged')] } }))).toBe(
      false,
    );
  });
});
