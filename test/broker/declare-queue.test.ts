import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { deletableQueue, purgeQueue, readableQueue } from '../../src/broker/declare-queue.ts';
import { FakeConsumer } from '../queues/fixtures.ts';
import { brokerOf, Desk, outcomeOf } from './fixtures.ts';

let broker: Broker;
let desk: Desk;
let stranger: Desk;

beforeEach(() => {
  broker = brokerOf();
  desk = new Desk(broker);
  stranger = new Desk(broker);
});

const locked = (name: string) =>
  `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${name}' in vhost '/'. It ` +
  'could be originally declared on another connection or the exclusive property value does not ' +
  'match that of the original declaration.';
const missing = (name: string) => `NOT_FOUND - no queue '${name}' in vhost '/'`;
const unconditional = { ifUnused: false, ifEmpty: false };

describe('declaring a queue', () => {
  it('makes it once and finds it from then on', () => {
    const queue = desk.queue('q', { 'x-max-length': 3 });
    expect(queue).toMatchObject({ name: 'q', vhost: '/', durable: false, autoDelete: false });
    expect(queue.settings.maxLength).toBe(3);
    expect(stranger.queue('q', { 'x-max-length': 3 })).toBe(queue);
    expect(desk.vhost.queues.size).toBe(1);
  });

  it('gives each queue of the node a number of its own', () => {
    const numbers = ['a', 'b', 'c'].map((name) => desk.queue(name).number);
    expect(new Set(numbers).size).toBe(3);
  });

  it('makes up a name when it is given none', () => {
    const [one, two] = [desk.queue(''), desk.queue('')];
    expect(one.name).toMatch(/^amq\.gen-[\w-]{22}$/);
    expect(two.name).not.toBe(one.name);
  });

  it('takes line ends out of the name', () => {
    expect(desk.queue('a\r\nb\n').name).toBe('ab');
  });

  it('keeps the server’s own names for the server', () => {
    expect(outcomeOf(() => desk.queue('amq.mine'))).toBe(
      "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'",
    );
  });

  it('refuses what is not the queue that is there', () => {
    desk.queue('q', {}, { durable: true });
    expect(outcomeOf(() => desk.queue('q'))).toBe(
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': " +
        "received 'false' but current is 'true'",
    );
    expect(outcomeOf(() => desk.queue('q', { 'x-max-length': 1 }, { durable: true }))).toBe(
      "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '/': " +
        "received the value '1' of type 'long' but current is none",
    );
  });

  it('makes nothing of arguments that it refuses', () => {
    expect(outcomeOf(() => desk.queue('q', { 'x-message-ttl': -1 }))).toMatch(
      /^PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'q' in vhost '\/': /,
    );
    expect(desk.vhost.queues.size).toBe(0);
  });

  it('passively, only finds', () => {
    expect(outcomeOf(() => desk.queue('q', {}, { passive: true }))).toBe(missing('q'));
    const queue = desk.queue('q', {}, { durable: true });
    expect(stranger.queue('q', {}, { passive: true })).toBe(queue);
  });
});

