import type { Connection } from '../../src/amqp/connection.ts';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { encodeProperties, type Properties } from '../../src/codec/properties.ts';
import { type FieldKind, methods } from '../../src/codec/spec.ts';
import { emptyTable, table } from '../../src/codec/table.ts';
import { type MemoryNode, turn } from './memory-node.ts';
import type { Chunking, MemoryTransport } from './memory-transport.ts';
import {
  type ClientMethod,
  decodeServerMethod,
  encodeClientMethod,
  type ServerMethod,
} from './peer-codec.gen.ts';

/** What a peer reads; content headers and bodies as they are. */
export type PeerFrame =
  | { readonly type: 'protocol-header'; readonly bytes: Uint8Array }
  | { readonly type: 'method'; readonly channel: number; readonly method: ServerMethod }
  | { readonly type: 'header'; readonly channel: number; readonly payload: Uint8Array }
  | { readonly type: 'body'; readonly channel: number; readonly payload: Uint8Array }
  | { readonly type: 'heartbeat' };

export const protocolHeader = Uint8Array.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

type Fields<Name extends ClientMethod['name']> = Partial<
  Omit<Extract<ClientMethod, { name: Name }>, 'name'>
>;

const nothing: Record<FieldKind, unknown> = {
  bit: false,
  octet: 0,
  short: 0,
  long: 0,
  longlong: 0,
  shortstr: '',
  longstr: new Uint8Array(0),
  table: emptyTable,
  timestamp: 0,
};

/** A frame of any type; its end octet may be wrong. */
export function frame(type: number, channel: number, payload: Uint8Array, end = 206): Uint8Array {
  const writer = new Writer(payload.length + 8);
  writer.octet(type);
  writer.short(channel);
  writer.long(payload.length);
  writer.raw(payload);
  writer.octet(end);
  return writer.bytes();
}

/** A method frame; fields that are not given are false, zero or empty. */
export function method<Name extends ClientMethod['name']>(
  channel: number,
  name: Name,
  fields: Fields<Name> = {},
): Uint8Array {
  const spec = methods.find((candidate) => candidate.name === name);
  const shown = spec?.fields.filter((field) => !field.name.startsWith('reserved')) ?? [];
  const blank = Object.fromEntries(shown.map((field) => [field.name, nothing[field.kind]]));
  const writer = new Writer();
  encodeClientMethod(writer, { name, ...blank, ...fields } as ClientMethod);
  return frame(1, channel, writer.bytes());
}

/** A content header frame. */
export function header(channel: number, size: number, properties: Properties = {}): Uint8Array {
  const writer = new Writer();
  writer.short(60);
  writer.short(0);
  writer.longlong(size);
  encodeProperties(writer, properties);
  return frame(2, channel, writer.bytes());
}

/** A body frame. */
export function body(channel: number, payload: Uint8Array | string): Uint8Array {
  return frame(3, channel, Buffer.from(payload));
}

export interface Publication {
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly mandatory?: boolean;
  readonly properties?: Properties;
  readonly content?: Uint8Array | string;
}

/** A message's frames; the body in pieces of at most `piece` bytes. */
export function publish(channel: number, message: Publication, piece = 100_000): Uint8Array {
  const { exchange = '', routingKey = '', mandatory = false, properties = {} } = message;
  const content = Buffer.from(message.content ?? '');
  const parts = [
    method(channel, 'basic.publish', { exchange, routingKey, mandatory }),
    header(channel, content.length, properties),
  ];
  for (let at = 0; at < content.length; at += piece) {
    parts.push(body(channel, content.subarray(at, at + piece)));
  }
  return Buffer.concat(parts);
}

/** Whole frames in bytes; what is left over is an error. */
export function framesOf(bytes: Uint8Array): PeerFrame[] {
  const frames: PeerFrame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0x41) {
      frames.push({ type: 'protocol-header', bytes: bytes.slice(at, at + 8) });
      at += 8;
      continue;
    }
    const channel = view.getUint16(at + 1);
    const end = at + 7 + view.getUint32(at + 3);
    if (bytes[end] !== 206) throw new Error(`no frame end at ${end} of ${bytes.length}`);
    frames.push(frameOf(view.getUint8(at), channel, bytes.slice(at + 7, end)));
    at = end + 1;
  }
  return frames;
}

