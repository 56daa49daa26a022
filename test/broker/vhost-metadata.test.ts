import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { plainMetadata } from '../../src/broker/vhost-metadata.ts';
import { longstr } from '../../src/codec/table.ts';
import { brokerOf, Desk, outcomeOf } from './fixtures.ts';

let broker: Broker;

beforeEach(() => {
  broker = brokerOf();
});

afterEach(() => {
  broker.close();
});

describe('what is said of a vhost', () => {
  it('is nothing unless somebody says it, and changes piece by piece', () => {
    const vhost = broker.addVhost('v');
    expect(vhost.metadata).toEqual(plainMetadata);
    broker.setVhostMetadata('v', { description: 'for tests', tags: ['a', 'b'] });
    broker.setVhostMetadata('v', { defaultQueueType: 'quorum', protectedFromDeletion: true });
    expect(vhost.metadata).toEqual({
      description: 'for tests',
      tags: ['a', 'b'],
      defaultQueueType: 'quorum',
      protectedFromDeletion: true,
      tracing: false,
    });
    broker.setVhostMetadata('v', { defaultQueueType: undefined });
    expect(vhost.metadata.defaultQueueType).toBeUndefined();
  });

  it('outlives a restart', () => {
    broker.addVhost('v', { description: 'für Tests', tags: ['x'], defaultQueueType: 'quorum' });
    broker.setVhostMetadata('v', { tracing: true });
    const { metadata } = broker.vhosts.get('v') ?? {};
    const again = brokerOf({ recovered: { facts: broker.facts(), lanes: [], afterCrash: false } });
    expect(again.vhosts.get('v')?.metadata).toEqual(metadata);
    expect(again.vhosts.get('/')?.metadata.description).toBe('Default virtual host');
    again.removeVhost('v');
    expect(again.addVhost('v').metadata).toEqual(plainMetadata);
    again.close();
  });

  it('is refused for a vhost or a queue type that is not there', () => {
    expect(outcomeOf(() => broker.setVhostMetadata('none', {}))).toBe(
      "NOT_FOUND - no vhost 'none'",
    );
    const refusal = "PRECONDITION_FAILED - Unsupported queue type: 'cats'";
    expect(outcomeOf(() => broker.setVhostMetadata('/', { defaultQueueType: 'cats' }))).toBe(
      refusal,
    );
    expect(outcomeOf(() => broker.addVhost('v', { defaultQueueType: 'cats' }))).toBe(refusal);
    expect(broker.vhosts.has('v')).toBe(false);
  });
});

describe('the default queue type of a vhost', () => {
  const durable = { durable: true };
  const typeOf = (desk: Desk, name: string) => desk.vhost.queue(name).settings.queueType;

  it('is an argument of queues that are declared without one', () => {
    const desk = new Desk(broker);
    broker.setVhostMetadata('/', { defaultQueueType: 'quorum' });
    const queue = desk.queue('q', { 'x-max-length': { type: 's', value: 7 } }, durable);
    expect(queue.settings.queueType).toBe('quorum');
    expect([...queue.arguments]).toEqual([
      ['x-max-length', { type: 's', value: 7 }],
      ['x-queue-type', longstr('quorum')],
    ]);
    desk.queue('c', { 'x-queue-type': 'classic' }, durable);
    expect(typeOf(desk, 'c')).toBe('classic');
  });

  it('leaves queues alone that it does not suit', () => {
    const desk = new Desk(broker);
    broker.setVhostMetadata('/', { defaultQueueType: 'quorum' });
    desk.queue('transient');
    desk.queue('exclusive', {}, { durable: true, exclusive: true });
    desk.queue('auto-delete', {}, { durable: true, autoDelete: true });
    const { name } = desk.queue('', {}, durable);
    const types = ['transient', 'exclusive', 'auto-delete', name].map((each) => typeOf(desk, each));
    expect(types).toEqual(['classic', 'classic', 'classic', 'classic']);
  });

  it('does not refuse a queue that was there before it, or under another default', () => {
    const desk = new Desk(broker);
    const { autoDelete } = desk.queue('before', {}, durable);
    broker.setVhostMetadata('/', { defaultQueueType: 'quorum' });
    desk.queue('quorum', {}, durable);
    const redeclared = (name: string, type?: string) =>
      outcomeOf(() =>
        desk.queue(name, type === undefined ? {} : { 'x-queue-type': type }, durable),
      );
    expect([autoDelete, redeclared('before'), redeclared('quorum')]).toEqual([false, 'ok', 'ok']);
    expect(redeclared('quorum', 'quorum')).toBe('ok');
    broker.setVhostMetadata('/', { defaultQueueType: 'classic' });
    expect([redeclared('before'), redeclared('quorum')]).toEqual(['ok', 'ok']);
    expect(redeclared('quorum', 'classic')).toBe(
      "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'quorum' in vhost '/': " +
        "received 'classic' but current is 'quorum'",
    );
    expect(redeclared('before', 'quorum')).toContain("inequivalent arg 'x-queue-type'");
  });
});
