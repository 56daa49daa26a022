import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, got, numbered, pause } from './kit/messages.ts';
import { frameType } from './kit/peer-channel.ts';

const broker = await target();

async function channelWithQueue() {
  const ch = await broker.channel();
  return { ch, queue: await ch.queue(broker.name('q')) };
}

/** Octets that are not the same everywhere. */
function patterned(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 7 + (at >> 8)) & 0xff;
  return bytes;
}

describe('basic.publish', () => {
  it('routes through the default exchange to the queue that the key names', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['hello']);
    const message = await ch.get(queue);
    expect(message).toMatchObject({ exchange: '', routingKey: queue, messageCount: 0 });
    expect(message?.content.text).toBe('hello');
  });

  it('drops a message that no queue gets, without a word', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: broker.name('q') }, 'lost');
    ch.publish({ exchange: 'amq.direct', routingKey: broker.name('q') }, 'lost');
    await ch.expectSilence();
  });

  it('closes the channel with 404 when the exchange does not exist', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    ch.publish({ exchange, routingKey: 'key' }, 'lost');
    const text = `NOT_FOUND - no exchange '${exchange}' in vhost '/'`;
    await ch.expectClose(404, text, 'basic.publish');
  });

  it('leaves the connection and its other channels alone after that 404', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const other = await peer.channel();
    const queue = await other.queue(broker.name('q'));
    ch.publish({ exchange: broker.name('x'), mandatory: true }, 'lost');
    await ch.expectClose(404, /^NOT_FOUND - no exchange/, 'basic.publish');
    fill(other, queue, ['m1']);
    expect((await other.get(queue))?.content.text).toBe('m1');
    await ch.call('channel.open');
  });

  it('closes the channel with 403 when the exchange is internal', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'direct', internal: true });
    ch.publish({ exchange, routingKey: 'key' }, 'lost');
    await ch.expectClose(
      403,
      `ACCESS_REFUSED - cannot publish to internal exchange '${exchange}' in vhost '/'`,
      'basic.publish',
    );
  });

  it('closes the connection with 540 when immediate is set', async () => {
    const { ch, queue } = await channelWithQueue();
    ch.publish({ routingKey: queue, immediate: true }, 'lost');
    await ch.peer.expectClose(540, 'NOT_IMPLEMENTED - immediate=true', 'basic.publish');
  });

  it('keeps the order of a channel', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, numbered(500));
    await consume(ch, queue, 'a', { noAck: true });
    expect(await bodies(ch, 500)).toEqual(numbered(500));
  });

  it('keeps the order of a channel over several exchanges and message sizes', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.call('queue.bind', { queue, exchange: 'amq.topic', routingKey: `${queue}.#` });
    const sent: string[] = [];
    for (let at = 0; at < 20; at += 1) {
      const body = `${at}.`.padEnd(at % 3 === 0 ? 200_000 : at, 'x');
      sent.push(body);
      if (at % 2 === 0) ch.publish({ routingKey: queue }, body);
      else ch.publish({ exchange: 'amq.topic', routingKey: `${queue}.key` }, body);
    }
    expect((await ch.drain(queue)).map((body) => body.split('.')[0])).toEqual(
      sent.map((body) => body.split('.')[0]),
    );
  });
});

