import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { type Field, longstr, table } from '../../src/codec/table.ts';
import { bodiesIn, brokerOf, Desk, outcomeOf } from './fixtures.ts';

let broker: Broker;
let desk: Desk;

beforeEach(() => {
  broker = brokerOf();
  broker.permissions.set('ada', '/', { configure: '.*', write: '.*', read: '.*' });
  desk = new Desk(broker, 'ada');
  desk.exchange('t', 'topic');
  desk.queue('q');
  desk.bind('t', 'q', '#');
  broker.topicPermissions.set('ada', '/', 't', { write: '^{username}\\.', read: '^r\\.' });
});

function list(...keys: readonly string[]): Field {
  return { type: 'A', value: keys.map(longstr) };
}

function refused(permission: string, topic: string): string {
  return `ACCESS_REFUSED - ${permission} access to topic '${topic}' in exchange 't' in vhost '/' refused for user 'ada'`;
}

describe('publishing to a topic exchange', () => {
  it('takes the keys that the user may write', () => {
    expect(outcomeOf(() => desk.publish('t', 'ada.1', 'mine'))).toBe('ok');
    expect(outcomeOf(() => desk.publish('t', 'bob.1'))).toBe(refused('write', 'bob.1'));
    expect(bodiesIn(desk.vhost.queue('q'))).toEqual(['mine']);
  });

  it('looks at the keys that the sender adds in headers as well', () => {
    for (const name of ['CC', 'BCC']) {
      const headers = table({ [name]: list('ada.2', 'bob.2') });
      expect(outcomeOf(() => desk.publish('t', 'ada.1', '', { headers }))).toBe(
        refused('write', 'bob.2'),
      );
    }
    expect(bodiesIn(desk.vhost.queue('q'))).toEqual([]);
  });

  it('is bound by a permission that comes or goes between two messages', () => {
    const other = new Desk(broker);
    expect(outcomeOf(() => other.publish('t', 'key'))).toBe('ok');
    expect(outcomeOf(() => desk.publish('t', 'ada.1'))).toBe('ok');
    broker.topicPermissions.set('ada', '/', 't', { write: '^other', read: '' });
    expect(outcomeOf(() => desk.publish('t', 'ada.1'))).toBe(refused('write', 'ada.1'));
    expect(outcomeOf(() => other.publish('t', 'ada.1'))).toBe('ok');
    broker.topicPermissions.remove('ada', '/', 't');
    expect(outcomeOf(() => desk.publish('t', 'ada.1'))).toBe('ok');
  });

  it('has no topics where the exchange is of another type', () => {
    desk.exchange('f', 'fanout');
    for (const exchange of ['f', '']) {
      broker.topicPermissions.set('ada', '/', exchange, { write: '', read: '' });
      expect(outcomeOf(() => desk.publish(exchange, 'key'))).toBe('ok');
    }
    expect(outcomeOf(() => desk.bind('f', 'q', 'key'))).toBe('ok');
  });
});

describe('binding to a topic exchange', () => {
  it.each(['queue', 'exchange'] as const)('takes the keys that the user may read: %s', (kind) => {
    desk.exchange('y');
    const destination = kind === 'queue' ? 'q' : 'y';
    expect(outcomeOf(() => desk.bind('t', destination, 'r.1', kind))).toBe('ok');
    expect(outcomeOf(() => desk.bind('t', destination, 'x', kind))).toBe(refused('read', 'x'));
    expect(outcomeOf(() => desk.unbind('t', destination, 'x', kind))).toBe(refused('read', 'x'));
    expect(outcomeOf(() => desk.unbind('t', destination, 'r.1', kind))).toBe('ok');
  });

  it('is refused before it is said that the queue is missing', () => {
    expect(outcomeOf(() => desk.bind('t', 'nowhere', 'x'))).toBe(refused('read', 'x'));
    expect(outcomeOf(() => desk.bind('none', 'q', 'x'))).toContain('NOT_FOUND');
  });
});
