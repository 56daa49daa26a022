/** Arbitrary scripts: first queues, exchanges and bindings, then whatever clients do with them. */
import fc from 'fast-check';
import type { MethodName } from '../kit/spec.ts';
import {
  binding,
  consumerArguments,
  exchangeArguments,
  exchangeName,
  type Flavour,
  headerTable,
  KEYS,
  pick,
  queueArguments,
  queueName,
  rarely,
} from './arguments.ts';
import {
  type At,
  type Fields,
  type Plain,
  type Script,
  type SettlingMethod,
  type Step,
  tableOf,
} from './steps.ts';

const consumerTag = fc.oneof(
  { weight: 6, arbitrary: pick(['~t0', '~t1', '~t2', '~t3', '~t4', '~t5']) },
  { weight: 1, arbitrary: fc.constant('') },
);

/** Some scripts live on one channel, some on several of several connections. */
const placeArbitrary: fc.Arbitrary<readonly At[]> = pick([
  [{ connection: 0, channel: 1 }],
  [
    { connection: 0, channel: 1 },
    { connection: 0, channel: 2 },
  ],
  [
    { connection: 0, channel: 1 },
    { connection: 1, channel: 1 },
  ],
  [
    { connection: 0, channel: 1 },
    { connection: 0, channel: 2 },
    { connection: 1, channel: 1 },
    { connection: 2, channel: 1 },
  ],
]);

function method(
  at: fc.Arbitrary<At>,
  name: MethodName,
  args: fc.Arbitrary<Fields>,
): fc.Arbitrary<Step> {
  return fc.record({ at, args }).map((step) => ({ kind: 'method', method: name, ...step }));
}

function declareQueue(at: fc.Arbitrary<At>, flavour: Flavour, name: fc.Arbitrary<string>) {
  const flags = fc.record({
    queue: name,
    durable: flavour === 'quorum' ? rarely(20).map((no) => !no) : fc.boolean(),
    exclusive: rarely(flavour === 'quorum' ? 40 : 8),
    autoDelete: rarely(flavour === 'quorum' ? 40 : 8),
    arguments: queueArguments(flavour),
  });
  const typed = flags
    .map((args) =>
      flavour === 'quorum'
        ? { ...args, arguments: { 'x-queue-type': 'quorum', ...args.arguments } }
        : args,
    )
    .filter(
      // RabbitMQ 3.10 answers an unknown type of a queue without a name with an internal error.
      (args) => args.queue !== '' || (args.arguments as Fields)['x-queue-type'] !== 'classical',
    );
  return method(at, 'queue.declare', typed);
}

function declareExchange(at: fc.Arbitrary<At>, name: fc.Arbitrary<string>) {
  const args = fc.record({
    exchange: name,
    type: pick(['direct', 'fanout', 'topic', 'headers']),
    durable: fc.boolean(),
    autoDelete: rarely(8),
    internal: rarely(15),
    arguments: exchangeArguments,
  });
  return method(at, 'exchange.declare', args);
}

const bindQueue = fc
  .record({ queue: queueName, exchange: exchangeName, with: binding })
  .map(({ with: rest, ...names }): Fields => ({ ...names, ...rest }));
const bindExchange = fc
  .record({ destination: exchangeName, source: exchangeName, with: binding })
  .map(({ with: rest, ...names }): Fields => ({ ...names, ...rest }));

