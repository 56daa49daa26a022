import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { bodiesIn, brokerOf, Desk, outcomeOf } from './fixtures.ts';

let broker: Broker;
let desk: Desk;

beforeEach(() => {
  broker = brokerOf();
  desk = new Desk(broker);
});

const noQueue = "NOT_FOUND - no queue 'q' in vhost '/'";
const noExchange = "NOT_FOUND - no exchange 'x' in vhost '/'";
const notOnDefault = 'ACCESS_REFUSED - operation not permitted on the default exchange';

describe('binding', () => {
  it('leads messages to the queue until it is undone', () => {
    desk.exchange('x', 'direct');
    const queue = desk.queue('q');
    desk.publish('x', 'k', 'before');
    desk.bind('x', 'q', 'k');
    desk.publish('x', 'k', 'bound');
    desk.publish('x', 'other', 'elsewhere');
    desk.unbind('x', 'q', 'k');
    desk.publish('x', 'k', 'after');
    expect(bodiesIn(queue)).toEqual(['bound']);
  });

  it('leads messages on to another exchange', () => {
    desk.exchange('x', 'direct');
    desk.exchange('y');
    const queue = desk.queue('q');
    desk.bind('y', 'q');
    desk.bind('x', 'y', 'k', 'exchange');
    desk.publish('x', 'k', 'a');
    desk.unbind('x', 'y', 'k', 'exchange');
    desk.publish('x', 'k', 'b');
    expect(bodiesIn(queue)).toEqual(['a']);
  });

  it('is the same binding when it is done twice', () => {
    desk.exchange('x');
    const queue = desk.queue('q');
    desk.bind('x', 'q');
    const { generation } = desk.vhost;
    desk.bind('x', 'q');
    expect(desk.vhost.generation).toBe(generation);
    expect(desk.vhost.bindings.size).toBe(1);
    desk.publish('x', '', 'once');
    expect(bodiesIn(queue)).toEqual(['once']);
  });

  it('names what is missing, the exchange first', () => {
    expect(outcomeOf(() => desk.bind('x', 'q'))).toBe(noExchange);
    desk.queue('q');
    expect(outcomeOf(() => desk.bind('x', 'q'))).toBe(noExchange);
    expect(outcomeOf(() => desk.bind('amq.fanout', 'x', '', 'exchange'))).toBe(noExchange);
    desk.vhost.removeQueue(desk.vhost.queue('q'));
    expect(outcomeOf(() => desk.bind('amq.fanout', 'q'))).toBe(noQueue);
  });

  it('is not for the default exchange', () => {
    desk.queue('q');
    expect(outcomeOf(() => desk.bind('', 'q'))).toBe(notOnDefault);
    expect(outcomeOf(() => desk.unbind('', 'q'))).toBe(notOnDefault);
    expect(outcomeOf(() => desk.bind('amq.fanout', '', '', 'exchange'))).toBe(notOnDefault);
  });
});

describe('unbinding', () => {
  it('counts as done where there is nothing to undo', () => {
    expect(outcomeOf(() => desk.unbind('x', 'q'))).toBe('ok');
    desk.exchange('x', 'direct');
    expect(outcomeOf(() => desk.unbind('x', 'q'))).toBe('ok');
    desk.queue('q');
    desk.bind('x', 'q', 'k');
    expect(outcomeOf(() => desk.unbind('x', 'q', 'other'))).toBe('ok');
    expect(desk.vhost.bindings.size).toBe(1);
  });
});

describe('permissions', () => {
  const refused = (permission: string, resource: string) =>
    `ACCESS_REFUSED - ${permission} access to ${resource} in vhost '/' refused for user 'ada'`;

  it.each(['bind', 'unbind'] as const)(
    'are needed to %s: write what is bound, read its source',
    (act) => {
      const ada = new Desk(broker, 'ada');
      desk.exchange('x');
      desk.queue('q');
      const allow = (write: string, read: string) =>
        broker.permissions.set('ada', '/', { configure: '', write, read });
      allow('', '');
      expect(outcomeOf(() => ada[act]('x', 'q'))).toBe(refused('write', "queue 'q'"));
      expect(outcomeOf(() => ada[act]('x', 'x', '', 'exchange'))).toBe(
        refused('write', "exchange 'x'"),
      );
      allow('.*', '');
      expect(outcomeOf(() => ada[act]('x', 'q'))).toBe(refused('read', "exchange 'x'"));
      allow('^q$', '^x$');
      expect(outcomeOf(() => ada[act]('x', 'q'))).toBe('ok');
    },
  );
});
