import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type BrokerSettings,
  ConfigError,
  type EmbeddedBroker,
  startBroker,
} from '../src/index.ts';

const brokers = new Set<EmbeddedBroker>();

afterEach(async () => {
  await Promise.all([...brokers].map((broker) => broker.close()));
  brokers.clear();
});

async function start(settings: BrokerSettings = {}): Promise<EmbeddedBroker> {
  const broker = await startBroker(settings);
  brokers.add(broker);
  return broker;
}

interface Client {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  /** What has gone wrong on it. */
  readonly errors: Error[];
}

async function clientOf(broker: EmbeddedBroker, query = ''): Promise<Client> {
  const connection = await connect(`${broker.url}${query}`);
  const channel = await connection.createConfirmChannel();
  const errors: Error[] = [];
  connection.on('error', (error: Error) => errors.push(error));
  channel.on('error', (error: Error) => errors.push(error));
  return { connection, channel, errors };
}

const virtual: BrokerSettings = { clock: 'virtual' };

async function send({ channel }: Client, queue: string, ...texts: string[]): Promise<void> {
  for (const text of texts) channel.sendToQueue(queue, Buffer.from(text));
  await channel.waitForConfirms();
}

const textsIn = (broker: EmbeddedBroker, queue: string) =>
  broker
    .queue(queue)
    .messages()
    .map((message) => message.text());

describe('a broker in a program', () => {
  it('has an URL that AMQP clients connect to', async () => {
    const broker = await start();
    expect(broker.url).toBe(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    expect(broker.connectionCount).toBe(0);
    const { connection, channel } = await clientOf(broker);
    expect(broker.connectionCount).toBe(1);
    await channel.assertQueue('q');
    channel.sendToQueue('q', Buffer.from('hello'));
    const message = await channel.get('q', { noAck: true });
    expect(message ? message.content.toString() : undefined).toBe('hello');
    await connection.close();
  });

  it('has an URL with the user and the vhost that it was given', async () => {
    const settings = { defaultUser: 'a user', defaultPass: 'p@ss/word', defaultVhost: 'my host' };
    const broker = await start(settings);
    const { connection, channel } = await clientOf(broker);
    await channel.assertQueue('q');
    expect(broker.queues()).toEqual(['q']);
    await connection.close();
  });

  it('may listen on an address of IPv6', async () => {
    const broker = await start({ host: '::1' });
    expect(broker.url).toBe(`amqp://guest:guest@[::1]:${broker.port}`);
    const { connection } = await clientOf(broker);
    await connection.close();
  });

  it('refuses settings that there are not, and suggests what may have been meant', async () => {
    const wrong = { hartbeat: 5 } as BrokerSettings;
    await expect(startBroker(wrong)).rejects.toThrow(ConfigError);
    await expect(startBroker(wrong)).rejects.toThrow(
      "unknown setting 'hartbeat'; did you mean 'heartbeat'?",
    );
  });

  it('refuses values that make no sense', async () => {
    await expect(startBroker({ frameMax: 1 })).rejects.toThrow(
      'frameMax: must be a whole number from 4096 to 1048576',
    );
  });

  it('takes a setting that is undefined for one that is not given', async () => {
    const settings = { port: undefined, host: undefined } as unknown as BrokerSettings;
    const broker = await start(settings);
    expect(broker.host).toBe('127.0.0.1');
    expect(broker.port).not.toBe(5672);
  });

  it('has nothing in common with another one beside it', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const one = await clientOf(first);
    const other = await clientOf(second);
    await one.channel.assertQueue('q');
    await one.channel.assertExchange('e', 'fanout');
    await send(one, 'q', '1');
    expect(second.queues()).toEqual([]);
    expect(second.exchanges()).not.toContain('e');
    await other.channel.assertQueue('q', { durable: false });
    expect(second.queue('q').messageCount).toBe(0);
    await first.close();
    await send(other, 'q', '2');
    expect(textsIn(second, 'q')).toEqual(['2']);
  });
});