function frameOf(type: number, channel: number, payload: Uint8Array): PeerFrame {
  if (type === 1) {
    return { type: 'method', channel, method: decodeServerMethod(new Reader(payload)) };
  }
  if (type === 2) return { type: 'header', channel, payload };
  if (type === 3) return { type: 'body', channel, payload };
  if (type === 8 && channel === 0 && payload.length === 0) return { type: 'heartbeat' };
  throw new Error(`a server sends no frame of type ${type}`);
}

export interface OpenOptions {
  readonly user?: string;
  readonly password?: string;
  readonly vhost?: string;
  readonly channelMax?: number;
  readonly frameMax?: number;
  readonly heartbeat?: number;
  /** What the client says it can do. */
  readonly capabilities?: Readonly<Record<string, boolean>>;
  /** Channels to open. */
  readonly channels?: readonly number[];
}

export const startOk = ({ user = 'guest', password = user, capabilities = {} }: OpenOptions = {}) =>
  method(0, 'connection.start-ok', {
    clientProperties: table({ capabilities: { type: 'F', value: table(capabilities) } }),
    mechanism: 'PLAIN',
    response: Buffer.from(`\0${user}\0${password}`),
    locale: 'en_US',
  });

export const tuneOk = (options: OpenOptions = {}) => {
  const { channelMax = 2047, frameMax = 131_072, heartbeat = 0 } = options;
  return method(0, 'connection.tune-ok', { channelMax, frameMax, heartbeat });
};

/** All that a client says until it is in. */
export function opening(options: OpenOptions = {}): Uint8Array {
  return Buffer.concat([
    protocolHeader,
    startOk(options),
    tuneOk(options),
    method(0, 'connection.open', { virtualHost: options.vhost ?? '/' }),
    ...(options.channels ?? [1]).map((number) => method(number, 'channel.open')),
  ]);
}

/** A client that says what a test wants it to say, and nothing else. */
export class ScriptedPeer {
  readonly connection: Connection;
  readonly transport: MemoryTransport;

  constructor(node: MemoryNode, address?: string) {
    const { connection, transport } = node.accept(address);
    this.connection = connection;
    this.transport = transport;
  }

  /** A peer that is in and has its channels open. */
  static async open(node: MemoryNode, options: OpenOptions = {}): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(node);
    await peer.asks(opening(options));
    return peer;
  }

  sends(...parts: readonly Uint8Array[]): void {
    this.transport.feed(Buffer.concat(parts));
  }

  sendsIn(chunking: Chunking, ...parts: readonly Uint8Array[]): void {
    this.transport.feed(Buffer.concat(parts), chunking);
  }

  /** What it has been sent since it was last asked. */
  async answers(): Promise<PeerFrame[]> {
    await turn();
    return framesOf(this.transport.output());
  }

  async asks(...parts: readonly Uint8Array[]): Promise<PeerFrame[]> {
    this.sends(...parts);
    return this.answers();
  }

  /** The answers' methods alone. */
  async askedMethods(...parts: readonly Uint8Array[]): Promise<ServerMethod[]> {
    return methodsOf(await this.asks(...parts));
  }

  /** The methods among what it has been sent since it was last asked. */
  async methods(): Promise<ServerMethod[]> {
    return methodsOf(await this.answers());
  }

  /** It is gone without a word. */
  async vanishes(): Promise<void> {
    this.transport.lose('read ECONNRESET');
    await turn();
  }

  /** It says goodbye and hangs up. */
  async leaves(): Promise<void> {
    this.transport.readAll();
    this.sends(method(0, 'connection.close', { replyCode: 200 }));
    await turn(2);
    if (!this.transport.closed) this.transport.lose();
  }
}

export function methodsOf(frames: readonly PeerFrame[]): ServerMethod[] {
  return frames.flatMap((each) => (each.type === 'method' ? [each.method] : []));
}

/** Names of methods, in their order. */
export function namesOf(frames: readonly PeerFrame[]): string[] {
  return methodsOf(frames).map(({ name }) => name);
}
