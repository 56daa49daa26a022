import { describe, expect, it } from 'vitest';
import { applied, queuePolicyContract } from '../contracts/queue-policy.ts';
import { FakeConsumer, FakeHost, Messages, queueOf } from './fixtures.ts';

queuePolicyContract('a transient queue', {});
queuePolicyContract('a durable queue', { durable: true });
queuePolicyContract('a queue with priorities', { arguments: { 'x-max-priority': 5 } });
queuePolicyContract('a quorum queue', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
queuePolicyContract('a transient queue on disk', { pages: true });
queuePolicyContract('a durable queue on disk', {
  durable: true,
  properties: { deliveryMode: 2 },
  pages: true,
});

describe('a delivery limit by policy', () => {
  it('holds for messages that are out already', () => {
    const host = new FakeHost();
    const messages = new Messages();
    const queue = queueOf(host, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    queue.publish(messages.make('a'));
    consumer.requeue(queue);
    consumer.requeue(queue);
    queue.applyPolicy(applied({ 'delivery-limit': 2 }));
    consumer.requeue(queue);
    expect(host.deaths).toEqual(['delivery_limit a']);
    expect([queue.unacked, queue.ready]).toEqual([0, 0]);
    messages.drop();
  });
});

describe('a policy that is applied', () => {
  it('is told by the queue, and its settings are those of both', () => {
    const queue = queueOf(new FakeHost(), { arguments: { 'x-dead-letter-exchange': 'own' } });
    const policy = applied({ 'dead-letter-exchange': 'other', 'consumer-timeout': 7 });
    queue.applyPolicy(policy);
    expect(queue.policy).toBe(policy);
    expect(queue.settings).toMatchObject({ deadLetterExchange: 'own', consumerTimeoutMs: 7 });
    queue.applyPolicy(undefined);
    expect(queue.policy).toBeUndefined();
    expect(queue.settings.consumerTimeoutMs).toBeUndefined();
  });
});