function properties(flavour: Flavour) {
  const optional = <T>(times: number, value: fc.Arbitrary<T>) =>
    fc.tuple(rarely(times), value).map(([isThere, one]) => (isThere ? one : undefined));
  const keys = fc.array(pick(['~q0', '~q1', 'a', 'b']), { minLength: 1, maxLength: 2 });
  const headers = fc
    .record({ own: headerTable, cc: optional(10, keys), bcc: optional(12, keys) })
    .map(({ own, cc, bcc }) => ({
      ...own,
      // Without headers of its own a quorum queue's count alone would make the table come and go.
      ...(flavour === 'quorum' ? { own: 1 } : {}),
      ...(cc === undefined ? {} : { CC: cc }),
      ...(bcc === undefined ? {} : { BCC: bcc }),
    }));
  const expiration = flavour === 'timed' ? pick(['0', '50', '70', '60000']) : pick(['60000', '0']);
  const record = fc.record({
    headers: optional(3, headers),
    deliveryMode: optional(2, pick([1, 2])),
    priority: optional(flavour === 'priority' ? 1 : 10, fc.integer({ min: 0, max: 12 })),
    expiration: optional(flavour === 'timed' ? 2 : 20, expiration),
    correlationId: optional(6, fc.constant('c-1')),
    contentType: optional(8, fc.constant('text/plain')),
    contentEncoding: optional(20, fc.constant('utf-8')),
    replyTo: optional(12, fc.constant('~q1')),
    messageId: optional(12, fc.constant('id')),
    timestamp: optional(12, fc.constant(1_700_000_000)),
    type: optional(20, fc.constant('kind')),
    userId: optional(40, pick(['guest', 'nobody'])),
    appId: optional(20, fc.constant('app')),
  });
  return record.map((all) => {
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    return Object.fromEntries(given);
  });
}

function publish(at: fc.Arbitrary<At>, flavour: Flavour): fc.Arbitrary<Step> {
  const target = fc.oneof(
    { weight: 3, arbitrary: queueName.map((key) => ({ exchange: '', routingKey: key })) },
    { weight: 3, arbitrary: fc.record({ exchange: exchangeName, routingKey: pick(KEYS) }) },
  );
  const step = fc.record({
    at,
    target,
    mandatory: rarely(4),
    properties: properties(flavour),
    size: fc.oneof(
      { weight: 12, arbitrary: pick([0, 10, 30, 200]) },
      { weight: 1, arbitrary: pick([5000, 140_000]) },
    ),
    count: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 3, arbitrary: fc.integer({ min: 2, max: 5 }) },
    ),
  });
  return step.map(({ target: to, ...rest }) => ({ kind: 'publish', ...to, ...rest }));
}

function consume(at: fc.Arbitrary<At>): fc.Arbitrary<Step> {
  const args = fc.record({
    queue: queueName,
    consumerTag,
    noAck: rarely(4),
    exclusive: rarely(12),
    arguments: consumerArguments,
  });
  return method(at, 'basic.consume', args);
}

function settle(at: fc.Arbitrary<At>): fc.Arbitrary<Step> {
  const which = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 1, arbitrary: fc.constant('all' as const) },
  );
  return fc.record({
    kind: fc.constant('settle' as const),
    at,
    method: pick<SettlingMethod>(['basic.ack', 'basic.nack', 'basic.reject']),
    which,
    multiple: rarely(3),
    requeue: fc.boolean(),
  });
}

function stray(at: fc.Arbitrary<At>): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constant('stray' as const),
    at,
    method: pick<SettlingMethod>(['basic.ack', 'basic.nack', 'basic.reject']),
    what: pick(['settled', 'unknown'] as const),
    multiple: fc.boolean(),
  });
}

function expiring(at: fc.Arbitrary<At>): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constant('expiring' as const),
    at,
    queue: queueName,
    arguments: fc.constant({ 'x-expires': 100 }),
    consumerTag: pick(['~t0', '~t1']),
  });
}

function end(at: fc.Arbitrary<At>): fc.Arbitrary<Step> {
  return fc.tuple(at, fc.boolean()).map(([{ connection }, abrupt]) => {
    return { kind: 'end', connection, abrupt };
  });
}