describe('a look into a queue', () => {
  it('shows messages with their content, headers and properties, and changes nothing', async () => {
    const broker = await start();
    const { channel } = await clientOf(broker);
    await channel.assertExchange('orders', 'topic');
    await channel.assertQueue('q', { messageTtl: 60_000, arguments: { 'x-max-length': 9 } });
    await channel.bindQueue('q', 'orders', 'order.*');
    channel.publish('orders', 'order.new', Buffer.from('{"id":7}'), {
      contentType: 'application/json',
      correlationId: 'c',
      persistent: true,
      priority: 3,
      timestamp: 1_700_000_000,
      headers: { text: 'é', number: 42, yes: true, list: [1, 'two'], nested: { deep: null } },
    });
    await channel.waitForConfirms();
    const view = broker.queue('q');
    for (let i = 0; i < 2; i++) {
      const [message, ...others] = view.messages();
      expect(others).toEqual([]);
      expect(message).toMatchObject({
        exchange: 'orders',
        routingKey: 'order.new',
        redelivered: false,
        properties: {
          contentType: 'application/json',
          correlationId: 'c',
          deliveryMode: 2,
          priority: 3,
          timestamp: 1_700_000_000,
        },
        headers: { text: 'é', number: 42, yes: true, list: [1, 'two'], nested: { deep: null } },
      });
      expect(message?.content).toEqual(Buffer.from('{"id":7}'));
      expect(message?.text()).toBe('{"id":7}');
      expect(message?.json()).toEqual({ id: 7 });
    }
    expect(view).toMatchObject({
      name: 'q',
      durable: true,
      exclusive: false,
      autoDelete: false,
      messageCount: 1,
      unackedCount: 0,
      consumerCount: 0,
    });
    expect(broker.queue('q').arguments).toEqual({ 'x-message-ttl': 60_000, 'x-max-length': 9 });
  });

  it('shows messages in the order in which they will leave', async () => {
    const broker = await start();
    const client = await clientOf(broker);
    await client.channel.assertQueue('q', { maxPriority: 5 });
    for (const [text, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', 2],
      ['d', 5],
    ] as const) {
      client.channel.sendToQueue('q', Buffer.from(text), { priority });
    }
    await client.channel.waitForConfirms();
    expect(textsIn(broker, 'q')).toEqual(['b', 'd', 'c', 'a']);
  });

  it('tells what is delivered and not settled, and what came back', async () => {
    const broker = await start();
    const client = await clientOf(broker);
    await client.channel.assertQueue('q');
    await send(client, 'q', '1', '2');
    const message = await client.channel.get('q');
    expect(broker.queue('q')).toMatchObject({ messageCount: 1, unackedCount: 1 });
    if (message) client.channel.nack(message);
    await client.channel.checkQueue('q');
    const redelivered = broker
      .queue('q')
      .messages()
      .map((each) => each.redelivered);
    expect(redelivered).toEqual([true, false]);
  });

  it('throws when there is no such queue or vhost', async () => {
    const broker = await start();
    expect(() => broker.queue('none')).toThrow("no queue 'none' in vhost '/'");
    expect(() => broker.queue('q', 'nowhere')).toThrow("no vhost 'nowhere'");
    expect(() => broker.queues('nowhere')).toThrow("no vhost 'nowhere'");
  });

  it('lists queues and exchanges, the predeclared ones included', async () => {
    const broker = await start();
    const { channel } = await clientOf(broker);
    await channel.assertQueue('q');
    await channel.assertExchange('e', 'direct');
    expect(broker.queues()).toEqual(['q']);
    expect(broker.exchanges()).toEqual(expect.arrayContaining(['e', 'amq.topic', 'amq.direct']));
  });
});

