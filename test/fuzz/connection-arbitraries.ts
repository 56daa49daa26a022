import fc from 'fast-check';
import { expect } from 'vitest';
import { Writer } from '../../src/codec/bytes.ts';
import type { Properties } from '../../src/codec/properties.ts';
import { methods, type ReplyName, replyCode } from '../../src/codec/spec.ts';
import type { Field, Table } from '../../src/codec/table.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { anyProperties, anyTable, damaged, methodOf } from '../codec/arbitraries.ts';
import { footprint } from '../kit/footprint.ts';
import { MemoryNode, turn } from '../kit/memory-node.ts';
import type { Chunking } from '../kit/memory-transport.ts';
import { encodeClientMethod } from '../kit/peer-codec.gen.ts';
import {
  body,
  frame,
  header,
  method,
  namesOf,
  type PeerFrame,
  publish,
  ScriptedPeer,
} from '../kit/scripted-peer.ts';

/** How many runs a property gets; more by FUZZ_RUNS. */
export const runs = (usual: number): number => Number(process.env['FUZZ_RUNS'] ?? usual);

/** What all peers here tune to: small, so that contents are cut. */
export const frameMax = 4096;
export const channels = [1, 2, 3] as const;

const channel = fc.constantFrom(...channels);
const queue = fc.constantFrom('a', 'b', 'a', '', 'none');
const exchange = fc.constantFrom('', '', 'e', 'f', 'amq.fanout', 'amq.headers', 'none');
const routingKey = fc.constantFrom('a', 'b', 'a', 'k.l', '', 'none');
const flag = fc.boolean();
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const deliveryTag = fc.oneof(fc.nat({ max: 8 }), fc.constantFrom(0, 2 ** 31, 2 ** 40));

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
  { weight: 6, arbitrary: fc.constant<Table>(new Map()) },
  { weight: 3, arbitrary: fc.array(argument, { maxLength: 3 }).map((all) => new Map(all)) },
  { weight: 1, arbitrary: anyTable },
);

const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat({ max: 12_000 }).map((length) => new Uint8Array(length).fill(length)),
);
const properties: fc.Arbitrary<Properties> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Properties>({}) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        deliveryMode: fc.constantFrom(1, 2),
        priority: fc.nat({ max: 9 }),
        expiration: fc.constantFrom('0', '1000', 'soon'),
        replyTo: fc.constantFrom('a', 'amq.rabbitmq.reply-to'),
        userId: fc.constantFrom('guest', 'guest', 'other'),
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

/** What a client may say on one channel: the frames of one method, with its content. */
const said = (number: number): fc.Arbitrary<readonly Uint8Array[]> => {
  const one = (bytes: fc.Arbitrary<Uint8Array>) => bytes.map((frameBytes) => [frameBytes]);
  const publication = fc
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
        .map((piece) => framesIn(publish(number, message, piece))),
    );
  const name = { queue, exchange };
  const topology = fc.oneof(
    fc
      .record({
        queue,
        passive: rarely,
        durable: flag,
        exclusive: rarely,
        autoDelete: rarely,
        noWait: rarely,
        arguments: someArguments,
      })
      .map((fields) => method(number, 'queue.declare', fields)),
    fc
      .record({
        exchange,
        type: fc.constantFrom('direct', 'fanout', 'topic', 'headers', 'odd'),
        autoDelete: rarely,
        internal: rarely,
        arguments: someArguments,
      })
      .map((fields) => method(number, 'exchange.declare', fields)),
    fc
      .record({ ...name, routingKey, arguments: someArguments })
      .map((fields) => method(number, 'queue.bind', fields)),
    fc
      .record({ ...name, routingKey, arguments: someArguments })
      .map((fields) => method(number, 'queue.unbind', fields)),
    fc
      .record({ destination: exchange, source: exchange, routingKey })
      .map((fields) => method(number, 'exchange.bind', fields)),
    fc
      .record({ queue, ifUnused: flag, ifEmpty: flag })
      .map((fields) => method(number, 'queue.delete', fields)),
    fc.record({ exchange, ifUnused: flag }).map((f) => method(number, 'exchange.delete', f)),
    fc.record({ queue }).map((fields) => method(number, 'queue.purge', fields)),
  );
  const basic = fc.oneof(
    fc
      .record({ queue, consumerTag: fc.constantFrom('c', 'd', ''), noAck: flag, exclusive: rarely })
      .map((fields) => method(number, 'basic.consume', fields)),
    fc.record({ queue, noAck: flag }).map((fields) => method(number, 'basic.get', fields)),
    fc.constantFrom('c', 'd').map((consumerTag) => method(number, 'basic.cancel', { consumerTag })),
    fc.record({ deliveryTag, multiple: flag }).map((fields) => method(number, 'basic.ack', fields)),
    fc
      .record({ deliveryTag, multiple: flag, requeue: flag })
      .map((fields) => method(number, 'basic.nack', fields)),
    fc
      .record({ deliveryTag, requeue: flag })
      .map((fields) => method(number, 'basic.reject', fields)),
    fc
      .record({ prefetchCount: fc.nat({ max: 3 }), global: flag })
      .map((fields) => method(number, 'basic.qos', fields)),
    fc.constant(method(number, 'basic.recover', { requeue: true })),
  );
  const mode = fc.constantFrom(
    method(number, 'confirm.select'),
    method(number, 'tx.select'),
    method(number, 'tx.commit'),
    method(number, 'tx.rollback'),
  );
  const life = fc.constantFrom(
    method(number, 'channel.close'),
    method(number, 'channel.close-ok'),
    method(number, 'channel.open'),
    Buffer.concat([method(number, 'channel.close-ok'), method(number, 'channel.open')]),
  );
  return fc.oneof(
    { weight: 8, arbitrary: publication },
    { weight: 6, arbitrary: one(topology) },
    { weight: 8, arbitrary: one(basic) },
    { weight: 2, arbitrary: one(mode) },
    { weight: 1, arbitrary: one(life) },
  );
};

