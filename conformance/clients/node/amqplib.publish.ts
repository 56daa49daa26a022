import amqp, { type Channel, type ChannelModel, type GetMessage, type Options } from 'amqplib';
import { program } from './kit/program.ts';
import { frameKind, Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  until,
  url,
} from './kit/transcript.ts';

let connection: ChannelModel;

async function fetch(channel: Channel, queue: string): Promise<GetMessage> {
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message !== false) return message;
  }
}

async function properties(): Promise<void> {
  heading('every property comes back');
  const channel = await connection.createChannel();
  const queue = queueName('properties');
  await channel.assertQueue(queue, { durable: false, exclusive: true });
  const cases: Record<string, Options.Publish> = {
    none: {},
    all: {
      contentType: 'text/plain',
      contentEncoding: 'identity',
      headers: { note: 'yes' },
      deliveryMode: 2,
      priority: 7,
      correlationId: 'corr',
      replyTo: 'somewhere',
      expiration: '60000',
      messageId: 'id-1',
      timestamp: 1700000000,
      type: 'greeting',
      userId: 'guest',
      appId: 'leveret-node',
    },
    persistent: { persistent: true },
    'not persistent': { persistent: false },
    'deliveryMode true': { deliveryMode: true },
    'deliveryMode 1': { deliveryMode: 1 },
    'expiration as a number': { expiration: 60000 },
    'empty strings': { contentType: '', correlationId: '', replyTo: '', messageId: '' },
    'priority 0 and 255': { priority: 255 },
    'the largest timestamp JavaScript counts': { timestamp: Number.MAX_SAFE_INTEGER },
    unicode: { type: 'grüße ✓', headers: { 'schlüssel ✓': 'wert ✓' } },
    'CC and BCC to nowhere': { CC: 'nowhere', BCC: ['nobody', 'noone'] },
  };
  for (const [label, options] of Object.entries(cases)) {
    channel.sendToQueue(queue, Buffer.from(label), options);
    const message = await fetch(channel, queue);
    say(`${label} → ${show(message)}`);
  }
  await channel.close();
}

async function headers(): Promise<void> {
  heading('every kind of header value comes back');
  const channel = await connection.createChannel();
  const queue = queueName('headers');
  await channel.assertQueue(queue, { durable: false, exclusive: true });
  const values: Record<string, unknown> = {
    byte: 100,
    'negative byte': -100,
    short: 1000,
    'negative short': -1000,
    int: 100000,
    'negative int': -100000,
    long: 2 ** 40,
    'negative long': -(2 ** 40),
    double: 1.5,
    'a huge double': 1e300,
    text: 'text',
    'empty text': '',
    true: true,
    false: false,
    null: null,
    bytes: Buffer.from([0, 255, 1]),
    list: [1, 'two', [3.5, [null]], { four: 4 }],
    'empty list': [],
    table: { a: { b: { c: { d: 1 } } } },
    'empty table': {},
    timestamp: { '!': 'timestamp', value: 1700000000 },
    decimal: { '!': 'decimal', value: { digits: 12345, places: 2 } },
    float: { '!': 'float', value: 0.5 },
    int8: { '!': 'int8', value: -1 },
    uint8: { '!': 'uint8', value: 200 },
    int16: { '!': 'int16', value: -1 },
    uint16: { '!': 'uint16', value: 60000 },
    int32: { '!': 'int32', value: -1 },
    uint32: { '!': 'uint32', value: 4000000000 },
    int64: { '!': 'int64', value: 1 },
  };
  for (const [label, value] of Object.entries(values)) {
    await attempt(label, async () => {
      channel.sendToQueue(queue, Buffer.alloc(0), { headers: { value } });
      const message = await fetch(channel, queue);
      return message.properties.headers?.['value'];
    });
  }
  await channel.close();
}

async function bodies(): Promise<void> {
  heading('bodies');
  const proxy = await Proxy.start();
  for (const frameMax of [4096, 131072]) {
    const own = await amqp.connect(proxy.url(`?frameMax=${frameMax}`));
    const channel = await own.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
    const room = frameMax - 8;
    for (const size of [0, 1, room - 1, room, room + 1, 2 * room, 300_001]) {
      const sent = Buffer.alloc(size, 'leveret');
      proxy.frames.length = 0;
      channel.sendToQueue(queue, sent);
      const { content } = await fetch(channel, queue);
      const sizes = proxy.frames
        .filter((frame) => frame.from === 'server' && frameKind(frame) === 'body')
        .map((frame) => frame.payload.length);
      const distinct = [...new Set(sizes)];
      say(`${size} of ${frameMax}: ${content.equals(sent)}, ${sizes.length} × ${show(distinct)}`);
    }
    await own.close();
  }
  await proxy.close();
}