describe('a virtual clock', () => {
  it('lets messages expire by their own time and by that of their queue', async () => {
    const broker = await start(virtual);
    const { channel } = await clientOf(broker);
    await channel.assertQueue('q', { messageTtl: 30 * 60_000 });
    channel.sendToQueue('q', Buffer.from('short'), { expiration: '1000' });
    channel.sendToQueue('q', Buffer.from('long'));
    await channel.waitForConfirms();
    await broker.clock.advance('999ms');
    expect(textsIn(broker, 'q')).toEqual(['short', 'long']);
    await broker.clock.advance(1);
    expect(textsIn(broker, 'q')).toEqual(['long']);
    await broker.clock.advance('29m58s');
    expect(textsIn(broker, 'q')).toEqual(['long']);
    await broker.clock.advance('1s');
    expect(textsIn(broker, 'q')).toEqual([]);
  });

  it('stands still by itself', async () => {
    const broker = await start(virtual);
    const before = broker.clock.now();
    const { channel } = await clientOf(broker);
    await channel.assertQueue('q', { messageTtl: 1 });
    channel.sendToQueue('q', Buffer.from('x'));
    await channel.waitForConfirms();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(broker.clock.now()).toBe(before);
    expect(broker.queue('q').messageCount).toBe(1);
    await broker.clock.advance('1ms');
    expect(broker.clock.now()).toBe(before + 1);
    expect(broker.queue('q').messageCount).toBe(0);
  });

  it('ends queues that nobody uses', async () => {
    const broker = await start(virtual);
    const { channel } = await clientOf(broker);
    await channel.assertQueue('q', { expires: 60_000 });
    await broker.clock.advance('59s');
    await channel.assertQueue('q', { expires: 60_000 });
    await broker.clock.advance('59s');
    expect(broker.queues()).toEqual(['q']);
    const { consumerTag } = await channel.consume('q', () => {});
    await broker.clock.advance('10m');
    expect(broker.queues()).toEqual(['q']);
    await channel.cancel(consumerTag);
    await broker.clock.advance('1m');
    expect(broker.queues()).toEqual([]);
  });

  it('takes a message through a chain of retries with one step', async () => {
    const broker = await start(virtual);
    const client = await clientOf(broker);
    const { channel } = client;
    const delays = [1, 5, 30];
    await channel.assertQueue('done');
    for (const [i, minutes] of delays.entries()) {
      await channel.assertQueue(`wait-${i}`, {
        messageTtl: minutes * 60_000,
        deadLetterExchange: '',
        deadLetterRoutingKey: i + 1 < delays.length ? `wait-${i + 1}` : 'done',
      });
    }
    await send(client, 'wait-0', 'job');
    await broker.clock.advance('1m');
    expect(textsIn(broker, 'wait-1')).toEqual(['job']);
    await broker.clock.advance('1h');
    const [message] = broker.queue('done').messages();
    expect(message?.text()).toBe('job');
    expect(message?.headers['x-death']).toMatchObject([
      { queue: 'wait-2', reason: 'expired', count: 1 },
      { queue: 'wait-1', reason: 'expired', count: 1 },
      { queue: 'wait-0', reason: 'expired', count: 1 },
    ]);
  });

  it('delivers to a client what falls due, as it falls due', async () => {
    const broker = await start(virtual);
    const client = await clientOf(broker);
    const { channel } = client;
    const heard: string[] = [];
    await channel.assertQueue('dead');
    await channel.assertQueue('q', { deadLetterExchange: '', deadLetterRoutingKey: 'dead' });
    await channel.consume('dead', (message) => heard.push(String(message?.content)), {
      noAck: true,
    });
    for (const expiration of ['1000', '2000', '3000']) {
      channel.sendToQueue('q', Buffer.from(expiration), { expiration });
    }
    await channel.waitForConfirms();
    await broker.clock.advance('2s');
    await channel.checkQueue('q');
    expect(heard).toEqual(['1000', '2000']);
    await broker.clock.advance('1s');
    await channel.checkQueue('q');
    expect(heard).toEqual(['1000', '2000', '3000']);
  });

  it('ends channels whose deliveries are not settled in time', async () => {
    const broker = await start(virtual);
    const client = await clientOf(broker);
    await client.channel.assertQueue('q');
    await client.channel.consume('q', () => {});
    await send(client, 'q', 'x');
    const closed = new Promise((resolve) => client.channel.once('close', resolve));
    await broker.clock.advance('32m');
    await closed;
    expect(client.errors).toMatchObject([{ code: 406 }]);
    expect(broker.queue('q')).toMatchObject({ messageCount: 1, unackedCount: 0 });
  });

  it('has no heartbeats unless they are asked for', async () => {
    const broker = await start(virtual);
    const client = await clientOf(broker);
    await broker.clock.advance('10d');
    await client.channel.assertQueue('q');
    expect(client.errors).toEqual([]);
  });

  it('has heartbeats when they are asked for', async () => {
    const broker = await start({ ...virtual, heartbeat: 60 });
    const client = await clientOf(broker, '?heartbeat=60');
    const lost = new Promise((resolve) => client.connection.once('close', resolve));
    await broker.clock.advance('3m');
    await lost;
    expect(broker.connectionCount).toBe(0);
  });

  it('refuses what is no duration', async () => {
    const broker = await start(virtual);
    await expect(broker.clock.advance('soon')).rejects.toThrow(RangeError);
    await expect(broker.clock.advance(-1)).rejects.toThrow(RangeError);
  });
});

describe('a real clock', () => {
  it('goes by itself and cannot be advanced', async () => {
    const broker = await start();
    await expect(broker.clock.advance('1s')).rejects.toThrow(
      "this broker's clock is real: start it with clock: 'virtual'",
    );
    const before = broker.clock.now();
    const { channel } = await clientOf(broker);
    await channel.assertQueue('q', { messageTtl: 1 });
    channel.sendToQueue('q', Buffer.from('x'));
    await channel.waitForConfirms();
    await expect.poll(() => broker.queue('q').messageCount).toBe(0);
    expect(broker.clock.now()).toBeGreaterThan(before);
  });
});

describe('closing a broker', () => {
  it('tells its clients', async () => {
    const broker = await start();
    const { connection, channel, errors } = await clientOf(broker);
    const closed = new Promise<unknown>((resolve) => connection.once('close', resolve));
    await channel.assertQueue('q');
    await broker.close();
    expect(String(await closed)).toContain(
      "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
    );
    expect(errors).toEqual([]);
    await expect(connect(broker.url)).rejects.toThrow();
  });

  it('may be asked for twice', async () => {
    const broker = await start();
    await Promise.all([broker.close(), broker.close()]);
    await broker.close();
  });
});