/** The single frames of bytes that are nothing but frames. */
export function framesIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 + view.getUint32(at + 3);
    frames.push(bytes.slice(at, end));
    at = end;
  }
  return frames;
}

/** Frames of several channels; those of one keep their order, those of others come in between. */
export const conversation: fc.Arbitrary<readonly Uint8Array[]> = fc
  .tuple(
    fc.array(
      channel.chain((number) => said(number).map((frames) => ({ number, frames }))),
      { minLength: 1, maxLength: 30 },
    ),
    fc.array(channel, { maxLength: 60 }),
  )
  .map(([all, picks]) => {
    const lines = new Map<number, Uint8Array[]>(channels.map((number) => [number, []]));
    for (const { number, frames } of all) lines.get(number)?.push(...frames);
    const merged: Uint8Array[] = [];
    for (const pick of picks) {
      const next = lines.get(pick)?.shift();
      if (next !== undefined) merged.push(next);
    }
    for (const line of lines.values()) merged.push(...line);
    return merged;
  });

/** How bytes are cut on their way. */
export const chunking: fc.Arbitrary<Chunking> = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
  fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
);

function encoded(fields: Record<string, unknown>): Uint8Array {
  const writer = new Writer();
  encodeClientMethod(writer, fields as never);
  return writer.bytes();
}

const clientMethods = methods.filter(({ sender }) => sender !== 'server');

/** A method of any kind with any arguments, as a frame's payload. */
export const anyMethod = fc
  .constantFrom(...clientMethods)
  .chain(methodOf)
  .map(encoded);

const u32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const size = fc.constantFrom(0, 1, 4, 5, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);

// A queue.declare whose arguments are these bytes instead of a table.
function declareWith(table: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0, 50, 0, 10, 0, 0, 1, 113, 0), table]);
}

const nested = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom('F', 'A'))
  .map(([depth, type]) => {
    let inner: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < depth && inner.length < 4000; i++) {
      const name = type === 'F' ? [1, 97] : [];
      inner = Buffer.concat([Uint8Array.of(...name, type.charCodeAt(0)), u32(inner.length), inner]);
    }
    const table = type === 'F' ? inner : Buffer.concat([Uint8Array.of(1, 97), inner]);
    return declareWith(Buffer.concat([u32(table.length), table]));
  });

const lyingTable = fc
  .tuple(
    size,
    fc.constantFrom('S', 'x', 'A', 'F', 'Z', 't', 'l'),
    size,
    fc.uint8Array({ maxLength: 20 }),
  )
  .map(([outer, type, innerSize, rest]) =>
    declareWith(
      Buffer.concat([u32(outer), Uint8Array.of(1, 97, type.charCodeAt(0)), u32(innerSize), rest]),
    ),
  );

const headerPayload = fc
  .tuple(
    fc.constantFrom(60, 60, 60, 10, 0xffff),
    fc.constantFrom(0, 0, 0, 1),
    size,
    size,
    fc.uint8Array({ maxLength: 60 }),
  )
  .map(([classId, weight, high, low, rest]) =>
    Buffer.concat([Uint8Array.of(0, classId, 0, weight), u32(high), u32(low), rest]),
  );

const type = fc.constantFrom(1, 1, 1, 2, 3, 8, 0, 4, 0x41, 255);
const anyChannel = fc.constantFrom(0, 1, 2, 3, 9, 0xffff);
const endOctet = fc.constantFrom(206, 206, 206, 206, 206, 206, 0);