/** What is refused, does nothing, or is asked for without an answer. */
function odd(at: fc.Arbitrary<At>, flavour: Flavour): fc.Arbitrary<Step> {
  const fixed = (name: MethodName, args: Fields) => method(at, name, fc.constant(args));
  return fc.oneof(
    fixed('queue.bind', { queue: '~q0', exchange: '', routingKey: 'a' }),
    fixed('queue.unbind', { queue: '~q0', exchange: '', routingKey: '~q0' }),
    fixed('exchange.delete', { exchange: 'amq.direct' }),
    fixed('exchange.delete', { exchange: '' }),
    fixed('exchange.declare', { exchange: 'amq.own', type: 'direct' }),
    fixed('exchange.declare', { exchange: 'amq.fanout', type: 'fanout', durable: true }),
    fixed('exchange.declare', { exchange: '', type: 'direct', durable: true }),
    fixed('queue.declare', { queue: 'amq.own' }),
    fixed('queue.delete', { queue: 'amq.own' }),
    fixed('basic.qos', { prefetchSize: 1 }),
    fixed('channel.open', {}),
    fixed('basic.recover', { requeue: false }),
    fixed('tx.commit', {}),
    fixed('tx.select', {}),
    fixed('confirm.select', {}),
    fixed('queue.declare', { queue: '~q0', passive: true, noWait: true }),
    fixed('queue.purge', { queue: '~q0', noWait: true }),
    fixed('basic.cancel', { consumerTag: '~t0', noWait: true }),
    fixed('basic.consume', { queue: '~q1', consumerTag: '~t6', noWait: true }),
    fixed('queue.delete', { queue: '~q2', noWait: true }),
    method(
      at,
      'queue.declare',
      queueArguments(flavour).map((table) => ({ queue: '~q3', noWait: true, arguments: table })),
    ),
    method(
      at,
      'basic.consume',
      rarely(4).map((no) => ({ queue: 'amq.rabbitmq.reply-to', consumerTag: '~t7', noAck: !no })),
    ),
    publish(at, flavour).map((step) =>
      step.kind === 'publish'
        ? { ...step, properties: { ...step.properties, replyTo: 'amq.rabbitmq.reply-to' } }
        : step,
    ),
    publish(at, flavour).map((step) =>
      step.kind === 'publish' ? { ...step, exchange: '', routingKey: 'reply#1' } : step,
    ),
    publish(at, flavour).chain((step) =>
      pick(['', 'soon', '-1', '1.5']).map((expiration) =>
        step.kind === 'publish'
          ? { ...step, properties: { ...step.properties, expiration } }
          : step,
      ),
    ),
  );
}

const none = fc.constant<Fields>({});
const closing = fc.constant<Fields>({ replyCode: 200, replyText: 'done' });
const queueOnly = queueName.map((queue): Fields => ({ queue }));

/** What is done once a script is set up, by how likely it is. */
function action(at: fc.Arbitrary<At>, flavour: Flavour): fc.Arbitrary<Step> {
  const likely = (flavours: readonly Flavour[], weight: number, otherwise: number): number =>
    flavours.includes(flavour) ? weight : otherwise;
  const qos = fc.record<Record<string, Plain>>({
    prefetchCount: fc.integer({ min: 0, max: 3 }),
    global: rarely(3),
  });
  const deletion = fc.record({ queue: queueName, ifUnused: rarely(3), ifEmpty: rarely(3) });
  const weights: readonly (readonly [number, fc.Arbitrary<Step>])[] = [
    [24, publish(at, flavour)],
    [14, consume(at)],
    [14, settle(at)],
    [8, method(at, 'basic.get', fc.record({ queue: queueName, noAck: rarely(3) }))],
    [
      4,
      method(
        at,
        'basic.cancel',
        pick(['~t0', '~t1', '~t2']).map((tag) => ({ consumerTag: tag })),
      ),
    ],
    [4, method(at, 'basic.qos', qos)],
    [
      3,
      method(
        at,
        'basic.recover',
        rarely(30).map((no): Fields => ({ requeue: !no })),
      ),
    ],
    [1, method(at, 'basic.recover-async', fc.constant({ requeue: true }))],
    [1, stray(at)],
    [3, odd(at, flavour)],
    [3, method(at, 'queue.purge', queueOnly)],
    [3, method(at, 'queue.delete', deletion)],
    [2, declareQueue(at, flavour, queueName)],
    [1, declareQueue(at, flavour, fc.constant(''))],
    [
      1,
      method(
        at,
        'queue.declare',
        queueName.map((queue) => ({ queue, passive: true })),
      ),
    ],
    [
      1,
      method(
        at,
        'exchange.declare',
        exchangeName.map((exchange) => ({ exchange, passive: true })),
      ),
    ],
    [1, declareExchange(at, exchangeName)],
    [2, method(at, 'exchange.delete', fc.record({ exchange: exchangeName, ifUnused: rarely(2) }))],
    [2, method(at, 'queue.bind', bindQueue)],
    [3, method(at, 'queue.unbind', bindQueue)],
    [1, method(at, 'exchange.unbind', bindExchange)],
    [likely(['transacted'], 0, 3), method(at, 'confirm.select', none)],
    [likely(['transacted'], 4, 0), method(at, 'tx.select', none)],
    [likely(['transacted'], 8, 0), method(at, 'tx.commit', none)],
    [likely(['transacted'], 4, 0), method(at, 'tx.rollback', none)],
    [likely(['timed'], 2, 0), expiring(at)],
    [3, method(at, 'channel.close', closing)],
    [2, end(at)],
  ];
  return fc.oneof(
    ...weights
      .filter(([weight]) => weight > 0)
      .map(([weight, arbitrary]) => ({ weight, arbitrary })),
  );
}

