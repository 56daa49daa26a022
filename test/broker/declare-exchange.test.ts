import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { deleteExchange } from '../../src/broker/declare-exchange.ts';
import { table } from '../../src/codec/table.ts';
import { brokerOf, Desk, outcomeOf } from './fixtures.ts';

let broker: Broker;
let desk: Desk;

beforeEach(() => {
  broker = brokerOf();
  desk = new Desk(broker);
});

const predeclared = [
  'amq.direct',
  'amq.fanout',
  'amq.topic',
  'amq.headers',
  'amq.match',
  'amq.rabbitmq.trace',
];
const notOnDefault = 'ACCESS_REFUSED - operation not permitted on the default exchange';

describe('the exchanges of a new vhost', () => {
  it('are those of the specification', () => {
    expect([...desk.vhost.exchanges.keys()].sort()).toEqual([...predeclared].sort());
    for (const exchange of desk.vhost.exchanges.values()) {
      expect(exchange).toMatchObject({ durable: true, autoDelete: false });
      expect(exchange.internal).toBe(exchange.name === 'amq.rabbitmq.trace');
    }
  });

  it.each(predeclared)('cannot be deleted: %s', (name) => {
    expect(outcomeOf(() => deleteExchange(desk, name, false))).toBe(
      `ACCESS_REFUSED - deletion of system exchange '${name}' in vhost '/' not allowed`,
    );
  });

  it('may be declared as what they are', () => {
    expect(outcomeOf(() => desk.exchange('amq.topic', 'topic', { durable: true }))).toBe('ok');
    expect(outcomeOf(() => desk.exchange('amq.topic', 'direct', { durable: true }))).toBe(
      "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.topic' in vhost '/': " +
        "received 'direct' but current is 'topic'",
    );
  });
});

describe('declaring an exchange', () => {
  it('makes it once', () => {
    desk.exchange('x', 'topic');
    const made = desk.vhost.exchange('x');
    desk.exchange('x', 'topic');
    expect(desk.vhost.exchange('x')).toBe(made);
  });

  it('refuses another type, unknown types and reserved names', () => {
    desk.exchange('x', 'topic');
    expect(outcomeOf(() => desk.exchange('x', 'fanout'))).toBe(
      "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': " +
        "received 'fanout' but current is 'topic'",
    );
    expect(outcomeOf(() => desk.exchange('y', 'x-none'))).toBe(
      "PRECONDITION_FAILED - unknown exchange type 'x-none'",
    );
    expect(outcomeOf(() => desk.exchange('amq.mine'))).toBe(
      "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'",
    );
    expect(desk.vhost.exchanges.size).toBe(predeclared.length + 1);
  });

  it('leaves the default exchange alone', () => {
    expect(outcomeOf(() => desk.exchange(''))).toBe(notOnDefault);
    expect(outcomeOf(() => desk.exchange('', 'direct', { passive: true }))).toBe(notOnDefault);
    expect(outcomeOf(() => deleteExchange(desk, '', false))).toBe(notOnDefault);
  });

  it('passively, only finds', () => {
    const passive = { passive: true };
    expect(outcomeOf(() => desk.exchange('x', 'fanout', passive))).toBe(
      "NOT_FOUND - no exchange 'x' in vhost '/'",
    );
    desk.exchange('x', 'topic');
    expect(outcomeOf(() => desk.exchange('x', 'fanout', passive))).toBe('ok');
  });
});