async function returns(): Promise<void> {
  heading('mandatory');
  const channel = await connection.createConfirmChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'return');
  channel.sendToQueue(queueName('nowhere'), Buffer.from('lost'), { mandatory: true });
  await channel.waitForConfirms();
  await events.take(1);
  channel.publish('amq.topic', 'no.one', Buffer.alloc(0), {
    mandatory: true,
    headers: { kept: true },
    messageId: 'm',
    persistent: true,
  });
  await channel.waitForConfirms();
  await events.take(1);
  channel.publish('amq.topic', 'no.one', Buffer.from('not mandatory'));
  await channel.waitForConfirms();
  await events.silence();
  const queue = queueName('somewhere');
  await channel.assertQueue(queue, { durable: false, exclusive: true });
  channel.sendToQueue(queue, Buffer.from('found'), { mandatory: true });
  await channel.waitForConfirms();
  await events.silence();
  channel.sendToQueue(queueName('nowhere'), Buffer.from('cc'), { mandatory: true, CC: [queue] });
  await channel.waitForConfirms();
  await events.silence();
  await channel.close();
}

async function copies(): Promise<void> {
  heading('CC and BCC');
  const channel = await connection.createConfirmChannel();
  const queues = ['to', 'cc', 'bcc'].map((name) => queueName(name));
  const [to = '', cc = '', bcc = ''] = queues;
  for (const queue of queues) {
    await channel.assertQueue(queue, { durable: false, exclusive: true });
  }
  channel.sendToQueue(to, Buffer.from('x'), { CC: [cc, to], BCC: bcc, headers: { kept: 1 } });
  await channel.waitForConfirms();
  for (const queue of queues) {
    const message = await fetch(channel, queue);
    say(`${queue}: ${show(message.fields)} ${show(message.properties.headers)}`);
    say(`${queue}: ${(await channel.checkQueue(queue)).messageCount} more`);
  }
  await channel.close();
  const own = await connection.createChannel();
  const events = new Events();
  events.watch(own, 'CC not a list', 'error', 'close');
  own.sendToQueue(to, Buffer.from('x'), { headers: { CC: 'text' } });
  await events.take(2);
}

async function refused(): Promise<void> {
  heading('refused');
  const cases: Record<string, (channel: Channel) => boolean> = {
    'no such exchange': (channel) =>
      channel.publish(exchangeName('nowhere'), 'key', Buffer.from('x')),
    'user id of another': (channel) =>
      channel.sendToQueue('any', Buffer.from('x'), { userId: 'somebody' }),
    'expiration not a number': (channel) =>
      channel.sendToQueue('any', Buffer.from('x'), { expiration: 'soon' }),
    'expiration negative': (channel) =>
      channel.sendToQueue('any', Buffer.from('x'), { expiration: -1 }),
  };
  for (const [label, action] of Object.entries(cases)) {
    const channel = await connection.createChannel();
    const events = new Events();
    events.watch(channel, label, 'error', 'close');
    say(`${label} → ${action(channel)}`);
    await events.take(2);
    await attempt('  assertQueue after it', () => channel.assertQueue(queueName('after')));
  }
  const channel = await connection.createChannel();
  for (const [label, options] of Object.entries({
    'priority not a number': { priority: Number.NaN },
    'type of 256 bytes': { type: 'x'.repeat(256) },
  })) {
    await attempt(label, () => channel.sendToQueue('any', Buffer.from('x'), options));
  }
  await attempt('content not a buffer', () =>
    Reflect.apply(channel.sendToQueue, channel, ['any', 'text']),
  );
  await attempt('the channel lives', () => channel.assertQueue('', { exclusive: true }));
  await channel.close();
}

async function backPressure(): Promise<void> {
  heading('back-pressure');
  const channel = await connection.createChannel({ highWaterMark: 10 });
  const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
  let drained = 0;
  channel.on('drain', () => drained++);
  const results = new Set<boolean>();
  const body = Buffer.alloc(20_000, 1);
  for (let i = 0; i < 500; i++) results.add(channel.sendToQueue(queue, body));
  say(`sendToQueue gave ${show([...results].sort())}`);
  await until('a drain event', () => drained > 0);
  say(`drained: ${drained > 0}`);
  await until('all messages', async () => (await channel.checkQueue(queue)).messageCount === 500);
  await attempt('purgeQueue', () => channel.purgeQueue(queue));
  await channel.close();
}

program(async () => {
  connection = await amqp.connect(url);
  await properties();
  await headers();
  await bodies();
  await returns();
  await copies();
  await refused();
  await backPressure();
  await connection.close();
});
