// The AMQP 0-9-1 methods with RabbitMQ's extensions, typed, for the conformance peer.
// Source: amqp0-9-1.extended.xml and RabbitMQ's list of extensions.

import { plainTable, Reader, type Table, type TypedField, Writer } from './wire.ts';

interface Kinds {
  octet: number;
  short: number;
  long: number;
  longlong: number;
  bit: boolean;
  shortstr: string;
  longstr: string;
  table: Table;
}

interface Method {
  readonly id: readonly [classId: number, methodId: number];
  readonly fields: Readonly<Record<string, keyof Kinds>>;
}

const close = {
  replyCode: 'short',
  replyText: 'shortstr',
  classId: 'short',
  methodId: 'short',
} as const;
const tune = { channelMax: 'short', frameMax: 'long', heartbeat: 'short' } as const;
const binding = {
  reserved1: 'short',
  destination: 'shortstr',
  source: 'shortstr',
  routingKey: 'shortstr',
  noWait: 'bit',
  arguments: 'table',
} as const;

export const methods = {
  'connection.start': {
    id: [10, 10],
    fields: {
      versionMajor: 'octet',
      versionMinor: 'octet',
      serverProperties: 'table',
      mechanisms: 'longstr',
      locales: 'longstr',
    },
  },
  'connection.start-ok': {
    id: [10, 11],
    fields: {
      clientProperties: 'table',
      mechanism: 'shortstr',
      response: 'longstr',
      locale: 'shortstr',
    },
  },
  'connection.secure': { id: [10, 20], fields: { challenge: 'longstr' } },
  'connection.secure-ok': { id: [10, 21], fields: { response: 'longstr' } },
  'connection.tune': { id: [10, 30], fields: tune },
  'connection.tune-ok': { id: [10, 31], fields: tune },
  'connection.open': {
    id: [10, 40],
    fields: { virtualHost: 'shortstr', reserved1: 'shortstr', reserved2: 'bit' },
  },
  'connection.open-ok': { id: [10, 41], fields: { reserved1: 'shortstr' } },
  'connection.close': { id: [10, 50], fields: close },
  'connection.close-ok': { id: [10, 51], fields: {} },
  'connection.blocked': { id: [10, 60], fields: { reason: 'shortstr' } },
  'connection.unblocked': { id: [10, 61], fields: {} },
  'connection.update-secret': {
    id: [10, 70],
    fields: { newSecret: 'longstr', reason: 'shortstr' },
  },
  'connection.update-secret-ok': { id: [10, 71], fields: {} },
  'channel.open': { id: [20, 10], fields: { reserved1: 'shortstr' } },
  'channel.open-ok': { id: [20, 11], fields: { reserved1: 'longstr' } },
  'channel.flow': { id: [20, 20], fields: { active: 'bit' } },
  'channel.flow-ok': { id: [20, 21], fields: { active: 'bit' } },
  'channel.close': { id: [20, 40], fields: close },
  'channel.close-ok': { id: [20, 41], fields: {} },
  'access.request': {
    id: [30, 10],
    fields: {
      realm: 'shortstr',
      exclusive: 'bit',
      passive: 'bit',
      active: 'bit',
      write: 'bit',
      read: 'bit',
    },
  },
  'access.request-ok': { id: [30, 11], fields: { ticket: 'short' } },
  'exchange.declare': {
    id: [40, 10],
    fields: {
      reserved1: 'short',
      exchange: 'shortstr',
      type: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      autoDelete: 'bit',
      internal: 'bit',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'exchange.declare-ok': { id: [40, 11], fields: {} },
  'exchange.delete': {
    id: [40, 20],
    fields: { reserved1: 'short', exchange: 'shortstr', ifUnused: 'bit', noWait: 'bit' },
  },
  'exchange.delete-ok': { id: [40, 21], fields: {} },
  'exchange.bind': { id: [40, 30], fields: binding },
  'exchange.bind-ok': { id: [40, 31], fields: {} },
  'exchange.unbind': { id: [40, 40], fields: binding },
  'exchange.unbind-ok': { id: [40, 51], fields: {} },
  'queue.declare': {
    id: [50, 10],
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      passive: 'bit',
      durable: 'bit',
      exclusive: 'bit',
      autoDelete: 'bit',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'queue.declare-ok': {
    id: [50, 11],
    fields: { queue: 'shortstr', messageCount: 'long', consumerCount: 'long' },
  },
  'queue.bind': {
    id: [50, 20],
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'queue.bind-ok': { id: [50, 21], fields: {} },
  'queue.purge': {
    id: [50, 30],
    fields: { reserved1: 'short', queue: 'shortstr', noWait: 'bit' },
  },
  'queue.purge-ok': { id: [50, 31], fields: { messageCount: 'long' } },
  'queue.delete': {
    id: [50, 40],
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      ifUnused: 'bit',
      ifEmpty: 'bit',
      noWait: 'bit',
    },
  },
  'queue.delete-ok': { id: [50, 41], fields: { messageCount: 'long' } },
  'queue.unbind': {
    id: [50, 50],
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      arguments: 'table',
    },
  },
  'queue.unbind-ok': { id: [50, 51], fields: {} },
  'basic.qos': {
    id: [60, 10],
    fields: { prefetchSize: 'long', prefetchCount: 'short', global: 'bit' },
  },
  'basic.qos-ok': { id: [60, 11], fields: {} },
  'basic.consume': {
    id: [60, 20],
    fields: {
      reserved1: 'short',
      queue: 'shortstr',
      consumerTag: 'shortstr',
      noLocal: 'bit',
      noAck: 'bit',
      exclusive: 'bit',
      noWait: 'bit',
      arguments: 'table',
    },
  },
  'basic.consume-ok': { id: [60, 21], fields: { consumerTag: 'shortstr' } },
  'basic.cancel': { id: [60, 30], fields: { consumerTag: 'shortstr', noWait: 'bit' } },
  'basic.cancel-ok': { id: [60, 31], fields: { consumerTag: 'shortstr' } },
  'basic.publish': {
    id: [60, 40],
    fields: {
      reserved1: 'short',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      mandatory: 'bit',
      immediate: 'bit',
    },
  },
  'basic.return': {
    id: [60, 50],
    fields: {
      replyCode: 'short',
      replyText: 'shortstr',
      exchange: 'shortstr',
      routingKey: 'shortstr',
    },
  },
  'basic.deliver': {
    id: [60, 60],
    fields: {
      consumerTag: 'shortstr',
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
    },
  },
  'basic.get': { id: [60, 70], fields: { reserved1: 'short', queue: 'shortstr', noAck: 'bit' } },
  'basic.get-ok': {
    id: [60, 71],
    fields: {
      deliveryTag: 'longlong',
      redelivered: 'bit',
      exchange: 'shortstr',
      routingKey: 'shortstr',
      messageCount: 'long',
    },
  },
  'basic.get-empty': { id: [60, 72], fields: { reserved1: 'shortstr' } },
  'basic.ack': { id: [60, 80], fields: { deliveryTag: 'longlong', multiple: 'bit' } },
  'basic.reject': { id: [60, 90], fields: { deliveryTag: 'longlong', requeue: 'bit' } },
  'basic.recover-async': { id: [60, 100], fields: { requeue: 'bit' } },
  'basic.recover': { id: [60, 110], fields: { requeue: 'bit' } },
  'basic.recover-ok': { id: [60, 111], fields: {} },
  'basic.nack': {
    id: [60, 120],
    fields: { deliveryTag: 'longlong', multiple: 'bit', requeue: 'bit' },
  },
  'confirm.select': { id: [85, 10], fields: { noWait: 'bit' } },
  'confirm.select-ok': { id: [85, 11], fields: {} },
  'tx.select': { id: [90, 10], fields: {} },
  'tx.select-ok': { id: [90, 11], fields: {} },
  'tx.commit': { id: [90, 20], fields: {} },
  'tx.commit-ok': { id: [90, 21], fields: {} },
  'tx.rollback': { id: [90, 30], fields: {} },
  'tx.rollback-ok': { id: [90, 31], fields: {} },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
type Fields<N extends MethodName> = (typeof methods)[N]['fields'];
type KindOf<K> = K extends keyof Kinds ? Kinds[K] : never;

/** Every field of a received method. */
export type Received<N extends MethodName> = {
  readonly [F in keyof Fields<N>]: KindOf<Fields<N>[F]>;
};
/** The fields of a method to send; the ones left out are zero, empty or false. */
export type Sent<N extends MethodName> = {
  readonly [F in keyof Fields<N>]?: KindOf<Fields<N>[F]> | Uint8Array | bigint;
};
/** The method that answers `N`. */
export type ReplyTo<N extends MethodName> = `${N}-ok` extends MethodName ? `${N}-ok` : never;

const names = new Map<string, MethodName>();
for (const name of Object.keys(methods) as MethodName[]) names.set(methods[name].id.join(), name);

export const carriesContent = (name: MethodName): boolean =>
  ['basic.publish', 'basic.return', 'basic.deliver', 'basic.get-ok'].includes(name);

export function encodeMethod<N extends MethodName>(name: N, args: Sent<N>): Buffer {
  const { id, fields } = methods[name] as Method;
  const out = new Writer().short(id[0]).short(id[1]);
  let bits: boolean[] = [];
  const flush = () => {
    if (bits.length > 0) out.octet(bits.reduce((all, bit, at) => all | (bit ? 1 << at : 0), 0));
    bits = [];
  };
  for (const [name, kind] of Object.entries(fields)) {
    const value = (args as Record<string, unknown>)[name];
    if (kind === 'bit') {
      bits.push(value === true);
      continue;
    }
    flush();
    if (kind === 'table') out.table((value ?? {}) as Table);
    else if (kind === 'shortstr' || kind === 'longstr') out[kind]((value ?? '') as string);
    else out[kind]((value ?? 0) as number);
  }
  flush();
  return out.done();
}

export interface DecodedMethod {
  readonly name: MethodName;
  readonly args: Record<string, unknown>;
  /** The tables among the arguments with their wire types. */
  readonly typed: ReadonlyMap<string, ReadonlyMap<string, TypedField>>;
}

export function decodeMethod(payload: Buffer): DecodedMethod {
  const from = new Reader(payload);
  const id = `${from.short()},${from.short()}`;
  const name = names.get(id);
  if (name === undefined) throw new Error(`the peer does not know method ${id}`);
  const args: Record<string, unknown> = {};
  const typed = new Map<string, ReadonlyMap<string, TypedField>>();
  let bits = 0;
  let bitAt = 8;
  for (const [field, kind] of Object.entries((methods[name] as Method).fields)) {
    if (kind === 'bit') {
      if (bitAt === 8) {
        bits = from.octet();
        bitAt = 0;
      }
      args[field] = (bits & (1 << bitAt)) !== 0;
      bitAt += 1;
      continue;
    }
    bitAt = 8;
    if (kind === 'table') {
      const table = from.typedTable();
      typed.set(field, table);
      args[field] = plainTable(table);
    } else if (kind === 'longstr') args[field] = from.longbytes().toString();
    else args[field] = from[kind]();
  }
  if (from.left > 0) throw new Error(`${name} has ${from.left} bytes too many`);
  return { name, args, typed };
}
