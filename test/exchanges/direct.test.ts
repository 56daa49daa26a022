import { expect, it } from 'vitest';
import { emptyTable, table } from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import { direct } from '../../src/exchanges/direct.ts';
import {
  exchange,
  exchangeTypeContract,
  matched,
  type Queue,
  queue,
} from '../contracts/exchange-type.ts';

exchangeTypeContract(direct, {
  bindings: [
    { routingKey: 'k', arguments: emptyTable },
    { routingKey: 'k', arguments: table({ a: 1 }) },
  ],
  message: { routingKey: 'k', headers: undefined },
});

it('matches the routing key as it is, wildcards and empty keys included', () => {
  const source = exchange('x', direct);
  const bindings = new BindingTable<Queue>();
  for (const routingKey of ['', '#', 'a', 'A']) {
    bindings.add({ source, destination: queue(routingKey), routingKey, arguments: emptyTable });
  }
  const byKey = (routingKey: string) => matched(source, { routingKey, headers: undefined });
  expect(['', '#', 'a', 'A', 'b'].map(byKey)).toEqual([[''], ['#'], ['a'], ['A'], []]);
});

it('takes any binding arguments', () => {
  expect(() => direct.checkBinding(table({ 'x-match': 'bogus' }))).not.toThrow();
});
