import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { encodeHeader } from './kit/content.ts';
import { messageDifferences } from './kit/message-differences.ts';
import { consume, fill, got } from './kit/messages.ts';
import { frameType } from './kit/peer-channel.ts';
import { field, Writer } from './kit/wire.ts';

const broker = await target();

async function channelWithQueue() {
  const ch = await broker.channel();
  return { ch, queue: await ch.queue(broker.name('q')) };
}

const allProperties = {
  contentType: 'text/plain',
  contentEncoding: 'gzip',
  headers: { key: 'value' },
  deliveryMode: 2,
  priority: 5,
  correlationId: 'correlation',
  replyTo: 'reply',
  expiration: '60000',
  messageId: 'message',
  timestamp: 1_700_000_000,
  type: 'type',
  userId: 'guest',
  appId: 'app',
  clusterId: 'cluster',
};

describe('the properties of a message', () => {
  it('arrive all fourteen as they were sent', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1', 'm2'], allProperties);
    expect((await got(ch, queue)).content.properties).toEqual(allProperties);
    await consume(ch, queue, 'a');
    expect((await ch.expect('basic.deliver')).content.properties).toEqual(allProperties);
  });

  it('arrive each by itself, and the absent ones stay absent', async () => {
    const { ch, queue } = await channelWithQueue();
    for (const [name, value] of Object.entries(allProperties)) {
      fill(ch, queue, [name], { [name]: value });
      expect((await got(ch, queue)).content.properties).toEqual({ [name]: value });
    }
    fill(ch, queue, ['none']);
    expect((await got(ch, queue)).content.properties).toEqual({});
  });

  it('keep the difference between empty and absent', async () => {
    const { ch, queue } = await channelWithQueue();
    const empty = { contentType: '', headers: {}, priority: 0, correlationId: '', timestamp: 0 };
    fill(ch, queue, [''], empty);
    expect((await got(ch, queue)).content.properties).toEqual(empty);
  });

  it('keep strings of 255 octets, other than ASCII and other than text', async () => {
    const { ch, queue } = await channelWithQueue();
    const odd = new Writer()
      .shortstr(Buffer.from([0xff, 0, 0xfe]))
      .shortstr('ü'.repeat(127))
      .done();
    ch.send('basic.publish', { routingKey: queue });
    const flags = Buffer.from([0xc0, 0x00]);
    const fixed = encodeHeader({}, 0).subarray(0, 12);
    const header = Buffer.concat([fixed, flags, odd]);
    ch.frame(frameType.header, header);
    expect((await got(ch, queue)).content.header.equals(header)).toBe(true);
  });

  it('keep a timestamp of 64 bits', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, [''], { timestamp: 18446744073709551615n });
    const { header } = (await got(ch, queue)).content;
    expect(header.equals(encodeHeader({ timestamp: 18446744073709551615n }, 0))).toBe(true);
  });

  it.each([1, 2])('keep delivery mode %i', async (deliveryMode) => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1'], { deliveryMode });
    expect((await got(ch, queue)).content.properties).toEqual({ deliveryMode });
  });

  it.each([0, 3, 255])('take delivery mode %i for transient', async (deliveryMode) => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1'], { deliveryMode });
    if (broker.differs(messageDifferences.unknownDeliveryMode) === 'transient') {
      expect((await got(ch, queue)).content.properties).toEqual({ deliveryMode });
      return;
    }
    const text = `PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,${deliveryMode}}`;
    await ch.expectClose(406, text, 'basic.publish');
  });

  it('stay the same when a message is redelivered and when it goes to several queues', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    for (const name of [queue, other]) await ch.call('queue.bind', { queue: name, exchange });
    ch.publish({ exchange }, 'm1', allProperties);
    const { deliveryTag } = await got(ch, queue, { noAck: false });
    ch.send('basic.reject', { deliveryTag, requeue: true });
    for (const name of [queue, other]) {
      expect((await got(ch, name)).content.properties).toEqual(allProperties);
    }
  });
});

describe('the header table', () => {
  const values: Record<string, Uint8Array> = {
    t: Buffer.of(1),
    b: Buffer.of(0xff),
    B: Buffer.of(0xff),
    s: Buffer.of(0xff, 0xfe),
    u: Buffer.of(0xff, 0xfe),
    I: Buffer.of(0x80, 0, 0, 0),
    i: Buffer.of(0xff, 0xff, 0xff, 0xff),
    l: Buffer.of(0x80, 0, 0, 0, 0, 0, 0, 1),
    L: Buffer.of(0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    f: Buffer.of(0x3f, 0x80, 0, 0),
    d: Buffer.of(0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18),
    D: Buffer.of(2, 0, 0, 1, 0),
    T: Buffer.of(0, 0, 0, 0, 0x65, 0x53, 0xf1, 0),
    V: Buffer.of(),
    x: new Writer().longstr(Buffer.of(0, 0xff)).done(),
    S: new Writer().longstr(Buffer.of(0xff, 0xfe)).done(),
    A: Buffer.of(0, 0, 0, 0),
    F: Buffer.of(0, 0, 0, 0),
  };
  const entry = (name: string, type: string) =>
    new Writer()
      .shortstr(name)
      .bytes(Buffer.from(type))
      .bytes(values[type] ?? Buffer.of())
      .done();

  /** Publishes a header frame with this table and compares it with the one that arrives. */
  async function passes(...entries: Uint8Array[]) {
    const { ch, queue } = await channelWithQueue();
    const table = new Writer().longstr(Buffer.concat(entries)).done();
    const fixed = encodeHeader({}, 2).subarray(0, 12);
    const header = Buffer.concat([fixed, Buffer.of(0x20, 0), table]);
    ch.send('basic.publish', { routingKey: queue });
    ch.frame(frameType.header, header);
    ch.frame(frameType.body, Buffer.from('m1'));
    const { content } = await got(ch, queue);
    expect(content.header.toString('hex')).toBe(header.toString('hex'));
  }

  it.each(Object.keys(values))('keeps a value of type %s octet for octet', async (type) => {
    await passes(entry('key', type));
  });

  it('keeps its order, equal names and an empty name', async () => {
    await passes(
      entry('z', 'I'),
      entry('a', 'S'),
      entry('', 't'),
      entry('a', 's'),
      entry('b', 'V'),
    );
  });

  it('keeps arrays and tables within each other', async () => {
    const { ch, queue } = await channelWithQueue();
    const headers = {
      list: [1, [field('s', 2), { deep: [null, true] }]],
      table: { a: { b: 'c' } },
    };
    const header = encodeHeader({ headers }, 0);
    fill(ch, queue, [''], { headers });
    expect((await got(ch, queue)).content.header.equals(header)).toBe(true);
  });

  it('keeps a table of more than 64 KiB', async () => {
    const { ch, queue } = await channelWithQueue();
    const headers = { long: 'x'.repeat(70_000), other: 1 };
    fill(ch, queue, ['m1'], { headers });
    expect((await got(ch, queue)).content.properties.headers).toEqual(headers);
  });
});
