import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { ParameterError } from '../../src/broker/parameters.ts';
import type { Policy, PolicyKind } from '../../src/broker/policy.ts';
import { int, longstr, table } from '../../src/codec/table.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import type { JsonObject } from '../../src/kit/json.ts';
import { SlowLog } from '../kit/slow-log.ts';
import { bodiesIn, brokerOf, Desk, NOW_MS } from './fixtures.ts';

let clock: VirtualClock;
let broker: Broker;
let desk: Desk;

beforeEach(() => {
  clock = new VirtualClock(NOW_MS);
  broker = brokerOf({ clock });
  desk = new Desk(broker);
});

afterEach(() => broker.close());

type Rest = Partial<Policy> & { readonly kind?: PolicyKind };

function set(name: string, definition: JsonObject, rest: Rest = {}, node = broker): void {
  const { kind = 'policy', ...more } = rest;
  const plain = { vhost: '/', pattern: '', applyTo: 'all', priority: 0 } as const;
  node.policies.set(kind, { ...plain, name, definition, ...more });
}

const clear = (name: string, kind: PolicyKind = 'policy') =>
  broker.policies.remove(kind, '/', name);
const operators = { kind: 'operator_policy' } as const;
const quorum = { 'x-queue-type': longstr('quorum') };

describe('a policy', () => {
  it('is kept as a parameter', () => {
    set('p', { 'max-length': 1 }, { pattern: '^a', applyTo: 'queues', priority: 3 });
    const value = {
      pattern: '^a',
      'apply-to': 'queues',
      definition: { 'max-length': 1 },
      priority: 3,
    };
    expect(broker.parameters.get('policy', '/', 'p')).toEqual(value);
    const policy = broker.policies.get('policy', '/', 'p');
    expect(policy).toMatchObject({ vhost: '/', name: 'p', pattern: '^a', applyTo: 'queues' });
    expect(broker.policies.list('policy')).toEqual([policy]);
    expect(broker.policies.list('operator_policy', '/')).toEqual([]);
  });

  it('is not set when it makes no sense', () => {
    const error = new ParameterError('-5 is not a valid maximum length');
    expect(() => set('p', { 'max-length': -5 })).toThrow(error);
    expect(error.message).toBe('Validation failed\n\n-5 is not a valid maximum length\n');
    expect(broker.policies.list('policy')).toEqual([]);
  });

  it('can be removed once', () => {
    set('p', { 'max-length': 1 });
    expect([clear('p'), clear('p')]).toEqual([true, false]);
    expect(broker.policies.get('policy', '/', 'p')).toBeUndefined();
  });

  it('is not one of another vhost', () => {
    const other = broker.addVhost('other');
    const queue = desk.queue('q');
    set('p', { 'max-length': 1 }, { vhost: 'other' });
    expect(queue.policy).toBeUndefined();
    expect(other.exchange('amq.direct').policy?.policy).toBe('p');
    broker.removeVhost('other');
    expect(broker.policies.list('policy')).toEqual([]);
    expect(broker.addVhost('other').exchange('amq.direct').policy).toBeUndefined();
  });
});

