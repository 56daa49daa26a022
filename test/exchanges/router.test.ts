import { describe, expect, it } from 'vitest';
import { emptyTable, type Table, table } from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import { direct } from '../../src/exchanges/direct.ts';
import type { Destination, Exchange, ExchangeType } from '../../src/exchanges/exchange.ts';
import { fanout } from '../../src/exchanges/fanout.ts';
import { headers } from '../../src/exchanges/headers.ts';
import { Router } from '../../src/exchanges/router.ts';
import { exchange, type Queue, queue } from '../contracts/exchange-type.ts';

/** Exchanges by name, bound by name; what the router finds is told by name as well. */
class Topology {
  readonly bindings = new BindingTable<Queue>();
  readonly exchanges = new Map<string, Exchange<Queue>>();
  readonly queues = new Map<string, Queue>();
  readonly router = new Router<Queue>((name) => this.exchanges.get(name));

  declare(name: string, type: ExchangeType, alternateExchange?: string): this {
    this.exchanges.set(name, exchange(name, type, alternateExchange));
    return this;
  }

  at(name: string): Exchange<Queue> {
    const found = this.exchanges.get(name);
    if (found === undefined) throw new Error(`no exchange ${name}`);
    return found;
  }

  queue(name: string): Queue {
    const found = this.queues.get(name) ?? queue(name);
    this.queues.set(name, found);
    return found;
  }

  /** Binds to the exchange of that name if there is one, to a queue otherwise. */
  bind(source: string, to: string, routingKey = '', arguments_: Table = emptyTable): this {
    const destination: Destination<Queue> = this.exchanges.get(to) ?? this.queue(to);
    this.bindings.add({ source: this.at(source), destination, routingKey, arguments: arguments_ });
    return this;
  }

  route(start: string, keys: string | string[] = '', all?: Table): string[] {
    const routingKeys = typeof keys === 'string' ? [keys] : keys;
    return this.router.route(this.at(start), routingKeys, () => all).map(({ name }) => name);
  }
}

describe('routing', () => {
  it('reaches the queues of one exchange', () => {
    const topology = new Topology().declare('x', direct).bind('x', 'a', 'k').bind('x', 'b', 'k');
    expect(topology.route('x', 'k')).toEqual(['a', 'b']);
    expect(topology.route('x', 'other')).toEqual([]);
  });

  it('reaches a queue once, whichever ways lead to it', () => {
    const topology = new Topology().declare('x', direct).declare('f', fanout).declare('g', fanout);
    topology.bind('x', 'q', 'k').bind('x', 'f', 'k').bind('x', 'g', 'k').bind('f', 'g');
    topology.bind('f', 'q').bind('g', 'q').bind('g', 'r');
    expect(topology.route('x', 'k')).toEqual(['q', 'r']);
  });

  it('matches every routing key of a message, as CC and BCC give them', () => {
    const topology = new Topology().declare('x', direct).bind('x', 'a', 'k').bind('x', 'b', 'e');
    expect(topology.route('x', ['z', 'k', 'e', 'k'])).toEqual(['a', 'b']);
  });

  it('ends when exchanges lead to one another in a circle', () => {
    const topology = new Topology().declare('a', fanout).declare('b', fanout).declare('c', fanout);
    topology.bind('a', 'b').bind('b', 'c').bind('c', 'a').bind('c', 'q').bind('a', 'a');
    expect(topology.route('a')).toEqual(['q']);
    expect(topology.route('b')).toEqual(['q']);
  });

  it('appends to the array it is given', () => {
    const topology = new Topology().declare('x', fanout).bind('x', 'q');
    const given = [topology.queue('before')];
    const result = topology.router.route(topology.at('x'), [''], () => undefined, given);
    expect(result).toBe(given);
    expect(given.map(({ name }) => name)).toEqual(['before', 'q']);
  });

  it('keeps what it returned when it routes again', () => {
    const topology = new Topology().declare('x', direct).bind('x', 'a', '1').bind('x', 'b', '2');
    const first = topology.router.route(topology.at('x'), ['1'], () => undefined);
    topology.route('x', '2');
    expect(first.map(({ name }) => name)).toEqual(['a']);
  });
});

