import { describe, expect, it } from 'vitest';
import { Publications } from '../../src/broker/publications.ts';
import { emptyTable } from '../../src/codec/table.ts';
import { Exchange } from '../../src/exchanges/exchange.ts';
import { ExchangeCounters } from '../../src/exchanges/exchange-counters.ts';
import { exchangeTypeOf } from '../../src/exchanges/exchange-types.ts';
import type { Queue } from '../../src/queues/queue.ts';

const exchangeOf = (name: string) =>
  new Exchange<Queue>({
    name,
    vhost: '/',
    type: exchangeTypeOf('fanout'),
    durable: false,
    autoDelete: false,
    internal: false,
    arguments: emptyTable,
    alternateExchange: undefined,
  });

describe('the publications of a publisher', () => {
  it('have a tally for each exchange, which stays the same', () => {
    const publications = new Publications(new ExchangeCounters());
    const [a, b] = [exchangeOf('a'), exchangeOf('b')];
    const first = publications.tallyOf(a);
    publications.tallyOf(b);
    publications.tallyOf(undefined);
    expect(publications.tallyOf(a)).toBe(first);
    expect(first.exchange).toBe(a);
  });

  it('tell only of exchanges that were published to, the latest first', () => {
    const publications = new Publications(new ExchangeCounters());
    for (const name of ['a', 'b', 'c']) publications.tallyOf(exchangeOf(name)).publish += 1;
    publications.tallyOf(exchangeOf('d'));
    expect(publications.tallies.map(({ exchange }) => exchange?.name)).toEqual(['c', 'b', 'a']);
  });

  it('lose no count, however many exchanges there are', () => {
    const publications = new Publications(new ExchangeCounters());
    for (let i = 0; i < 1000; i++) {
      const tally = publications.tallyOf(exchangeOf(`x${i}`));
      tally.publish += 1;
      tally.routed += 2;
      if (i % 2 === 0) tally.dropUnroutable += 1;
      if (i % 4 === 1) tally.returnUnroutable += 1;
    }
    expect(publications.tallies.length).toBeLessThan(100);
    expect(publications.routed).toBe(2000);
    expect(publications.published).toEqual({
      publish: 1000,
      confirm: 0,
      dropUnroutable: 500,
      returnUnroutable: 250,
    });
  });
});