/** A frame that somebody wants to do harm with. */
export const hostileFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .tuple(type, anyChannel, fc.uint8Array({ maxLength: 60 }), endOctet)
    .map(([kind, number, payload, end]) => frame(kind, number, payload, end)),
  fc.tuple(anyChannel, anyMethod).map(([number, payload]) => frame(1, number, payload)),
  fc.tuple(anyChannel, damaged(anyMethod)).map(([number, payload]) => frame(1, number, payload)),
  fc.tuple(channel, nested).map(([number, payload]) => frame(1, number, payload)),
  fc.tuple(channel, lyingTable).map(([number, payload]) => frame(1, number, payload)),
  fc
    .tuple(channel, headerPayload, fc.uint8Array({ maxLength: 30 }))
    .map(([number, payload, rest]) =>
      Buffer.concat([
        method(number, 'basic.publish', { routingKey: 'a' }),
        frame(2, number, payload),
        body(number, rest),
      ]),
    ),
  fc
    .tuple(channel, damaged(anyProperties.map((all) => header(1, 3, all).slice(7, -1))))
    .map(([number, payload]) =>
      Buffer.concat([
        method(number, 'basic.publish', { routingKey: 'a', mandatory: true }),
        frame(2, number, payload),
        body(number, 'abc'),
      ]),
    ),
  // Only the beginning of a frame that says how long it will be.
  fc
    .tuple(type, anyChannel, size, fc.uint8Array({ maxLength: 20 }))
    .map(([kind, number, length, rest]) =>
      Buffer.concat([Uint8Array.of(kind, number >>> 8, number & 0xff), u32(length), rest]),
    ),
);

/** Bytes of hostile and of honest frames, some of them damaged. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: hostileFrame },
      { weight: 2, arbitrary: conversation.map((frames) => Buffer.concat(frames.slice(0, 4))) },
      { weight: 1, arbitrary: damaged(conversation.map((all) => Buffer.concat(all.slice(0, 3)))) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

const knownCodes = new Map<number, ReplyName>(
  (
    [
      'CONTENT_TOO_LARGE',
      'ACCESS_REFUSED',
      'NOT_FOUND',
      'RESOURCE_LOCKED',
      'PRECONDITION_FAILED',
      'FRAME_ERROR',
      'SYNTAX_ERROR',
      'COMMAND_INVALID',
      'CHANNEL_ERROR',
      'UNEXPECTED_FRAME',
      'RESOURCE_ERROR',
      'NOT_ALLOWED',
      'NOT_IMPLEMENTED',
    ] as const
  ).map((name) => [replyCode(name), name]),
);

/** What is wrong with answers, if anything: each has to be one that a broker may give. */
export function faultsOf(frames: readonly PeerFrame[]): string[] {
  const faults: string[] = [];
  let closed = false;
  for (const each of frames) {
    if (closed) faults.push('something came behind connection.close');
    if (each.type !== 'method') continue;
    const { method: told } = each;
    if (told.name === 'connection.close') closed = true;
    if (told.name !== 'connection.close' && told.name !== 'channel.close') continue;
    const name = knownCodes.get(told.replyCode);
    if (name === undefined) faults.push(`${told.name} with ${told.replyCode} ${told.replyText}`);
    else if (!told.replyText.startsWith(`${name} - `)) faults.push(told.replyText);
  }
  return faults;
}

/** A node that keeps the errors that it logs: a fault of its own is one. */
export class WatchedNode extends MemoryNode {
  readonly errors: unknown[];

  constructor(options: ConstructorParameters<typeof MemoryNode>[0] = {}) {
    const errors: unknown[] = [];
    super({
      ...options,
      logger: { ...silentLogger, error: (fields) => errors.push(fields) },
    });
    this.errors = errors;
  }
}

/** Another client on the same node declares, publishes and gets: all that a broker is for. */
export async function stillWorks(node: MemoryNode): Promise<string[]> {
  const peer = await ScriptedPeer.open(node);
  const frames = await peer.asks(
    method(1, 'confirm.select'),
    method(1, 'queue.declare', { queue: 'still-works', exclusive: true }),
    publish(1, { routingKey: 'still-works', content: 'yes' }),
    method(1, 'basic.get', { queue: 'still-works', noAck: true }),
  );
  await peer.leaves();
  return namesOf(frames);
}

export const working = ['confirm.select-ok', 'queue.declare-ok', 'basic.get-ok', 'basic.ack'];

/** Everybody is gone, and the node as well. */
export async function endAll(node: MemoryNode, ...peers: ScriptedPeer[]): Promise<void> {
  for (const peer of peers) peer.transport.lose();
  node.close();
  await turn();
}

/** Holds a property many times, and finds all memory given back behind it. */
export async function holdsAndLeavesNothing<T>(
  property: fc.IAsyncProperty<T>,
  usualRuns: number,
): Promise<void> {
  const before = footprint();
  await fc.assert(property, { numRuns: runs(usualRuns) });
  expect(footprint()).toEqual(before);
}
