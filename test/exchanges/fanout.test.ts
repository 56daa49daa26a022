import { expect, it } from 'vitest';
import { emptyTable, table } from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import { fanout } from '../../src/exchanges/fanout.ts';
import {
  exchange,
  exchangeTypeContract,
  matched,
  type Queue,
  queue,
} from '../contracts/exchange-type.ts';

exchangeTypeContract(fanout, {
  bindings: [
    { routingKey: 'a', arguments: emptyTable },
    { routingKey: 'b', arguments: emptyTable },
  ],
  message: { routingKey: 'c', headers: undefined },
});

it('visits every destination, whatever the keys', () => {
  const source = exchange('x', fanout);
  const bindings = new BindingTable<Queue>();
  for (const routingKey of ['', 'a', '#']) {
    bindings.add({
      source,
      destination: queue(`q${routingKey}`),
      routingKey,
      arguments: emptyTable,
    });
  }
  expect(matched(source, { routingKey: 'z', headers: undefined })).toEqual(['q', 'qa', 'q#']);
});

it('takes any binding arguments', () => {
  expect(() => fanout.checkBinding(table({ 'x-match': 'bogus' }))).not.toThrow();
});
