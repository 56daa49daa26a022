import { Exchange } from '../../src/exchanges/exchange.ts';
import { topic } from '../../src/exchanges/topic.ts';
import { topicKey, topicPattern } from '../generator/plan.ts';
import type { Case, Suite } from '../kit/timing.ts';

interface Destination {
  readonly kind: 'queue';
  readonly name: string;
}

const BINDINGS = 1000;

function exchangeWithBindings(): Exchange<Destination> {
  const exchange = new Exchange<Destination>({
    name: 'bench',
    vhost: '/',
    type: topic,
    durable: false,
    autoDelete: false,
    internal: false,
    arguments: new Map(),
    alternateExchange: undefined,
  });
  for (let n = 0; n < BINDINGS; n++) {
    exchange.bindings.add({
      source: exchange,
      destination: { kind: 'queue', name: `queue-${Math.floor(n / 100)}` },
      routingKey: topicPattern(n),
      arguments: new Map(),
    });
  }
  return exchange;
}

const noHeaders = (): undefined => undefined;

function match(name: string, keys: readonly string[]): Case {
  return {
    name,
    prepare: () => {
      const exchange = exchangeWithBindings();
      let turn = 0;
      return (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const key = keys[turn++ % keys.length] ?? '';
          exchange.bindings.match(key, noHeaders, (destination) => {
            sum += destination.name.length;
          });
        }
        return sum;
      };
    },
  };
}

/** More keys than any cache of results holds. */
const ALWAYS_NEW = Array.from({ length: 200_000 }, (_, n) => `${topicKey(n % BINDINGS)}.x${n}`);

export const suite: Suite = {
  hotFiles: [],
  cases: [
    match(
      'match one of 100 keys, 1,000 bindings',
      Array.from({ length: 100 }, (_, n) => topicKey(n)),
    ),
    match('match a key not seen before, 1,000 bindings', ALWAYS_NEW),
  ],
};
