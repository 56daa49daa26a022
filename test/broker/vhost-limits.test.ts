import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { brokerOf, Desk, outcomeOf } from './fixtures.ts';

let broker: Broker;

beforeEach(() => {
  broker = brokerOf();
});

afterEach(() => {
  broker.close();
});

describe('limits of a vhost', () => {
  it('are set one by one, listed together, and lifted', () => {
    const { vhostLimits } = broker;
    vhostLimits.set('/', 'max-queues', 3);
    vhostLimits.set('/', 'max-connections', 0);
    expect(vhostLimits.list()).toEqual([
      { vhost: '/', limits: { 'max-connections': 0, 'max-queues': 3 } },
    ]);
    expect([vhostLimits.get('/', 'max-queues'), vhostLimits.get('/', 'max-connections')]).toEqual([
      3, 0,
    ]);
    expect(vhostLimits.clear('/', 'max-queues')).toBe(true);
    expect(vhostLimits.clear('/', 'max-queues')).toBe(false);
    expect(vhostLimits.list('/')).toEqual([{ vhost: '/', limits: { 'max-connections': 0 } }]);
    expect(vhostLimits.clear('/')).toBe(true);
    expect([vhostLimits.list(), vhostLimits.clear('/')]).toEqual([[], false]);
  });

  it('are a parameter like any', () => {
    broker.parameters.set('vhost-limits', '/', 'limits', { 'max-queues': 1 });
    expect(broker.vhostLimits.get('/', 'max-queues')).toBe(1);
    broker.vhostLimits.set('/', 'max-connections', 2);
    expect(broker.parameters.list()).toEqual([
      {
        component: 'vhost-limits',
        vhost: '/',
        name: 'limits',
        value: { 'max-connections': 2, 'max-queues': 1 },
      },
    ]);
  });

  it.each([
    ['max-cats', 5, 'Unrecognised terms [{<<"max-cats">>,5}] in limits'],
    ['max-queues', '5', 'max-queues should be a number, actually was <<"5">>'],
    ['max-connections', 1.5, 'max-connections should be a number, actually was 1.5'],
    ['max-queues', null, 'max-queues should be a number, actually was null'],
  ])('are refused: %s of %j', (limit, value, fault) => {
    expect(() => broker.vhostLimits.set('/', limit, value)).toThrow(
      `Validation failed\n\n${fault}\n`,
    );
    expect(broker.parameters.list()).toEqual([]);
  });

  it.each([
    [
      { 'max-queues': 1.5, foo: 'x', bar: { a: [1, true, null] } },
      'Unrecognised terms [{<<"bar">>,#{<<"a">> => [1,true,null]}},{<<"foo">>,<<"x">>}] in limits\n' +
        'max-queues should be a number, actually was 1.5',
    ],
    [5, 'limits not a list 5'],
  ])('are refused as a parameter when all is wrong: %j', (value, faults) => {
    expect(() => broker.parameters.set('vhost-limits', '/', 'limits', value)).toThrow(
      `Validation failed\n\n${faults}\n`,
    );
  });

  it('hold for new queues only, whatever else is wrong with them', () => {
    const desk = new Desk(broker);
    desk.queue('one', {}, { durable: true });
    broker.vhostLimits.set('/', 'max-queues', 1);
    const refusal = (queue: string) =>
      `PRECONDITION_FAILED - cannot declare queue '${queue}': queue limit in vhost '/' (1) is reached`;
    expect(outcomeOf(() => desk.queue('two'))).toBe(refusal('two'));
    expect(outcomeOf(() => desk.queue('bad', { 'x-max-length': 'a' }))).toBe(refusal('bad'));
    expect(outcomeOf(() => desk.queue('one', {}, { durable: true }))).toBe('ok');
    desk.vhost.removeQueue(desk.vhost.queue('one'));
    expect(outcomeOf(() => desk.queue('two'))).toBe('ok');
    broker.vhostLimits.set('/', 'max-queues', -1);
    expect(outcomeOf(() => desk.queue('three'))).toBe('ok');
  });

  it('outlive a restart, but not their vhost', () => {
    broker.vhostLimits.set('/', 'max-queues', 3);
    broker.addVhost('other');
    broker.vhostLimits.set('other', 'max-queues', 4);
    const again = brokerOf({ recovered: { facts: broker.facts(), lanes: [], afterCrash: false } });
    expect(again.vhostLimits.get('/', 'max-queues')).toBe(3);
    again.removeVhost('other');
    again.addVhost('other');
    expect(again.vhostLimits.list()).toEqual([{ vhost: '/', limits: { 'max-queues': 3 } }]);
    again.close();
  });
});