// As RabbitMQ 3.10.8 delivered and returned.
describe('an alternate exchange', () => {
  function chain(): Topology {
    const topology = new Topology().declare('a', direct, 'b').declare('b', fanout, 'c');
    return topology.declare('c', fanout, 'a');
  }

  it('takes what its exchange leads nowhere, link by link', () => {
    const topology = chain().bind('c', 'qc').bind('a', 'qa', 'k');
    expect(topology.route('a', 'miss')).toEqual(['qc']);
    expect(topology.route('a', 'k')).toEqual(['qa']);
  });

  it('takes it only when no key of the message leads anywhere', () => {
    const topology = chain().bind('b', 'qb').bind('a', 'qa', 'k');
    expect(topology.route('a', ['miss', 'k'])).toEqual(['qa']);
    expect(topology.route('a', ['miss', 'gone'])).toEqual(['qb']);
  });

  it('may lead in a circle to nothing', () => {
    expect(chain().route('a', 'k')).toEqual([]);
  });

  it('is not asked when a binding leads to an exchange, even one without bindings', () => {
    const topology = new Topology().declare('e', direct, 'c').declare('f', direct);
    topology.declare('c', fanout).bind('c', 'qc').bind('e', 'f', 'k').bind('e', 'e', 'self');
    expect(topology.route('e', 'k')).toEqual([]);
    expect(topology.route('e', 'self')).toEqual([]);
    expect(topology.route('e', 'miss')).toEqual(['qc']);
  });

  it('is asked for an exchange that another leads to', () => {
    const topology = new Topology().declare('a', direct).declare('b', fanout, 'c');
    topology.declare('c', fanout).bind('c', 'qc').bind('a', 'b', 'e');
    expect(topology.route('a', 'e')).toEqual(['qc']);
    topology.bind('b', 'qb');
    expect(topology.route('a', 'e')).toEqual(['qb']);
  });

  it('need not exist', () => {
    const topology = new Topology().declare('a', direct, 'missing');
    expect(topology.route('a', 'k')).toEqual([]);
  });

  it('may be set later', () => {
    const topology = new Topology().declare('a', direct).declare('b', fanout).bind('b', 'q');
    topology.at('a').alternateExchange = 'b';
    expect(topology.route('a', 'k')).toEqual(['q']);
  });
});

describe('headers', () => {
  function build(): Topology {
    const topology = new Topology()
      .declare('x', fanout)
      .declare('h', headers)
      .declare('i', headers);
    topology.bind('h', 'q', '', table({ a: 1 })).bind('i', 'r', '', table({ a: 1 }));
    return topology.declare('plain', fanout).bind('plain', 'p');
  }

  it('are decoded once however many exchanges read them', () => {
    const topology = build().bind('x', 'h').bind('x', 'i');
    let decoded = 0;
    const thunk = () => {
      decoded += 1;
      return table({ a: 1 });
    };
    const reached = topology.router.route(topology.at('x'), ['k', 'k2'], thunk);
    expect(reached.map(({ name }) => name)).toEqual(['q', 'r']);
    expect(decoded).toBe(1);
  });

  it('are not decoded when no exchange reads them', () => {
    const topology = build();
    const unreadable = () => {
      throw new Error('decoded');
    };
    expect(topology.router.route(topology.at('plain'), [''], unreadable)).toHaveLength(1);
  });

  it('make a result depend on more than the routing keys', () => {
    const topology = build().bind('x', 'h');
    topology.route('x', 'k');
    expect(topology.router.dependsOnHeaders).toBe(true);
    topology.route('plain', 'k');
    expect(topology.router.dependsOnHeaders).toBe(false);
  });

  it('that cannot be decoded leave the router as it was', () => {
    const topology = build().bind('x', 'p').bind('x', 'h');
    const bad = () => {
      throw new Error('malformed');
    };
    expect(() => topology.router.route(topology.at('x'), [''], bad)).toThrow('malformed');
    expect(topology.route('x', '', table({ a: 1 }))).toEqual(['p', 'q']);
    expect(topology.route('x', '', table({ a: 2 }))).toEqual(['p']);
    expect(topology.route('x', '', table({ a: 1 }))).toEqual(['p', 'q']);
  });
});