describe('a policy holds', () => {
  it('for all that its pattern is found in, wherever', () => {
    const queues = ['a', 'ba', 'b'].map((name) => desk.queue(name));
    const held = () => queues.map(({ policy }) => policy?.policy);
    set('p', { 'max-length': 1 }, { pattern: 'a' });
    expect(held()).toEqual(['p', 'p', undefined]);
    set('p', { 'max-length': 1 }, { pattern: '^a' });
    expect(held()).toEqual(['p', undefined, undefined]);
    set('p', { 'max-length': 1 }, { pattern: '^(?!a).*' });
    expect(held()).toEqual([undefined, 'p', 'p']);
    set('p', { 'max-length': 1 }, { pattern: '' });
    expect(held()).toEqual(['p', 'p', 'p']);
  });

  it.each([
    ['all', 'yes yes yes'],
    ['queues', 'yes yes no'],
    ['classic_queues', 'yes no no'],
    ['quorum_queues', 'no yes no'],
    ['streams', 'no no no'],
    ['exchanges', 'no no yes'],
  ] as const)('for %s: a classic queue, a quorum queue, an exchange', (applyTo, expected) => {
    desk.exchange('x');
    const things = [
      desk.queue('classic'),
      desk.queue('quorum', quorum, { durable: true }),
      desk.vhost.exchange('x'),
    ];
    set('p', { 'max-length': 1 }, { applyTo });
    expect(things.map(({ policy }) => (policy === undefined ? 'no' : 'yes')).join(' ')).toBe(
      expected,
    );
  });

  it.each<[string, JsonObject, string]>([
    ['a delivery limit', { 'delivery-limit': 1, 'max-length': 1 }, 'no yes'],
    ['a way of dead letters', { 'dead-letter-strategy': 'at-least-once' }, 'no yes'],
    ['a queue mode', { 'queue-mode': 'lazy', 'max-length': 1 }, 'yes no'],
    ['mirrors', { 'ha-mode': 'all' }, 'yes no'],
    ['an age', { 'max-age': '1D' }, 'no no'],
    ['a queue version', { 'queue-version': 2 }, 'yes yes'],
  ])('for no queue of a type that does not know %s', (_, definition, expected) => {
    const queues = [desk.queue('classic'), desk.queue('quorum', quorum, { durable: true })];
    set('p', definition);
    expect(queues.map(({ policy }) => (policy === undefined ? 'no' : 'yes')).join(' ')).toBe(
      expected,
    );
  });

  it('for queues that belong to a connection, and for those that the server named', () => {
    set('p', { 'max-length': 1 });
    const own = desk.queue('own', {}, { exclusive: true });
    const named = desk.queue('');
    expect([own.policy?.policy, named.policy?.policy]).toEqual(['p', 'p']);
    expect(named.name).toMatch(/^amq\.gen/);
  });

  it('alone, the one of the highest priority, until that one goes', () => {
    set('low', { 'max-length': 1, 'message-ttl': 5 }, { priority: -1 });
    set('high', { 'max-length': 9 }, { priority: 7 });
    const queue = desk.queue('q');
    expect(queue.settings).toMatchObject({ maxLength: 9, messageTtlMs: undefined });
    set('higher', { expires: 1000 }, { priority: 8 });
    expect(queue.settings).toMatchObject({ maxLength: undefined, expiresMs: 1000 });
    clear('higher');
    expect(queue.policy?.policy).toBe('high');
    set('high', { 'max-length': 9 }, { priority: -2 });
    expect(queue.policy?.policy).toBe('low');
  });

  it('for a thing that is declared after it', () => {
    set('p', { 'max-length': 1, 'alternate-exchange': 'unrouted' });
    desk.exchange('x');
    expect(desk.queue('q').settings.maxLength).toBe(1);
    expect(desk.vhost.exchange('x').alternateExchange).toBe('unrouted');
  });

  it('together with the policy of an operator, the lower of two limits', () => {
    const queue = desk.queue('q');
    set('p', { 'max-length': 10, 'message-ttl': 500, 'dead-letter-exchange': 'x' });
    set('o', { 'max-length': 20, 'message-ttl': 400, expires: 1000 }, operators);
    expect(queue.policy).toEqual({
      policy: 'p',
      operatorPolicy: 'o',
      definition: {
        'max-length': 10,
        'message-ttl': 400,
        'dead-letter-exchange': 'x',
        expires: 1000,
      },
    });
    clear('p');
    expect(queue.policy).toMatchObject({ policy: undefined, operatorPolicy: 'o' });
    expect(queue.settings.maxLength).toBe(20);
    clear('o', 'operator_policy');
    expect(queue.policy).toBeUndefined();
  });

  it.each([
    [-1, 5, 5],
    [5, -1, 5],
    [5, 3, 3],
    [-1, -1, -1],
  ])('with the delivery limit %i and an operator of %i: %i', (own, theirs, expected) => {
    set('p', { 'delivery-limit': own });
    set('o', { 'delivery-limit': theirs }, operators);
    const queue = desk.queue('q', quorum, { durable: true });
    expect(queue.policy?.definition['delivery-limit']).toBe(expected);
  });

  it("as an operator's, whatever a policy says of what happens to a full queue", () => {
    const queue = desk.queue('q');
    set('p', { overflow: 'drop-head', 'max-length': 1 });
    set('o', { overflow: 'reject-publish' }, operators);
    expect(queue.settings.overflow).toBe('reject-publish');
  });
});