function setUp(at: fc.Arbitrary<At>, flavour: Flavour): fc.Arbitrary<Step[]> {
  const named = <T>(make: (name: fc.Arbitrary<string>) => fc.Arbitrary<T>, names: string[]) =>
    fc.tuple(...names.map((name) => make(fc.constant(name))));
  const queues = named((name) => declareQueue(at, flavour, name), ['~q0', '~q1', '~q2']);
  const exchanges = named((name) => declareExchange(at, name), ['~e0', '~e1']);
  const bindings = fc.array(method(at, 'queue.bind', bindQueue), { minLength: 1, maxLength: 5 });
  const between = fc.array(method(at, 'exchange.bind', bindExchange), { maxLength: 2 });
  const mode = fc.array(
    method(at, flavour === 'transacted' ? 'tx.select' : 'confirm.select', none),
    {
      maxLength: 1,
    },
  );
  return fc.tuple(exchanges, queues, bindings, between, mode).map((parts) => parts.flat());
}

const flavour: fc.Arbitrary<Flavour> = fc.oneof(
  { weight: 7, arbitrary: fc.constant('plain' as const) },
  { weight: 5, arbitrary: fc.constant('bounded' as const) },
  { weight: 4, arbitrary: fc.constant('timed' as const) },
  { weight: 3, arbitrary: fc.constant('priority' as const) },
  { weight: 2, arbitrary: fc.constant('single' as const) },
  { weight: 2, arbitrary: fc.constant('transacted' as const) },
  { weight: 2, arbitrary: fc.constant('quorum' as const) },
);

const goesToOneQueue = (step: Extract<Step, { kind: 'publish' }>): boolean => {
  const { CC, BCC } = step.properties.headers ?? {};
  return step.exchange === '' && CC === undefined && BCC === undefined;
};

/**
 * Messages published at once to several queues reach a queue behind them, by way of dead letters, in
 * an order that is open. Where there are dead letters, such messages go one by one.
 */
function withoutRaces(script: Script): Script {
  const hasDeadLetters = script.some((step) => 'x-dead-letter-exchange' in tableOf(step));
  if (!hasDeadLetters) return script;
  return script.map((step) =>
    step.kind === 'publish' && !goesToOneQueue(step) ? { ...step, count: 1 } : step,
  );
}

export const scriptArbitrary: fc.Arbitrary<Script> = fc
  .tuple(flavour, placeArbitrary)
  .chain(([kind, places]) => {
    const at = pick(places);
    // Without `size: 'max'` arrays stay short whatever their limit is.
    const actions = fc.array(action(at, kind), { minLength: 5, maxLength: 24, size: 'max' });
    const first = fc.constant(places[0] ?? { connection: 0, channel: 1 });
    return fc.tuple(setUp(first, kind), actions).map((parts) => withoutRaces(parts.flat()));
  });