describe('the body of a message', () => {
  it('may be empty, and then comes without a body frame', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, [''], { type: 'empty' });
    const message = await ch.get(queue);
    expect(message?.content).toMatchObject({ text: '', split: [], properties: { type: 'empty' } });
    await consume(ch, queue, 'a');
    fill(ch, queue, ['']);
    expect((await ch.expect('basic.deliver')).content.split).toEqual([]);
  });

  it('comes in frames of the size that was negotiated', async () => {
    const sender = await broker.channel();
    const queue = await sender.queue(broker.name('q'));
    const body = patterned(20_000);
    sender.publish({ routingKey: queue }, body);
    const small = await broker.channel({ tune: { frameMax: 4096 } });
    const message = await small.get(queue);
    expect(message?.content.body.equals(body)).toBe(true);
    expect(message?.content.split).toEqual([4088, 4088, 4088, 4088, 3648]);
  });

  it('fills a frame of the negotiated size to the last octet', async () => {
    const ch = await broker.channel({ tune: { frameMax: 4096 } });
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['x'.repeat(4088), 'x'.repeat(4089)]);
    expect((await ch.get(queue))?.content.split).toEqual([4088]);
    expect((await ch.get(queue))?.content.split).toEqual([4088, 1]);
  });

  it('may be cut into frames of any size', async () => {
    const { ch, queue } = await channelWithQueue();
    ch.send('basic.publish', { routingKey: queue });
    ch.content('abcdefghij', {}, { split: [1, 2, 3, 4] });
    expect((await ch.get(queue))?.content.text).toBe('abcdefghij');
  });

  it('may be interleaved with other channels frame by frame', async () => {
    const peer = await broker.peer();
    const a = await peer.channel();
    const b = await peer.channel();
    const queue = await a.queue(broker.name('q'));
    a.send('basic.publish', { routingKey: queue });
    b.send('basic.publish', { routingKey: queue });
    a.content('', {}, { bodySize: 4 });
    b.content('', {}, { bodySize: 4 });
    a.frame(frameType.body, Buffer.from('aa'));
    b.frame(frameType.body, Buffer.from('bbbb'));
    await pause(20);
    a.frame(frameType.body, Buffer.from('AA'));
    const bodiesGot = [await got(a, queue), await got(a, queue)].map(({ content }) => content.text);
    expect(bodiesGot.sort()).toEqual(['aaAA', 'bbbb']);
  });

  it('of several megabytes arrives octet for octet', async () => {
    const { ch, queue } = await channelWithQueue();
    const body = patterned(5_000_001);
    ch.publish({ routingKey: queue }, body);
    await consume(ch, queue, 'a');
    const delivery = await ch.expect('basic.deliver');
    expect(delivery.content.body.equals(body)).toBe(true);
  });

  it('closes the channel with 406 when it is larger than the maximum', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const size = 128 * 1024 * 1024 + 1;
    ch.send('basic.publish', { routingKey: queue });
    ch.content('', {}, { bodySize: size });
    const piece = Buffer.alloc(ch.peer.frameMax - 8);
    for (let left = size; left > 0; left -= piece.length) {
      ch.frame(frameType.body, piece.subarray(0, left));
    }
    const text =
      /^PRECONDITION_FAILED - message size 134217729 is larger than configured max size \d+$/;
    const close = await ch.expect('channel.close', 30_000);
    expect(close).toMatchObject({ replyCode: 406, classId: 60, methodId: 40 });
    expect(close.replyText).toMatch(text);
  }, 40_000);

  it('is the same for every queue and for every redelivery', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    for (const name of [queue, other]) await ch.call('queue.bind', { queue: name, exchange });
    const body = patterned(150_000);
    ch.publish({ exchange }, body, { headers: { a: 1 } });
    const first = await got(ch, queue, { noAck: false });
    ch.send('basic.reject', { deliveryTag: first.deliveryTag, requeue: true });
    const again = await got(ch, queue);
    const second = await got(ch, other);
    for (const { content } of [first, again, second]) {
      expect(content.body.equals(body)).toBe(true);
      expect(content.properties).toEqual({ headers: { a: 1 } });
    }
    expect([first, again, second].map(({ redelivered }) => redelivered)).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('the mandatory flag', () => {
  it('changes nothing when a queue gets the message', async () => {
    const { ch, queue } = await channelWithQueue();
    ch.publish({ routingKey: queue, mandatory: true }, 'm1');
    expect((await ch.get(queue))?.content.text).toBe('m1');
    await ch.expectSilence(50);
  });

  it('is satisfied by an alternate exchange that routes', async () => {
    const { ch, queue } = await channelWithQueue();
    const exchange = broker.name('x');
    const alternate = broker.name('x');
    await ch.call('exchange.declare', { exchange: alternate, type: 'fanout' });
    await ch.call('exchange.declare', {
      exchange,
      type: 'direct',
      arguments: { 'alternate-exchange': alternate },
    });
    await ch.call('queue.bind', { queue, exchange: alternate });
    ch.publish({ exchange, routingKey: 'none', mandatory: true }, 'm1');
    expect((await got(ch, queue)).content.text).toBe('m1');
    await ch.expectSilence(50);
  });
});
