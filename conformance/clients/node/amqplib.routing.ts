import amqp, { type ConfirmChannel } from 'amqplib';
import { program } from './kit/program.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  url,
} from './kit/transcript.ts';

let channel: ConfirmChannel;

/** Publishes and tells which of the queues have the message; they are emptied by that. */
async function routed(
  label: string,
  exchange: string,
  key: string,
  queues: Record<string, string>,
  headers?: Record<string, unknown>,
): Promise<void> {
  channel.publish(exchange, key, Buffer.from('x'), headers === undefined ? {} : { headers });
  await channel.waitForConfirms();
  const found: string[] = [];
  for (const [short, queue] of Object.entries(queues)) {
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) break;
      found.push(short);
    }
  }
  say(`${label} → ${show(found)}`);
}

async function declareQueues(...short: string[]): Promise<Record<string, string>> {
  const queues: Record<string, string> = {};
  for (const one of short) {
    queues[one] = queueName(one);
    await channel.assertQueue(queueName(one), { durable: false, exclusive: true });
  }
  return queues;
}

async function direct(): Promise<void> {
  heading('direct');
  const exchange = exchangeName('direct');
  const queues = await declareQueues('d1', 'd2');
  await channel.assertExchange(exchange, 'direct', { durable: false });
  await attempt('bindQueue', () => channel.bindQueue(queueName('d1'), exchange, 'k'));
  await attempt('bindQueue twice', () => channel.bindQueue(queueName('d1'), exchange, 'k'));
  await channel.bindQueue(queueName('d2'), exchange, 'k');
  await channel.bindQueue(queueName('d2'), exchange, '');
  await routed('k', exchange, 'k', queues);
  await routed('the empty key', exchange, '', queues);
  await routed('K', exchange, 'K', queues);
  await attempt('unbindQueue', () => channel.unbindQueue(queueName('d1'), exchange, 'k'));
  await attempt('unbindQueue twice', () => channel.unbindQueue(queueName('d1'), exchange, 'k'));
  await routed('k after unbinding', exchange, 'k', queues);
  await channel.bindQueue(queueName('d1'), exchange, 'a', { note: 1 });
  await channel.bindQueue(queueName('d1'), exchange, 'a', { note: 2 });
  await channel.unbindQueue(queueName('d1'), exchange, 'a', { note: 1 });
  await routed('bindings that differ in arguments only', exchange, 'a', queues);
  await channel.unbindQueue(queueName('d1'), exchange, 'a', { note: 2 });
  await routed('both removed', exchange, 'a', queues);
}

async function topic(): Promise<void> {
  heading('topic');
  const exchange = exchangeName('topic');
  const patterns: Record<string, string> = {
    exact: 'a.b.c',
    star: 'a.*.c',
    tail: 'a.#',
    middle: 'a.#.c',
    all: '#',
    one: '*',
    two: '*.*',
    twice: '#.b.#',
    empty: '',
  };
  const queues = await declareQueues(...Object.keys(patterns));
  await channel.assertExchange(exchange, 'topic', { durable: false });
  for (const [short, pattern] of Object.entries(patterns)) {
    await channel.bindQueue(queueName(short), exchange, pattern);
  }
  for (const key of ['a', 'a.b', 'a.b.c', 'a.c', 'a.x.y.c', 'b', '', '.', 'a..c', 'a.b.', '#']) {
    await routed(`"${key}"`, exchange, key, queues);
  }
  for (const [short, pattern] of Object.entries(patterns)) {
    await channel.unbindQueue(queueName(short), exchange, pattern);
  }
  await routed('after all were unbound', exchange, 'a.b.c', queues);
}

async function fanout(): Promise<void> {
  heading('fanout');
  const exchange = exchangeName('fanout');
  const queues = await declareQueues('f1', 'f2', 'f3');
  await channel.assertExchange(exchange, 'fanout', { durable: false });
  await channel.bindQueue(queueName('f1'), exchange, '');
  await channel.bindQueue(queueName('f1'), exchange, 'other');
  await channel.bindQueue(queueName('f2'), exchange, 'any');
  await routed('any key', exchange, 'whatever', queues);
}

async function headers(): Promise<void> {
  heading('headers');
  const exchange = exchangeName('headers');
  const bindings: Record<string, Record<string, unknown>> = {
    all: { 'x-match': 'all', a: 1, b: 'two' },
    any: { 'x-match': 'any', a: 1, b: 'two' },
    unsaid: { a: 1, b: 'two' },
    none: {},
    present: { a: null },
    'any-with-x': { 'x-match': 'any-with-x', 'x-tag': 'yes' },
    'all-with-x': { 'x-match': 'all-with-x', 'x-tag': 'yes', a: 1 },
    truth: { t: true },
  };
  const queues = await declareQueues(...Object.keys(bindings));
  await channel.assertExchange(exchange, 'headers', { durable: false });
  for (const [short, args] of Object.entries(bindings)) {
    await channel.bindQueue(queueName(short), exchange, '', args);
  }
  const cases: ReadonlyArray<Record<string, unknown>> = [
    {},
    { a: 1 },
    { a: 1, b: 'two' },
    { a: 1, b: 'two', c: 3 },
    { a: 2, b: 'two' },
    { a: '1' },
    { a: 1.0, b: 'TWO' },
    { 'x-tag': 'yes' },
    { 'x-tag': 'yes', a: 1 },
    { t: true },
    { t: false },
  ];
  for (const one of cases) await routed(show(one), exchange, 'ignored', queues, one);
  await channel.unbindQueue(queueName('any'), exchange, '', bindings['any']);
  await routed('after unbinding "any"', exchange, '', queues, { a: 1 });
}

