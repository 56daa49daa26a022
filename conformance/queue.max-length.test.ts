import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill, got, numbered } from './kit/messages.ts';
import type { Table } from './kit/wire.ts';

const broker = await target();

async function queueWith(args: Table) {
  const ch = await broker.channel();
  await ch.confirmSelect();
  return { ch, queue: await ch.queue(broker.name('q'), { arguments: args }) };
}

describe('x-max-length', () => {
  it('drops the oldest message for each one too many, and confirms all', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 2 });
    for (const body of numbered(4)) {
      expect(await ch.publishConfirmed({ routingKey: queue }, body)).toBe('ack');
    }
    expect(await ch.drain(queue)).toEqual(['m3', 'm4']);
  });

  it('counts ready messages only', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 1 });
    fill(ch, queue, ['held']);
    const held = await ch.get(queue, { noAck: false });
    fill(ch, queue, ['ready']);
    expect((await ch.get(queue))?.content.text).toBe('ready');
    ch.send('basic.reject', { deliveryTag: held?.deliveryTag ?? 0, requeue: true });
    expect(await ch.drain(queue)).toEqual(['held']);
  });

  it('drops the oldest message when one is requeued into a full queue', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 1 });
    fill(ch, queue, ['old']);
    const held = await ch.get(queue, { noAck: false });
    fill(ch, queue, ['new']);
    ch.send('basic.reject', { deliveryTag: held?.deliveryTag ?? 0, requeue: true });
    expect(await ch.drain(queue)).toEqual(['new']);
  });

  it('of 0 keeps nothing, and lets a waiting consumer have its message', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 0 });
    expect(await ch.publishConfirmed({ routingKey: queue }, 'lost')).toBe('ack');
    expect(await ch.get(queue)).toBeUndefined();
    await ch.call('basic.consume', { queue, noAck: true });
    fill(ch, queue, ['taken']);
    expect((await ch.await('basic.deliver')).content.text).toBe('taken');
  });

  it('sends what it drops to the dead-letter exchange', async () => {
    const ch = await broker.channel();
    const dead = await ch.queue(broker.name('dead'));
    const args = {
      'x-max-length': 1,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': dead,
    };
    const queue = await ch.queue(broker.name('q'), { arguments: args });
    fill(ch, queue, numbered(2));
    const letter = await got(ch, dead);
    expect(letter.content.text).toBe('m1');
    expect(letter.content.properties.headers).toMatchObject({ 'x-first-death-reason': 'maxlen' });
  });
});

describe('x-max-length-bytes', () => {
  it('drops the oldest messages until the bodies fit', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length-bytes': 10 });
    fill(ch, queue, ['aaaa', 'bbbb', 'cc', 'dddd']);
    expect(await ch.drain(queue)).toEqual(['bbbb', 'cc', 'dddd']);
  });

  it('drops a message that is too large by itself, after all before it', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length-bytes': 10 });
    fill(ch, queue, ['aaaa', 'b'.repeat(11)]);
    expect(await ch.drain(queue)).toEqual([]);
  });

  it('counts bodies, not headers or properties', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length-bytes': 4 });
    fill(ch, queue, ['ab', 'cd'], { headers: { big: 'x'.repeat(100) }, messageId: 'long enough' });
    expect(await ch.drain(queue)).toEqual(['ab', 'cd']);
  });

  it('holds together with x-max-length: whichever is reached first', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length-bytes': 4, 'x-max-length': 2 });
    fill(ch, queue, ['a', 'b', 'c']);
    expect(await ch.drain(queue)).toEqual(['b', 'c']);
    fill(ch, queue, ['aaa', 'bbb']);
    expect(await ch.drain(queue)).toEqual(['bbb']);
  });
});

describe('x-overflow', () => {
  it('drop-head is what happens without it', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 1, 'x-overflow': 'drop-head' });
    fill(ch, queue, numbered(2));
    expect(await ch.drain(queue)).toEqual(['m2']);
  });

  it('reject-publish refuses new messages by basic.nack and keeps the old ones', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 2, 'x-overflow': 'reject-publish' });
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm1')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm2')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm3')).toBe('nack');
    expect(await ch.drain(queue)).toEqual(['m1', 'm2']);
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm4')).toBe('ack');
  });

  it('reject-publish drops silently on a channel without confirms', async () => {
    const ch = await broker.channel();
    const args = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
    const queue = await ch.queue(broker.name('q'), { arguments: args });
    fill(ch, queue, numbered(2));
    expect(await ch.drain(queue)).toEqual(['m1']);
    await ch.expectSilence(50);
  });

  it('reject-publish goes by x-max-length-bytes as well', async () => {
    const args = { 'x-max-length-bytes': 4, 'x-overflow': 'reject-publish' };
    const { ch, queue } = await queueWith(args);
    expect(await ch.publishConfirmed({ routingKey: queue }, 'aaaa')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'b')).toBe('nack');
    expect(await ch.drain(queue)).toEqual(['aaaa']);
  });

  it('reject-publish nacks when one of several queues refuses, the others get the message', async () => {
    const { ch, queue } = await queueWith({ 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    const open = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    for (const each of [queue, open]) await ch.call('queue.bind', { queue: each, exchange });
    expect(await ch.publishConfirmed({ exchange }, 'm')).toBe('nack');
    expect(await ch.drain(open)).toEqual(['m']);
  });

  it('reject-publish-dlx refuses and dead-letters the new message', async () => {
    const ch = await broker.channel();
    await ch.confirmSelect();
    const dead = await ch.queue(broker.name('dead'));
    const args = {
      'x-max-length': 1,
      'x-overflow': 'reject-publish-dlx',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': dead,
    };
    const queue = await ch.queue(broker.name('q'), { arguments: args });
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm1')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm2')).toBe('nack');
    const letter = await got(ch, dead);
    expect(letter.content.text).toBe('m2');
    expect(letter.content.properties.headers).toMatchObject({ 'x-first-death-reason': 'maxlen' });
    expect(await ch.drain(queue)).toEqual(['m1']);
  });
});
