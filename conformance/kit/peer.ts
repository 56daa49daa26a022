// A raw AMQP 0-9-1 client that does exactly what a test tells it, mistakes included.

import { connect as dial, type Socket } from 'node:net';
import { connect as dialTls } from 'node:tls';
import { type Content, type DecodedHeader, decodeHeader } from './content.ts';
import { type Got, Inbox, patienceMs } from './inbox.ts';
import { type Close, checkClose, frameType, PeerChannel } from './peer-channel.ts';
import {
  carriesContent,
  type DecodedMethod,
  decodeMethod,
  encodeMethod,
  type MethodName,
  type Sent,
} from './spec.ts';
import { trust } from './trust.ts';
import { field, type Table, Writer } from './wire.ts';

export const protocolHeader = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

export interface Tune {
  channelMax: number;
  frameMax: number;
  heartbeat: number;
}

export interface PeerOptions {
  username?: string;
  password?: string;
  mechanism?: string;
  /** The SASL response; made from user name and password when absent. */
  response?: string | Uint8Array;
  clientProperties?: Table;
  locale?: string;
  vhost?: string;
  /** What tune-ok says; the broker's own values, and heartbeat 0, where absent. */
  tune?: Partial<Tune>;
}

/** What official clients announce; `authentication_failure_close` makes a failed login audible. */
const clientProperties: Table = {
  product: 'conformance peer',
  capabilities: {
    publisher_confirms: true,
    exchange_exchange_bindings: true,
    'basic.nack': true,
    consumer_cancel_notify: true,
    'connection.blocked': true,
    authentication_failure_close: true,
  },
};

interface Assembly {
  readonly method: DecodedMethod;
  readonly header: DecodedHeader | undefined;
  readonly headerBytes: Buffer;
  readonly pieces: Buffer[];
}

export function saslResponse(mechanism: string, user: string, password: string): Uint8Array {
  if (mechanism !== 'AMQPLAIN') return Buffer.from(`\0${user}\0${password}`);
  const table = new Writer().table({ LOGIN: field('S', user), PASSWORD: field('S', password) });
  return table.done().subarray(4);
}

export class Peer {
  readonly #url: URL;
  readonly #socket: Socket;
  readonly #inboxes = new Map<number, Inbox>();
  readonly #assemblies = new Map<number, Assembly>();
  readonly #ended: Promise<void>;
  readonly #listeners = new Set<() => void>();
  #tail: Buffer = Buffer.alloc(0);
  #nextChannel = 1;
  #isEnded = false;
  #isOpen = false;
  /** Frame size limit that `publish` keeps to; 0 means none. */
  frameMax = 131072;
  /** What the broker proposed in connection.tune. */
  proposed: Tune | undefined;
  /** connection.start as it came. */
  started: Got<'connection.start'> | undefined;
  /** When each heartbeat frame came, in performance.now() milliseconds. */
  readonly heartbeats: number[] = [];
  /** Type, channel and payload length of each frame that came. */
  readonly frames: { type: number; channel: number; length: number }[] = [];
  /** Bytes that came instead of frames: a protocol header that refuses ours. */
  refusal: Buffer | undefined;
  /** A frame that the peer could not understand. */
  fault: Error | undefined;

