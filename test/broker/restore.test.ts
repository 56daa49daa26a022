import { afterEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { factKinds } from '../../src/broker/definition-facts.ts';
import { longstr, table } from '../../src/codec/table.ts';
import type { Logger } from '../../src/kit/logger.ts';
import type { Fact } from '../../src/store/append-log.ts';
import type { RecoveredLane } from '../../src/store/recovered.ts';
import { SlowLog } from '../kit/slow-log.ts';
import { FakeConsumer } from '../queues/fixtures.ts';
import { brokerOf, Desk } from './fixtures.ts';

const brokers: Broker[] = [];

afterEach(() => {
  for (const broker of brokers) broker.close();
  brokers.length = 0;
});

interface Warning {
  readonly fields: object;
  readonly text: string;
}

function start(facts: readonly Fact[], lanes: readonly RecoveredLane[] = []) {
  const log = new SlowLog({ isEager: true });
  const warnings: Warning[] = [];
  const silent = (): void => {};
  const logger: Logger = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (fields: object, text: string) => warnings.push({ fields, text }),
  };
  const broker = brokerOf({ log, logger, recovered: { facts, lanes, afterCrash: false } });
  brokers.push(broker);
  return { broker, log, warnings };
}

/** The facts of a broker of whom a desk has asked something. */
function factsAfter(work: (desk: Desk, broker: Broker) => void): readonly Fact[] {
  const { broker, log } = start([]);
  work(new Desk(broker), broker);
  return log.facts;
}

const kindsOf = (facts: readonly Fact[]): readonly (string | undefined)[] =>
  facts.map(({ kind }) => Object.entries(factKinds).find(([, { octet }]) => octet === kind)?.[0]);

const firstKinds = [
  'vhostAdded',
  'vhostMetadataSet',
  'userSet',
  'permissionsSet',
  'globalParameterSet',
];

describe('a node whose log is empty', () => {
  it('has the first user and vhost, and tells the log of them', () => {
    const { broker, log } = start([]);
    expect(broker.users.authenticate('guest', 'guest')).toBeDefined();
    expect(broker.permissions.mayAccessVhost('guest', '/')).toBe(true);
    expect(kindsOf(log.facts)).toEqual(firstKinds);
  });

  it('says nothing to the log of what every vhost has, nor of what ends with its connection', () => {
    const facts = factsAfter((desk) => {
      desk.exchange('transient');
      desk.queue('transient');
      desk.queue('exclusive', {}, { exclusive: true, durable: true });
      desk.exchange('x', 'fanout', { durable: true });
      desk.queue('q', {}, { durable: true });
      desk.bind('amq.fanout', 'transient');
      desk.bind('amq.fanout', 'exclusive');
      desk.bind('x', 'transient');
      desk.bind('transient', 'q');
      desk.bind('amq.fanout', 'q');
      desk.unbind('x', 'transient');
    });
    expect(kindsOf(facts).slice(firstKinds.length)).toEqual([
      'exchangeDeclared',
      'queueDeclared',
      'bindingAdded',
    ]);
  });

  it('says nothing to the log of what was there already', () => {
    const facts = factsAfter((desk) => {
      for (let i = 0; i < 3; i++) {
        desk.exchange('x', 'fanout', { durable: true });
        desk.queue('q', {}, { durable: true });
        desk.bind('x', 'q');
      }
      for (let i = 0; i < 3; i++) desk.unbind('x', 'q');
    });
    expect(kindsOf(facts).slice(firstKinds.length)).toEqual([
      'exchangeDeclared',
      'queueDeclared',
      'bindingAdded',
      'bindingRemoved',
    ]);
  });

  it('tells the log of every exchange that goes with the last binding from it', () => {
    const facts = factsAfter((desk) => {
      for (const name of ['a', 'b']) {
        desk.exchange(name, 'fanout', { durable: true, autoDelete: true });
      }
      desk.queue('q');
      desk.bind('a', 'b', '', 'exchange');
      desk.bind('b', 'q');
      desk.vhost.removeQueue(desk.vhost.queue('q'));
    });
    expect(kindsOf(facts).slice(firstKinds.length + 3)).toEqual([
      'exchangeDeleted',
      'exchangeDeleted',
    ]);
  });
});