describe('an exclusive queue', () => {
  it('is its owner’s alone', () => {
    const queue = desk.queue('mine', {}, { exclusive: true });
    expect(desk.queue('mine', {}, { exclusive: true })).toBe(queue);
    for (const attempt of [
      () => stranger.queue('mine', {}, { exclusive: true }),
      () => stranger.queue('mine', {}, { passive: true }),
      () => stranger.queue('mine'),
      () => readableQueue(stranger, 'mine'),
      () => purgeQueue(stranger, 'mine'),
      () => deletableQueue(stranger, 'mine', unconditional),
      () => stranger.bind('amq.fanout', 'mine'),
    ]) {
      expect(outcomeOf(attempt)).toBe(locked('mine'));
    }
  });

  it('cannot be declared as anything else, even by its owner', () => {
    desk.queue('mine', {}, { exclusive: true });
    desk.queue('ours');
    expect(outcomeOf(() => desk.queue('mine'))).toBe(locked('mine'));
    expect(outcomeOf(() => desk.queue('ours', {}, { exclusive: true }))).toBe(locked('ours'));
  });

  // RabbitMQ 3.10.8 takes either for the same queue.
  it('is never durable, whatever was asked', () => {
    const queue = desk.queue('mine', {}, { exclusive: true, durable: true });
    expect(queue.durable).toBe(false);
    expect(desk.queue('mine', {}, { exclusive: true, durable: false })).toBe(queue);
    expect(desk.queue('mine', {}, { exclusive: true, durable: true })).toBe(queue);
  });

  it('goes with its owner', () => {
    const [one, two] = ['1', '2'].map((name) => desk.queue(name, {}, { exclusive: true }));
    const shared = desk.queue('shared');
    const other = stranger.queue('other', {}, { exclusive: true });
    desk.vhost.removeOwned(desk);
    desk.vhost.removeOwned(desk);
    expect([...desk.vhost.queues.keys()]).toEqual(['shared', 'other']);
    expect([one?.deleted, two?.deleted, shared.deleted, other.deleted]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('that was deleted before takes no other with it', () => {
    const first = desk.queue('q', {}, { exclusive: true });
    desk.vhost.removeQueue(first);
    const second = stranger.queue('q');
    desk.vhost.removeOwned(desk);
    expect(desk.vhost.queues.get('q')).toBe(second);
  });
});

describe('deleting a queue', () => {
  it('finds nothing to delete where there is nothing', () => {
    expect(deletableQueue(desk, 'q', unconditional)).toBeUndefined();
  });

  it('is refused, if asked to be, while messages wait or somebody consumes', () => {
    const queue = desk.queue('q');
    const consumer = new FakeConsumer({ credit: 0 });
    queue.addConsumer(consumer);
    const remove = (ifUnused: boolean, ifEmpty: boolean) =>
      outcomeOf(() => deletableQueue(desk, 'q', { ifUnused, ifEmpty }));
    expect(remove(true, false)).toBe("PRECONDITION_FAILED - queue 'q' in vhost '/' in use");
    expect(remove(false, true)).toBe('ok');
    desk.publish('', 'q', 'a');
    expect(remove(true, true)).toBe("PRECONDITION_FAILED - queue 'q' in vhost '/' not empty");
    expect(remove(false, false)).toBe('ok');
    queue.removeConsumer(consumer);
    expect(remove(true, false)).toBe('ok');
    queue.purge();
    expect(remove(true, true)).toBe('ok');
  });

  it('takes its bindings along and leaves an equally named one alone', () => {
    const first = desk.queue('q');
    desk.bind('amq.fanout', 'q');
    expect(desk.vhost.removeQueue(first)).toBe(0);
    const second = desk.queue('q');
    expect(desk.vhost.bindings.size).toBe(0);
    desk.vhost.removeQueue(first);
    expect(desk.vhost.queues.get('q')).toBe(second);
  });

  it('tells how many messages went with it', () => {
    const queue = desk.queue('q');
    for (const body of ['a', 'b']) desk.publish('', 'q', body);
    expect(desk.vhost.removeQueue(queue)).toBe(2);
    expect(outcomeOf(() => readableQueue(desk, 'q'))).toBe(missing('q'));
  });
});

describe('purging a queue', () => {
  it('tells how many messages went', () => {
    desk.queue('q');
    for (const body of ['a', 'b']) desk.publish('', 'q', body);
    expect(purgeQueue(desk, 'q')).toBe(2);
    expect(purgeQueue(desk, 'q')).toBe(0);
    expect(outcomeOf(() => purgeQueue(desk, 'none'))).toBe(missing('none'));
  });
});

describe('permissions', () => {
  const refused = (permission: string, resource: string) =>
    `ACCESS_REFUSED - ${permission} access to ${resource} in vhost '/' refused for user 'ada'`;
  let ada: Desk;

  function allow(configure: string, write: string, read: string): void {
    broker.permissions.set('ada', '/', { configure, write, read });
  }

  beforeEach(() => {
    ada = new Desk(broker, 'ada');
  });

  it('are needed to declare and to delete: configure', () => {
    allow('^mine-', '', '');
    expect(outcomeOf(() => ada.queue('mine-1'))).toBe('ok');
    expect(outcomeOf(() => ada.queue('other'))).toBe(refused('configure', "queue 'other'"));
    desk.queue('other');
    expect(outcomeOf(() => deletableQueue(ada, 'other', unconditional))).toBe(
      refused('configure', "queue 'other'"),
    );
    expect(outcomeOf(() => deletableQueue(ada, 'mine-1', unconditional))).toBe('ok');
  });

  it('are not needed to ask whether a queue is there', () => {
    allow('', '', '');
    desk.queue('q');
    expect(outcomeOf(() => ada.queue('q', {}, { passive: true }))).toBe('ok');
  });

  it('are needed to consume and to purge: read', () => {
    allow('', '', '^r$');
    desk.queue('r');
    desk.queue('q');
    expect(outcomeOf(() => readableQueue(ada, 'r'))).toBe('ok');
    expect(outcomeOf(() => purgeQueue(ada, 'r'))).toBe('ok');
    expect(outcomeOf(() => readableQueue(ada, 'q'))).toBe(refused('read', "queue 'q'"));
    expect(outcomeOf(() => purgeQueue(ada, 'q'))).toBe(refused('read', "queue 'q'"));
    expect(outcomeOf(() => readableQueue(ada, 'missing'))).toBe(refused('read', "queue 'missing'"));
  });

  it('are needed for a dead-letter exchange: read the queue, write the exchange', () => {
    const arguments_ = { 'x-dead-letter-exchange': 'dlx' };
    allow('.*', '', '');
    expect(outcomeOf(() => ada.queue('q', arguments_))).toBe(refused('read', "queue 'q'"));
    allow('.*', '', '.*');
    expect(outcomeOf(() => ada.queue('q', arguments_))).toBe(refused('write', "exchange 'dlx'"));
    expect(broker.vhosts.get('/')?.queues.size).toBe(0);
    allow('.*', '^dlx$', '.*');
    expect(outcomeOf(() => ada.queue('q', arguments_))).toBe('ok');
  });
});