  private constructor(url: URL, socket: Socket) {
    this.#url = url;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#isEnded = true;
        this.#endAll(new Error('the broker has closed the socket'));
        resolve();
      };
      socket.once('end', end);
      socket.once('close', end);
    });
  }

  /** Connects the socket and sends nothing. */
  static dial(url: string): Promise<Peer> {
    const to = new URL(url);
    const secure = to.protocol === 'amqps:';
    const host = to.hostname.replace(/^\[(.*)\]$/, '$1');
    const where = { host, port: Number(to.port || (secure ? 5671 : 5672)), allowHalfOpen: true };
    return new Promise((resolve, reject) => {
      const socket: Socket = secure ? dialTls({ ...where, ...trust() }) : dial(where);
      socket.once('error', reject);
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        socket.off('error', reject);
        resolve(new Peer(to, socket));
      });
    });
  }

  /** A connection that is open and ready for channels. */
  static async connect(url: string, options: PeerOptions = {}): Promise<Peer> {
    const peer = await Peer.dial(url);
    await peer.handshake(options);
    return peer;
  }

  async handshake(options: PeerOptions = {}): Promise<void> {
    await this.start();
    this.login(options);
    await this.tune(options.tune);
    await this.open(options.vhost);
  }

  /** Sends the protocol header and waits for connection.start. */
  async start(): Promise<Got<'connection.start'>> {
    this.sendBytes(protocolHeader);
    this.started = await this.expect('connection.start');
    return this.started;
  }

  /** Sends connection.start-ok. */
  login(options: PeerOptions = {}): void {
    const mechanism = options.mechanism ?? 'PLAIN';
    const user = options.username ?? decodeURIComponent(this.#url.username || 'guest');
    const password = options.password ?? decodeURIComponent(this.#url.password || 'guest');
    this.send(0, 'connection.start-ok', {
      clientProperties: options.clientProperties ?? clientProperties,
      mechanism,
      response: (options.response ?? saslResponse(mechanism, user, password)) as Uint8Array,
      locale: options.locale ?? 'en_US',
    });
  }

  /** Waits for connection.tune and sends tune-ok. */
  async tune(answer: Partial<Tune> = {}): Promise<Tune> {
    const { channelMax, frameMax, heartbeat } = await this.expect('connection.tune');
    this.proposed = { channelMax, frameMax, heartbeat };
    const agreed = { ...this.proposed, heartbeat: 0, ...answer };
    this.frameMax = agreed.frameMax === 0 ? 131072 : agreed.frameMax;
    this.send(0, 'connection.tune-ok', agreed);
    return this.proposed;
  }

  /** Sends connection.open and waits for open-ok. */
  async open(vhost?: string): Promise<void> {
    const path = this.#url.pathname.slice(1);
    this.send(0, 'connection.open', {
      virtualHost: vhost ?? (path === '' ? '/' : decodeURIComponent(path)),
    });
    await this.expect('connection.open-ok');
    this.#isOpen = true;
  }

  /** Opens a channel: the given number, or the next unused one. */
  async channel(number = this.#nextChannel): Promise<PeerChannel> {
    this.#nextChannel = Math.max(this.#nextChannel, number + 1);
    const channel = this.rawChannel(number);
    await channel.call('channel.open');
    return channel;
  }

  /** A handle to any channel number; sends nothing. */
  rawChannel(number: number): PeerChannel {
    return new PeerChannel(this, number, this.#inbox(number));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  sendFrame(type: number, channel: number, payload: Uint8Array): void {
    this.sendBytes(frameBytes(type, channel, payload));
  }

  send<N extends MethodName>(channel: number, name: N, args: Sent<N> = {}): void {
    this.sendFrame(frameType.method, channel, encodeMethod(name, args));
  }

  /** The next method on channel 0, which must be `name`. */
  expect<N extends MethodName>(name: N, timeoutMs?: number): Promise<Got<N>> {
    return this.#inbox(0).next(name, timeoutMs);
  }

  expectSilence(forMs = 100): Promise<void> {
    return this.#inbox(0).silence(forMs);
  }

  /** Expects connection.close, answers it, and expects that the broker then closes the socket. */
  async expectClose(
    code: number,
    text?: string | RegExp,
    method?: MethodName | 'none',
  ): Promise<Close> {
    const close = await this.expect('connection.close');
    checkClose(close, code, text, method);
    this.send(0, 'connection.close-ok');
    await this.expectEnd();
    return close;
  }

  /** Expects that the broker closes the socket, with no method on channel 0 unread before it. */
  async expectEnd(timeoutMs = patienceMs): Promise<void> {
    await this.#within(timeoutMs, this.#ended, 'the broker to close the socket');
    await this.#inbox(0)
      .take('nothing', () => true, 1)
      .then(
        (item) => {
          throw new Error(`unexpected ${item.name} before the end`);
        },
        () => undefined,
      );
  }

  /** Expects the refusing protocol header that the broker writes before it closes the socket. */
  async expectRefusal(): Promise<Buffer> {
    await this.#within(patienceMs, this.#ended, 'a protocol header and the end');
    return this.refusal ?? Buffer.alloc(0);
  }

  /** Resolves once `done` holds; looked at whenever a frame arrives. */
  async until(what: string, done: () => boolean, timeoutMs = patienceMs): Promise<void> {
    if (done()) return;
    let look: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      look = () => {
        if (done()) resolve();
      };
      this.#listeners.add(look);
    });
    await this.#within(timeoutMs, reached, what).finally(() => this.#listeners.delete(look));
  }

  /** Closes the connection as a client should; a broker that does not answer is cut off. */
  async close(): Promise<void> {
    if (this.#isOpen && !this.#isEnded) {
      this.#isOpen = false;
      this.send(0, 'connection.close', { replyCode: 200, replyText: 'bye' });
      const answered = ({ name }: { name: MethodName }) => name === 'connection.close-ok';
      await this.#inbox(0)
        .take('connection.close-ok', answered, 1000)
        .catch(() => undefined);
    }
    this.destroy();
  }

  /** Drops the socket without a word. */
  destroy(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  /** Sends FIN and goes on reading. */
  halfClose(): void {
    this.#isOpen = false;
    this.#socket.end();
  }

  /** Stops and resumes reading from the socket. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async #within(timeoutMs: number, event: Promise<void>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const fault = this.fault ? ` (${this.fault.message})` : '';
        reject(new Error(`waited ${timeoutMs} ms for ${what}${fault}`));
      }, timeoutMs);
    });
    await Promise.race([event, late]).finally(() => clearTimeout(timer));
  }

  #inbox(channel: number): Inbox {
    let inbox = this.#inboxes.get(channel);
    if (!inbox) {
      inbox = new Inbox(channel === 0 ? 'the connection' : `channel ${channel}`);
      this.#inboxes.set(channel, inbox);
      if (this.#isEnded) inbox.end(new Error('the broker has closed the socket'));
    }
    return inbox;
  }

  #endAll(reason: Error): void {
    for (const inbox of this.#inboxes.values()) inbox.end(reason);
  }

  #receive(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#tail, chunk]);
    if (this.frames.length === 0 && bytes.subarray(0, 4).toString('latin1') === 'AMQP') {
      this.refusal = bytes;
      this.#tail = bytes;
      return;
    }
    while (bytes.length >= 7 && this.fault === undefined) {
      const length = bytes.readUInt32BE(3);
      if (bytes.length < length + 8) break;
      try {
        if (bytes[length + 7] !== 0xce) throw new Error('a frame without its end octet');
        this.#frame(bytes.readUInt8(0), bytes.readUInt16BE(1), bytes.subarray(7, length + 7));
      } catch (error) {
        this.fault = error as Error;
        this.#endAll(new Error(`the broker sent nonsense: ${this.fault.message}`));
      }
      bytes = bytes.subarray(length + 8);
    }
    this.#tail = bytes;
    for (const look of [...this.#listeners]) look();
  }

  #frame(type: number, channel: number, payload: Buffer): void {
    this.frames.push({ type, channel, length: payload.length });
    if (type === frameType.heartbeat) {
      this.heartbeats.push(performance.now());
      return;
    }
    const assembly = this.#assemblies.get(channel);
    if (type === frameType.method) {
      if (assembly) throw new Error('a method inside of a content');
      this.#method(channel, decodeMethod(payload));
      return;
    }
    if (!assembly) throw new Error(`a frame of type ${type} without its method`);
    if (type === frameType.header && !assembly.header) {
      const header = decodeHeader(payload);
      this.#progress(channel, { ...assembly, header, headerBytes: Buffer.from(payload) });
    } else if (type === frameType.body && assembly.header) {
      assembly.pieces.push(Buffer.from(payload));
      this.#progress(channel, assembly);
    } else throw new Error(`a frame of type ${type} out of place`);
  }

  #method(channel: number, method: DecodedMethod): void {
    if (carriesContent(method.name)) {
      const empty = { header: undefined, headerBytes: Buffer.alloc(0), pieces: [] };
      this.#assemblies.set(channel, { method, ...empty });
      return;
    }
    this.#put(channel, method, undefined);
    if (method.name !== 'connection.close') return;
    this.#isOpen = false;
    const { replyCode, replyText } = method.args;
    for (const [number, inbox] of this.#inboxes) {
      if (number !== 0) inbox.end(new Error(`the broker closed: ${replyCode} ${replyText}`));
    }
  }

  #progress(channel: number, assembly: Assembly): void {
    const { method, header, headerBytes, pieces } = assembly;
    const body = Buffer.concat(pieces);
    if (!header || body.length < header.bodySize) {
      this.#assemblies.set(channel, assembly);
      return;
    }
    if (body.length > header.bodySize) throw new Error('a body longer than announced');
    this.#assemblies.delete(channel);
    const { properties, typedHeaders } = header;
    const split = pieces.map((piece) => piece.length);
    const text = body.toString();
    this.#put(channel, method, {
      properties,
      typedHeaders,
      body,
      text,
      header: headerBytes,
      split,
    });
  }

  #put(channel: number, { name, args, typed }: DecodedMethod, content: Content | undefined): void {
    const got = content ? { ...args, content } : args;
    // Not enumerable, so that toEqual compares the arguments alone.
    Object.defineProperty(got, 'typed', { value: typed });
    this.#inbox(channel).put({ name, got });
  }
}

/** A frame with its end octet; `end` may be another. */
export function frameBytes(type: number, channel: number, payload: Uint8Array, end = 0xce): Buffer {
  const out = new Writer().octet(type).short(channel).long(payload.length);
  return out.bytes(payload).octet(end).done();
}
