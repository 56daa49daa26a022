import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill, numbered } from './kit/messages.ts';
import { locked, noPreviousQueue, noQueue } from './kit/texts.ts';

const broker = await target();

describe('queue.delete', () => {
  it('removes the queue and answers how many ready messages it had', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(3));
    await ch.get(queue, { noAck: false });
    expect(await ch.call('queue.delete', { queue })).toEqual({ messageCount: 2 });
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('answers zero messages for a queue that does not exist', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    expect(await ch.call('queue.delete', { queue })).toEqual({ messageCount: 0 });
    const both = { queue, ifUnused: true, ifEmpty: true };
    expect(await ch.call('queue.delete', both)).toEqual({ messageCount: 0 });
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.send('queue.delete', { queue, noWait: true });
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('removes the bindings: a new queue of that name gets nothing', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange: 'amq.direct', routingKey: queue });
    await ch.call('queue.delete', { queue });
    await ch.queue(queue);
    ch.publish({ exchange: 'amq.direct', routingKey: queue, mandatory: true }, 'm');
    await ch.expect('basic.return');
    expect(await ch.drain(queue)).toEqual([]);
  });

  it('allows another queue of that name with other properties', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { durable: true });
    fill(ch, queue, ['old']);
    await ch.call('queue.delete', { queue });
    const again = await ch.call('queue.declare', { queue, autoDelete: true });
    expect(again).toEqual({ queue, messageCount: 0, consumerCount: 0 });
  });

  it('cancels the consumers of clients that can be told', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const consumer = await broker.channel();
    const { consumerTag } = await consumer.call('basic.consume', { queue });
    await ch.call('queue.delete', { queue });
    expect(await consumer.expect('basic.cancel')).toEqual({ consumerTag, noWait: true });
  });

  it('drops unacknowledged messages: acknowledging them later is no error', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m']);
    const held = await ch.get(queue, { noAck: false });
    await ch.call('queue.delete', { queue });
    ch.send('basic.ack', { deliveryTag: held?.deliveryTag ?? 0 });
    expect(await ch.call('channel.flow', { active: true })).toEqual({ active: true });
  });

  it('means the last declared queue by the empty name', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.delete');
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('closes the channel with 404 for the empty name when no queue was declared on the channel', async () => {
    const ch = await broker.channel();
    await ch.fails('queue.delete', {}, 404, noPreviousQueue);
  });

  it('closes the channel with 405 for a queue exclusive to another connection', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    const ch = await broker.channel();
    await ch.fails('queue.delete', { queue, ifUnused: true }, 405, locked(queue));
  });

  it('drops carriage returns and line feeds from the name', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.delete', { queue: `${queue}\r\n` });
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const { queue } = await ch.assertQueue(broker.name('q'));
    ch.sendToQueue(queue, Buffer.from('m'));
    expect(await ch.deleteQueue(queue)).toEqual({ messageCount: 1 });
  });
});

describe('queue.delete if-unused and if-empty', () => {
  it('closes the channel with 406 when if-unused finds a consumer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('basic.consume', { queue });
    const text = `PRECONDITION_FAILED - queue '${queue}' in vhost '/' in use`;
    await ch.fails('queue.delete', { queue, ifUnused: true }, 406, text);
  });

  it('closes the channel with 406 when if-empty finds a ready message', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m']);
    const text = `PRECONDITION_FAILED - queue '${queue}' in vhost '/' not empty`;
    await ch.fails('queue.delete', { queue, ifEmpty: true }, 406, text);
    expect(await (await broker.channel()).drain(queue)).toEqual(['m']);
  });

  it('says not empty when both conditions fail', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m1', 'm2']);
    await ch.call('basic.qos', { prefetchCount: 1 });
    await ch.call('basic.consume', { queue });
    await ch.expect('basic.deliver');
    const text = `PRECONDITION_FAILED - queue '${queue}' in vhost '/' not empty`;
    await ch.fails('queue.delete', { queue, ifUnused: true, ifEmpty: true }, 406, text);
  });

  it('counts neither unacknowledged messages nor cancelled consumers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m']);
    const { consumerTag } = await ch.call('basic.consume', { queue });
    await ch.expect('basic.deliver');
    await ch.call('basic.cancel', { consumerTag });
    const both = { queue, ifUnused: true, ifEmpty: true };
    expect(await ch.call('queue.delete', both)).toEqual({ messageCount: 0 });
  });
});