async function exchangeToExchange(): Promise<void> {
  heading('bindExchange');
  const queues = await declareQueues('e1', 'e2');
  const source = exchangeName('source');
  const middle = exchangeName('middle');
  await channel.assertExchange(source, 'topic', { durable: false });
  await channel.assertExchange(middle, 'direct', { durable: false, internal: true });
  await attempt('bindExchange', () => channel.bindExchange(middle, source, 'm.#'));
  await attempt('bindExchange twice', () => channel.bindExchange(middle, source, 'm.#'));
  await channel.bindQueue(queueName('e1'), middle, 'm.one');
  await channel.bindQueue(queueName('e2'), middle, 'm.two');
  await channel.bindQueue(queueName('e2'), source, 'm.*');
  await routed('by way of another exchange', source, 'm.one', queues);
  await routed('two ways, one copy', source, 'm.two', queues);
  await channel.bindExchange(source, middle, 'm.two');
  await routed('a circle', source, 'm.two', queues);
  await attempt('unbindExchange', () => channel.unbindExchange(middle, source, 'm.#'));
  await attempt('unbindExchange twice', () => channel.unbindExchange(middle, source, 'm.#'));
  await routed('after unbinding', source, 'm.one', queues);
}

async function alternate(): Promise<void> {
  heading('alternate exchange, default exchange');
  const queues = await declareQueues('a1', 'a2');
  const spare = exchangeName('spare');
  const main = exchangeName('main');
  await channel.assertExchange(spare, 'fanout', { durable: false });
  await channel.assertExchange(main, 'direct', { durable: false, alternateExchange: spare });
  await channel.bindQueue(queueName('a1'), main, 'routed');
  await channel.bindQueue(queueName('a2'), spare, '');
  await routed('routed', main, 'routed', queues);
  await routed('not routed', main, 'lost', queues);
  await routed('default exchange', '', queueName('a1'), queues);
  await routed('default exchange, no such queue', '', queueName('a0'), queues);
}

async function refusals(): Promise<void> {
  heading('refused');
  const connection = await amqp.connect(url);
  const queue = queueName('r');
  const exchange = exchangeName('r');
  const internal = exchangeName('internal');
  const setUp = await connection.createChannel();
  await setUp.assertQueue(queue, { durable: false });
  await setUp.assertExchange(exchange, 'direct', { durable: false });
  await setUp.assertExchange(internal, 'direct', { durable: false, internal: true });
  const attempts: Record<string, (on: amqp.Channel) => Promise<unknown>> = {
    'bindQueue, no queue': (on) => on.bindQueue(queueName('nowhere'), exchange, ''),
    'bindQueue, no exchange': (on) => on.bindQueue(queue, exchangeName('nowhere'), ''),
    'bindQueue to the default exchange': (on) => on.bindQueue(queue, '', 'x'),
    'unbindQueue from the default exchange': (on) => on.unbindQueue(queue, '', queue),
    'unbindQueue, no exchange': (on) => on.unbindQueue(queue, exchangeName('nowhere'), ''),
    'unbindQueue, no queue': (on) => on.unbindQueue(queueName('nowhere'), exchange, ''),
    'bindExchange, no source': (on) => on.bindExchange(exchange, exchangeName('nowhere'), ''),
    'bindExchange, no destination': (on) => on.bindExchange(exchangeName('nowhere'), exchange, ''),
    'bindExchange to the default exchange': (on) => on.bindExchange('', exchange, ''),
    'unbindExchange, neither': (on) =>
      on.unbindExchange(exchangeName('nowhere'), exchangeName('nowhere'), ''),
    'headers binding with an unknown x-match': (on) =>
      on.bindQueue(queue, 'amq.headers', '', { 'x-match': 'some' }),
  };
  for (const [label, action] of Object.entries(attempts)) {
    const own = await connection.createChannel();
    own.on('error', () => {});
    await attempt(label, () => action(own));
  }
  for (const [label, name] of [
    ['publish to an internal exchange', internal],
    ['publish to no exchange', exchangeName('nowhere')],
  ] as const) {
    const own = await connection.createChannel();
    const events = new Events();
    events.watch(own, label, 'error', 'close');
    own.publish(name, '', Buffer.from('x'));
    await events.take(2);
  }
  await connection.close();
}

program(async () => {
  const connection = await amqp.connect(url);
  channel = await connection.createConfirmChannel();
  await direct();
  await topic();
  await fanout();
  await headers();
  await exchangeToExchange();
  await alternate();
  await refusals();
  await channel.close();
  await connection.close();
});