describe('a policy takes effect', () => {
  it('on messages that wait: too many become dead letters where it says so', () => {
    desk.queue('dead');
    const queue = desk.queue('q');
    for (const body of ['a', 'b', 'c']) desk.publish('', 'q', body);
    set(
      'p',
      { 'max-length': 1, 'dead-letter-exchange': '', 'dead-letter-routing-key': 'dead' },
      {
        pattern: '^q$',
      },
    );
    expect(bodiesIn(queue)).toEqual(['c']);
    expect(bodiesIn(desk.vhost.queue('dead'))).toEqual(['a', 'b']);
    clear('p');
    desk.queue('q2', { 'x-max-length': int(0) });
    desk.publish('', 'q2', 'd');
    expect(bodiesIn(desk.vhost.queue('dead'))).toEqual(['a', 'b']);
  });

  it('on a routing key alone where the queue has an exchange of its own', () => {
    desk.queue('dead');
    const arguments_ = { 'x-max-length': int(0), 'x-dead-letter-exchange': longstr('') };
    desk.queue('q', arguments_);
    set('p', { 'dead-letter-routing-key': 'dead' });
    desk.publish('', 'q', 'a');
    expect(bodiesIn(desk.vhost.queue('dead'))).toEqual(['a']);
  });

  it('on a queue that nobody uses: it ends', async () => {
    desk.queue('q');
    set('p', { expires: 500 });
    await clock.advance(499);
    expect(desk.vhost.queues.has('q')).toBe(true);
    await clock.advance(1);
    expect(desk.vhost.queues.has('q')).toBe(false);
  });

  it('on routes that are known already', () => {
    desk.exchange('x', 'direct');
    desk.exchange('unrouted');
    desk.queue('q');
    desk.bind('unrouted', 'q');
    expect(desk.publish('x', 'nowhere', 'a')).not.toBe(desk.publish('unrouted', '', 'b'));
    set('p', { 'alternate-exchange': 'unrouted' }, { pattern: '^x$' });
    desk.publish('x', 'nowhere', 'c');
    clear('p');
    desk.publish('x', 'nowhere', 'd');
    expect(bodiesIn(desk.vhost.queue('q'))).toEqual(['b', 'c']);
  });

  it('on exchanges of the server, but not on one that names its own alternate', () => {
    const declared = table({ 'alternate-exchange': longstr('own') });
    desk.exchange('x', 'direct', { arguments: declared });
    set('p', { 'alternate-exchange': 'other' });
    expect(desk.vhost.exchange('x').alternateExchange).toBe('own');
    expect(desk.vhost.exchange('amq.direct').alternateExchange).toBe('other');
    clear('p');
    expect(desk.vhost.exchange('x').alternateExchange).toBe('own');
    expect(desk.vhost.exchange('amq.direct').alternateExchange).toBeUndefined();
  });

  it('on no queue that it neither held for nor matches', () => {
    set('p', { 'max-length': 1 }, { pattern: '^a' });
    const queue = desk.queue('a');
    const before = queue.policy;
    set('other', { 'max-length': 2 }, { pattern: '^b' });
    expect(queue.policy).toBe(before);
  });
});

describe('after a restart', () => {
  it('policies hold as before', () => {
    const log = new SlowLog({ isEager: true });
    broker = brokerOf({ log });
    desk = new Desk(broker);
    set('gone', { 'max-length': 1 }, { priority: 9 });
    set('p', { 'max-length': 1, 'alternate-exchange': 'y' }, { pattern: '^[qx]$', priority: 2 });
    set('o', { 'max-length': 2 }, { ...operators, pattern: 'q' });
    clear('gone');
    desk.queue('q', {}, { durable: true });
    desk.exchange('x', 'direct', { durable: true });
    for (const facts of [log.facts, broker.facts()]) {
      const later = brokerOf({ recovered: { facts, lanes: [], afterCrash: false } });
      const vhost = new Desk(later).vhost;
      expect(later.policies.list('policy')).toEqual(broker.policies.list('policy'));
      expect(vhost.queue('q').policy).toEqual(desk.vhost.queue('q').policy);
      expect(vhost.queue('q').settings.maxLength).toBe(1);
      expect(vhost.exchange('x').alternateExchange).toBe('y');
      set('p', { 'max-length': 7 }, { pattern: 'q' }, later);
      expect(vhost.queue('q').settings.maxLength).toBe(2);
      later.close();
    }
  });

  it('one that this version cannot apply is left aside', () => {
    const log = new SlowLog({ isEager: true });
    broker = brokerOf({ log });
    const value = { pattern: '(', definition: { 'max-length': 1 }, priority: 0 };
    broker.journal.parameterSet({ component: 'policy', vhost: '/', name: 'p', value });
    const later = brokerOf({ recovered: { facts: log.facts, lanes: [], afterCrash: false } });
    const queue = new Desk(later).queue('q');
    expect(queue.policy).toBeUndefined();
    expect(later.policies.list('policy')).toEqual([]);
    set('p', { 'max-length': 1 }, {}, later);
    expect(queue.policy?.policy).toBe('p');
    later.close();
  });
});