describe('a node that has been there before', () => {
  it('has its users with their passwords, and not the first one when that was removed', () => {
    const facts = factsAfter((_, broker) => {
      broker.users.add({ name: 'ada', password: 'engine', tags: ['administrator'] });
      broker.permissions.set('ada', '/', { configure: 'c', write: 'w', read: '' });
      broker.users.add({ name: 'nobody' });
      broker.removeUser('guest');
    });
    const { broker } = start(facts);
    expect(broker.users.get('ada')?.tags).toEqual(['administrator']);
    expect(broker.users.authenticate('ada', 'engine')).toBeDefined();
    expect(broker.users.authenticate('nobody', '')).toBeUndefined();
    expect(broker.users.get('nobody')?.passwordHash).toBeUndefined();
    expect(broker.permissions.list()).toEqual([
      { user: 'ada', vhost: '/', configure: 'c', write: 'w', read: '' },
    ]);
    expect(broker.users.get('guest')).toBeUndefined();
  });

  it('has no vhost when the last one was removed', () => {
    const facts = factsAfter((desk, broker) => {
      desk.queue('q', {}, { durable: true });
      broker.removeVhost('/');
      broker.addVhost('other');
      broker.removeVhost('other');
    });
    const { broker } = start(facts);
    expect(broker.vhosts.size).toBe(0);
    expect(broker.users.get('guest')).toBeDefined();
    expect(start(broker.facts()).broker.vhosts.size).toBe(0);
  });

  it('has its exchanges, queues and bindings as they were declared', () => {
    const facts = factsAfter((desk) => {
      desk.queue('alternate', {}, { durable: true });
      desk.exchange('ae', 'fanout', { durable: true, internal: true });
      desk.bind('ae', 'alternate');
      desk.exchange('x', 'topic', {
        durable: true,
        autoDelete: true,
        arguments: table({ 'alternate-exchange': 'ae', note: { type: 's', value: 1 } }),
      });
      desk.queue('q', { 'x-max-priority': { type: 'B', value: 5 } }, { durable: true });
      desk.bind('x', 'q', 'a.*');
    });
    const desk = new Desk(start(facts).broker);
    const { vhost } = desk;
    expect(vhost.exchange('ae').internal).toBe(true);
    expect(vhost.exchange('x').autoDelete).toBe(true);
    expect(vhost.exchange('x').alternateExchange).toBe('ae');
    expect(vhost.exchange('x').arguments.get('note')).toEqual({ type: 's', value: 1 });
    expect(vhost.queue('q').settings.maxPriority).toBe(5);
    expect(vhost.queue('q').arguments.get('x-max-priority')).toEqual({ type: 'B', value: 5 });
    desk.publish('x', 'a.b', 'one');
    desk.publish('x', 'b', 'two');
    expect([vhost.queue('q').ready, vhost.queue('alternate').ready]).toEqual([1, 1]);
  });

  it('goes on above all numbers that queues have had', () => {
    const facts = factsAfter((desk) => {
      for (const name of ['a', 'b', 'c']) desk.queue(name, {}, { durable: true });
      desk.vhost.removeQueue(desk.vhost.queue('c'));
    });
    expect(new Desk(start(facts).broker).queue('next').number).toBe(4);
    const { broker } = start(start(facts).broker.facts());
    expect(new Desk(broker).queue('next').number).toBe(4);
    const lane = { queue: 70, priority: 0, next: 1, count: 0, bytes: 0, expires: false };
    expect(new Desk(start(facts, [lane]).broker).queue('next').number).toBe(71);
  });

  it('keeps the numbers of its queues', () => {
    const facts = factsAfter((desk) => {
      for (const name of ['a', 'b']) desk.queue(name, {}, { durable: true });
      desk.vhost.removeQueue(desk.vhost.queue('a'));
      desk.queue('a', {}, { durable: true });
    });
    const { broker } = start(facts);
    const [b, a] = broker.vhosts.get('/')?.queues.values() ?? [];
    expect([b?.number, a?.number].sort()).toEqual([2, 3]);
    expect(broker.vhosts.get('/')?.queues.get('a')?.number).toBe(3);
  });

  it('keeps an auto-delete queue until a consumer has come and gone', () => {
    const facts = factsAfter((desk) => desk.queue('q', {}, { durable: true, autoDelete: true }));
    const { broker, log } = start(facts);
    const { vhost } = new Desk(broker);
    const consumer = new FakeConsumer();
    const queue = vhost.queue('q');
    queue.addConsumer(consumer);
    expect(vhost.queues.has('q')).toBe(true);
    queue.removeConsumer(consumer);
    expect(vhost.queues.has('q')).toBe(false);
    expect(kindsOf(log.facts)).toEqual(['queueDeleted']);
  });

  it('keeps an auto-delete exchange that comes back without its bindings', () => {
    const facts = factsAfter((desk) => {
      desk.exchange('x', 'fanout', { durable: true, autoDelete: true });
      desk.queue('transient');
      desk.bind('x', 'transient');
    });
    const { vhost } = new Desk(start(facts).broker);
    expect(vhost.exchange('x').bindings.size).toBe(0);
  });

  it('drops messages of queues that are gone, and says so', () => {
    const facts = factsAfter((desk) => desk.queue('q', {}, { durable: true }));
    const lanes = [
      { queue: 8, priority: 0, next: 9, count: 4, bytes: 40, expires: false },
      { queue: 8, priority: 1, next: 9, count: 5, bytes: 50, expires: false },
    ];
    const { log, warnings } = start(facts, lanes);
    expect(log.dropped).toEqual([8]);
    expect(warnings).toEqual([
      {
        fields: { queueNumber: 8, messages: 9 },
        text: expect.stringContaining('queue that is gone'),
      },
    ]);
  });

  it('says what it does not understand, and goes on', () => {
    const facts = factsAfter(() => {});
    const unknown = { kind: 250, payload: new Uint8Array(0) };
    const { warnings } = start([...facts, unknown, unknown]);
    expect(warnings.map(({ fields }) => fields)).toEqual([{ kind: 250 }]);
  });

  it('says which bindings have lost an end, and goes on', () => {
    const facts = factsAfter(() => {});
    const binding = {
      vhost: '/',
      source: 'amq.direct',
      destination: 'nowhere',
      destinationKind: 'queue',
      routingKey: '',
      arguments: table({}),
    } as const;
    const { warnings, broker } = start([...facts, factKinds.bindingAdded.factOf(binding)]);
    expect(warnings.map(({ text }) => text)).toEqual([expect.stringContaining('without an end')]);
    expect(broker.vhosts.get('/')?.bindings.size).toBe(0);
  });

  it('does not start without a queue that it cannot make', () => {
    const facts = factsAfter(() => {});
    const queue = {
      vhost: '/',
      name: 'q',
      number: 1,
      autoDelete: false,
      arguments: table({ 'x-max-length': longstr('many') }),
    };
    const bad = factKinds.queueDeclared.factOf(queue);
    expect(() => start([...facts, bad])).toThrow(
      /queue 'q' in vhost '\/' cannot be brought back: invalid arg 'x-max-length'/,
    );
  });

  it('lists what is durable anew when it has changed, and only then', () => {
    const { broker } = start([]);
    const desk = new Desk(broker);
    const before = broker.facts();
    desk.queue('transient');
    expect(broker.facts()).toBe(before);
    desk.queue('q', {}, { durable: true });
    expect(kindsOf(broker.facts())).toEqual([...kindsOf(before), 'queueDeclared']);
    broker.users.add({ name: 'ada' });
    expect(broker.facts()).toHaveLength(before.length + 2);
  });

  it('leaves everything in the log when it ends', () => {
    const { broker, log } = start([]);
    const desk = new Desk(broker);
    desk.queue('q', {}, { durable: true });
    desk.publish('', 'q', 'a', { deliveryMode: 2 });
    const before = log.appended;
    broker.close();
    expect(log.appended).toBe(before);
  });
});
