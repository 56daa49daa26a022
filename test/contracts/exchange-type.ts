import { describe, expect, it } from 'vitest';
import { emptyTable, type Table } from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import {
  type Destination,
  Exchange,
  type ExchangeType,
  type QueueDestination,
} from '../../src/exchanges/exchange.ts';

export type Queue = QueueDestination;

export function queue(name: string): Queue {
  return { kind: 'queue', name };
}

export function exchange(name: string, type: ExchangeType, alternateExchange?: string) {
  return new Exchange<Queue>({
    name,
    vhost: '/',
    type,
    durable: false,
    autoDelete: false,
    internal: false,
    arguments: emptyTable,
    alternateExchange,
  });
}

/** What a binding says beside its ends, and what a message brings for it. */
export type BindingSample = Readonly<{ routingKey: string; arguments: Table }>;
export type MessageSample = Readonly<{ routingKey: string; headers: Table | undefined }>;

/** Names of the destinations that one match visits, in order and as often as visited. */
export function matched(source: Exchange<Queue>, message: MessageSample): string[] {
  const names: string[] = [];
  const visit = (destination: Destination<Queue>) => names.push(destination.name);
  source.bindings.match(message.routingKey, () => message.headers, visit);
  return names;
}

/** What every kind of exchange must do, given two different bindings that match the message. */
export function exchangeTypeContract(
  type: ExchangeType,
  samples: Readonly<{
    bindings: readonly [BindingSample, BindingSample];
    message: MessageSample;
  }>,
): void {
  const [one, other] = samples.bindings;

  function build() {
    const source = exchange('source', type);
    const bindings = new BindingTable<Queue>();
    const q = queue('q');
    const to = (sample: BindingSample, destination: Destination<Queue> = q) => ({
      ...sample,
      source,
      destination,
    });
    return { source, bindings, q, to, visited: () => matched(source, samples.message) };
  }

  describe(`the ${type.name} exchange`, () => {
    it('matches nothing without bindings', () => {
      const { source, visited } = build();
      expect(visited()).toEqual([]);
      expect(source.bindings.size).toBe(0);
    });

    it('matches a binding until it is removed', () => {
      const { source, bindings, to, visited } = build();
      bindings.add(to(one));
      expect(visited()).toEqual(['q']);
      expect(source.bindings.size).toBe(1);
      bindings.remove(to(one));
      expect(visited()).toEqual([]);
      expect(source.bindings.size).toBe(0);
    });

    it('takes the same binding twice for one', () => {
      const { source, bindings, to, visited } = build();
      bindings.add(to(one));
      expect(bindings.add(to(one))).toBeUndefined();
      expect(source.bindings.size).toBe(1);
      bindings.remove(to(one));
      expect(bindings.remove(to(one))).toBeUndefined();
      expect(visited()).toEqual([]);
      expect(source.bindings.size).toBe(0);
    });

    it('visits a destination once, however many of its bindings match', () => {
      const { source, bindings, to, visited } = build();
      bindings.add(to(one));
      bindings.add(to(other));
      expect(source.bindings.size).toBe(2);
      expect(visited()).toEqual(['q']);
    });

    it('still matches by one binding when the other is removed', () => {
      const { source, bindings, to, visited } = build();
      bindings.add(to(one));
      bindings.add(to(other));
      bindings.remove(to(one));
      expect(visited()).toEqual(['q']);
      expect(source.bindings.size).toBe(1);
      bindings.remove(to(other));
      expect(visited()).toEqual([]);
    });

    it('visits every destination, the same way each time', () => {
      const { bindings, to, visited } = build();
      const names = Array.from({ length: 20 }, (_, i) => `q${i}`);
      for (const name of names) bindings.add(to(one, queue(name)));
      expect(visited().sort()).toEqual(names.sort());
      expect(visited()).toEqual(visited());
    });

    it('visits exchanges as it visits queues', () => {
      const { bindings, to, visited } = build();
      bindings.add(to(one, exchange('x', type)));
      expect(visited()).toEqual(['x']);
    });

    it('sees a binding that comes after a match', () => {
      const { bindings, to, visited } = build();
      bindings.add(to(one));
      visited();
      bindings.add(to(one, queue('later')));
      expect(visited().sort()).toEqual(['later', 'q']);
    });

    it('is unmoved by the removal of a binding that it never had', () => {
      const { source, q, visited } = build();
      source.bindings.remove({ ...one, source, destination: q });
      expect(source.bindings.size).toBe(0);
      expect(visited()).toEqual([]);
    });
  });
}
