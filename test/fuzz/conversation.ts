import fc from 'fast-check';
import type { Properties } from '../../src/codec/properties.ts';
import type { Field, Table } from '../../src/codec/table.ts';
import { anyProperties, anyTable } from '../codec/arbitraries.ts';
import type { Chunking } from '../kit/memory-transport.ts';
import { method, type OpenOptions, publish } from '../kit/scripted-peer.ts';

/** What all peers here tune to: small, so that contents are cut. */
const frameMax = 4096;
const channels = [1, 2, 3] as const;
export const tuning: OpenOptions = { frameMax, channels };

// What is usual, and now and then what is a mistake: most conversations shall get far.
const mostly = <T>(usual: fc.Arbitrary<T>, mistake: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: mistake });

const queue = mostly(fc.constantFrom('a', 'b'), fc.constantFrom('', 'none'));
const owned = mostly(fc.constantFrom('e', 'f'), fc.constantFrom('', 'amq.fanout', 'none'));
const exchange = mostly(
  fc.constantFrom('', '', '', 'e', 'f', 'amq.fanout', 'amq.headers'),
  fc.constant('none'),
);
const routingKey = fc.constantFrom('a', 'b', 'a', 'k.l', 'none');
const flag = fc.boolean();
const rarely = mostly(fc.constant(false), fc.constant(true));
const settled = mostly(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({ deliveryTag: 0, multiple: true }) },
    {
      weight: 1,
      arbitrary: fc.record({ deliveryTag: fc.integer({ min: 1, max: 3 }), multiple: flag }),
    },
  ),
  fc.record({ deliveryTag: fc.constantFrom(0, 9, 2 ** 31, 2 ** 40), multiple: flag }),
);

const argument = fc.constantFrom<readonly [string, Field]>(
  ['x-max-length', { type: 'I', value: 2 }],
  ['x-max-length-bytes', { type: 'l', value: 3000n }],
  ['x-overflow', { type: 'S', value: Buffer.from('reject-publish') }],
  ['x-message-ttl', { type: 'I', value: 0 }],
  ['x-expires', { type: 'I', value: 60_000 }],
  ['x-max-priority', { type: 'B', value: 4 }],
  ['x-dead-letter-exchange', { type: 'S', value: Buffer.from('') }],
  ['x-dead-letter-routing-key', { type: 'S', value: Buffer.from('b') }],
  ['x-single-active-consumer', { type: 't', value: true }],
  ['x-queue-type', { type: 'S', value: Buffer.from('quorum') }],
  ['x-delivery-limit', { type: 'I', value: 1 }],
  ['x-priority', { type: 's', value: -3 }],
  ['x-match', { type: 'S', value: Buffer.from('any') }],
  ['alternate-exchange', { type: 'S', value: Buffer.from('amq.fanout') }],
);
const someArguments: fc.Arbitrary<Table> = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Table>(new Map()) },
  { weight: 3, arbitrary: fc.array(argument, { maxLength: 3 }).map((all) => new Map(all)) },
  { weight: 1, arbitrary: anyTable },
);