describe('deleting an exchange', () => {
  it('counts as done where there is none', () => {
    expect(outcomeOf(() => deleteExchange(desk, 'x', true))).toBe('ok');
  });

  it('is refused, if asked to be, while something is bound to it', () => {
    desk.exchange('x');
    desk.queue('q');
    desk.bind('x', 'q');
    expect(outcomeOf(() => deleteExchange(desk, 'x', true))).toBe(
      "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use",
    );
    desk.unbind('x', 'q');
    expect(outcomeOf(() => deleteExchange(desk, 'x', true))).toBe('ok');
  });

  it('takes the bindings from it and to it along', () => {
    desk.exchange('x');
    desk.exchange('y');
    desk.queue('q');
    desk.bind('x', 'y', '', 'exchange');
    desk.bind('y', 'q');
    deleteExchange(desk, 'y', false);
    expect(desk.vhost.bindings.size).toBe(0);
    expect(desk.vhost.exchanges.has('x')).toBe(true);
  });
});

describe('an auto-delete exchange', () => {
  it('goes with its last binding, not before its first', () => {
    desk.exchange('x', 'fanout', { autoDelete: true });
    desk.queue('a');
    desk.queue('b');
    desk.unbind('x', 'a');
    desk.bind('x', 'a');
    desk.bind('x', 'b');
    desk.unbind('x', 'a');
    expect(desk.vhost.exchanges.has('x')).toBe(true);
    desk.unbind('x', 'b');
    expect(desk.vhost.exchanges.has('x')).toBe(false);
  });

  it('goes when the last queue bound to it is deleted', () => {
    desk.exchange('x', 'fanout', { autoDelete: true });
    const queue = desk.queue('q');
    desk.bind('x', 'q');
    desk.vhost.removeQueue(queue);
    expect(desk.vhost.exchanges.has('x')).toBe(false);
  });

  it('takes those along that lead nowhere without it', () => {
    for (const name of ['a', 'b', 'c']) desk.exchange(name, 'fanout', { autoDelete: true });
    desk.bind('a', 'b', '', 'exchange');
    desk.bind('b', 'c', '', 'exchange');
    const queue = desk.queue('q');
    desk.bind('c', 'q');
    desk.vhost.removeQueue(queue);
    expect(desk.vhost.exchanges.size).toBe(predeclared.length);
    expect(desk.vhost.bindings.size).toBe(0);
  });

  it('bound to itself goes once', () => {
    desk.exchange('x', 'fanout', { autoDelete: true });
    desk.bind('x', 'x', '', 'exchange');
    desk.unbind('x', 'x', '', 'exchange');
    expect(desk.vhost.exchanges.has('x')).toBe(false);
    expect(desk.vhost.bindings.size).toBe(0);
  });
});

describe('permissions', () => {
  const refused = (permission: string, name: string) =>
    `ACCESS_REFUSED - ${permission} access to exchange '${name}' in vhost '/' refused for user 'ada'`;

  it('are needed to declare and delete: configure', () => {
    const ada = new Desk(broker, 'ada');
    broker.permissions.set('ada', '/', { configure: '^mine', write: '', read: '' });
    expect(outcomeOf(() => ada.exchange('mine'))).toBe('ok');
    expect(outcomeOf(() => ada.exchange('x'))).toBe(refused('configure', 'x'));
    expect(outcomeOf(() => deleteExchange(ada, 'x', false))).toBe(refused('configure', 'x'));
    expect(outcomeOf(() => deleteExchange(ada, 'mine', false))).toBe('ok');
  });

  it('are needed for an alternate exchange: read the one, write the other', () => {
    const ada = new Desk(broker, 'ada');
    const arguments_ = { arguments: table({ 'alternate-exchange': 'ae' }) };
    const allow = (write: string, read: string) =>
      broker.permissions.set('ada', '/', { configure: '.*', write, read });
    allow('', '');
    expect(outcomeOf(() => ada.exchange('x', 'fanout', arguments_))).toBe(refused('read', 'x'));
    allow('', '.*');
    expect(outcomeOf(() => ada.exchange('x', 'fanout', arguments_))).toBe(refused('write', 'ae'));
    expect(desk.vhost.exchanges.has('x')).toBe(false);
    allow('^ae$', '.*');
    expect(outcomeOf(() => ada.exchange('x', 'fanout', arguments_))).toBe('ok');
  });
});