const content = fc.oneof(
  { weight: 12, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 12_000 }).map((length) => new Uint8Array(length).fill(length)),
  },
);
const properties: fc.Arbitrary<Properties> = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Properties>({}) },
  {
    weight: 10,
    arbitrary: fc.record(
      {
        deliveryMode: fc.constantFrom(1, 2),
        priority: fc.nat({ max: 9 }),
        expiration: mostly(fc.constantFrom('0', '1000'), fc.constant('soon')),
        replyTo: mostly(fc.constant('a'), fc.constant('amq.rabbitmq.reply-to')),
        userId: mostly(fc.constant('guest'), fc.constant('other')),
        headers: anyTable,
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: anyProperties },
);

const copies: fc.Arbitrary<Properties> = fc.constantFrom('CC', 'BCC').map((name) => ({
  headers: new Map([
    [name, { type: 'A', value: [{ type: 'S', value: Buffer.from('b') }] } as const],
  ]),
}));

type Mode = 'plain' | 'confirm' | 'tx';
type Said = readonly Uint8Array[];

const modes = fc.constantFrom<Mode>('plain', 'confirm', 'tx');
const selected = (channel: number, mode: Mode): Said =>
  mode === 'plain' ? [] : [method(channel, `${mode}.select`)];

const publication = (channel: number): fc.Arbitrary<Said> =>
  fc
    .record({
      exchange,
      routingKey,
      mandatory: flag,
      properties: fc.oneof({ weight: 6, arbitrary: properties }, { weight: 1, arbitrary: copies }),
      content,
    })
    .chain((message) =>
      fc
        .integer({ min: message.content.length > 100 ? 900 : 1, max: frameMax - 8 })
        .map((piece) => framesIn(publish(channel, message, piece))),
    );

// What is declared anew has gone before: declaring it otherwise would end the channel.
const topology = (channel: number): fc.Arbitrary<Said> =>
  fc.oneof(
    fc
      .record({
        queue,
        durable: flag,
        exclusive: rarely,
        autoDelete: rarely,
        noWait: rarely,
        arguments: someArguments,
      })
      .map((fields) => [
        method(channel, 'queue.delete', { queue: fields.queue }),
        method(channel, 'queue.declare', fields),
      ]),
    fc
      .record({
        exchange: owned,
        type: fc.constantFrom('direct', 'fanout', 'topic', 'headers'),
        autoDelete: rarely,
        internal: rarely,
        arguments: someArguments,
      })
      .map((fields) => [
        method(channel, 'exchange.delete', { exchange: fields.exchange }),
        method(channel, 'exchange.declare', fields),
      ]),
    fc
      .record({ queue, exchange: owned, routingKey, arguments: someArguments })
      .map((fields) => [method(channel, 'queue.bind', fields)]),
    fc
      .record({ queue, exchange: owned, routingKey })
      .map((fields) => [method(channel, 'queue.unbind', fields)]),
    fc
      .record({ destination: owned, source: owned, routingKey })
      .map((fields) => [method(channel, 'exchange.bind', fields)]),
    fc.record({ queue }).map((fields) => [method(channel, 'queue.purge', fields)]),
    fc
      .record({ queue, passive: fc.constant(true) })
      .map((fields) => [method(channel, 'queue.declare', fields)]),
    rarely.map((deletes) => (deletes ? [method(channel, 'queue.delete', { queue: 'a' })] : [])),
  );

const consumption = (channel: number): fc.Arbitrary<Said> =>
  fc.oneof(
    fc
      .record({
        queue,
        consumerTag: mostly(fc.constant(''), fc.constantFrom('c', 'd')),
        noAck: flag,
        exclusive: rarely,
      })
      .map((fields) => [method(channel, 'basic.consume', fields)]),
    fc.record({ queue, noAck: flag }).map((fields) => [method(channel, 'basic.get', fields)]),
    fc
      .constantFrom('c', 'd')
      .map((consumerTag) => [method(channel, 'basic.cancel', { consumerTag })]),
    settled.map((fields) => [method(channel, 'basic.ack', fields)]),
    fc
      .tuple(settled, flag)
      .map(([fields, requeue]) => [method(channel, 'basic.nack', { ...fields, requeue })]),
    fc
      .record({ prefetchCount: fc.nat({ max: 3 }), global: flag })
      .map((fields) => [method(channel, 'basic.qos', fields)]),
    fc.constant([method(channel, 'basic.recover', { requeue: true })]),
  );

const transaction = (channel: number, mode: Mode): fc.Arbitrary<Said> =>
  mostly<Said>(
    mode === 'tx'
      ? fc.constantFrom('tx.commit', 'tx.rollback').map((name) => [method(channel, name)])
      : fc.constant(selected(channel, mode)),
    fc.constantFrom('tx.commit', 'confirm.select').map((name) => [method(channel, name)]),
  );

const life = (channel: number, mode: Mode): fc.Arbitrary<Said> =>
  mostly<Said>(
    fc.constant([
      method(channel, 'channel.close'),
      method(channel, 'channel.open'),
      ...selected(channel, mode),
    ]),
    fc.constantFrom('channel.open', 'channel.close-ok').map((name) => [method(channel, name)]),
  );

/** What a client may say on one channel: the frames of something, with its content. */
const said = (channel: number, mode: Mode): fc.Arbitrary<Said> =>
  fc.oneof(
    { weight: 20, arbitrary: publication(channel) },
    { weight: 6, arbitrary: topology(channel) },
    { weight: 20, arbitrary: consumption(channel) },
    { weight: 3, arbitrary: transaction(channel, mode) },
    { weight: 1, arbitrary: life(channel, mode) },
  );

const line = (channel: number) =>
  modes.chain((mode) =>
    fc
      .array(said(channel, mode), { maxLength: 30, size: 'max' })
      .map((all): Said => [...selected(channel, mode), ...all.flat()]),
  );

// What all talk about.
const declared: Said = [
  ...['a', 'b'].map((name) => method(1, 'queue.declare', { queue: name })),
  ...['e', 'f'].map((name) => method(1, 'exchange.declare', { exchange: name, type: 'fanout' })),
  method(1, 'queue.bind', { queue: 'a', exchange: 'e' }),
  method(1, 'queue.bind', { queue: 'b', exchange: 'e' }),
  method(1, 'queue.bind', { queue: 'b', exchange: 'amq.fanout' }),
  method(1, 'exchange.bind', { destination: 'e', source: 'f' }),
];

/** Frames of several channels; those of one keep their order, those of others come in between. */
export const conversation: fc.Arbitrary<Said> = fc
  .tuple(line(1), line(2), line(3), fc.array(fc.nat({ max: 2 }), { maxLength: 100, size: 'max' }))
  .map(([first, second, third, picks]) => {
    const lines = [[...first], [...second], [...third]];
    const picked = picks.flatMap((pick) => lines[pick]?.shift() ?? []);
    return [...declared, ...picked, ...lines.flat()];
  });

/** The single frames of bytes that are nothing but frames. */
function framesIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 + view.getUint32(at + 3);
    frames.push(bytes.slice(at, end));
    at = end;
  }
  return frames;
}

/** How bytes are cut on their way. */
export const chunking: fc.Arbitrary<Chunking> = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
  fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
);
