/** A TCP proxy between a client and the broker: it counts frames, injects some, and cuts. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { target, urlWith } from './transcript.ts';

const HOST = '127.0.0.1';

export interface Frame {
  readonly from: 'client' | 'server';
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

/** Cuts a byte stream into frames; the protocol header of the client is left out. */
class FrameWalk {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Omit<Frame, 'from'>[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Omit<Frame, 'from'>[] = [];
    for (;;) {
      if (this.#rest.subarray(0, 4).toString('latin1') === 'AMQP') {
        if (this.#rest.length < 8) return frames;
        this.#rest = this.#rest.subarray(8);
      }
      if (this.#rest.length < 8) return frames;
      const size = this.#rest.readUInt32BE(3);
      if (this.#rest.length < size + 8) return frames;
      frames.push({
        type: this.#rest.readUInt8(0),
        channel: this.#rest.readUInt16BE(1),
        payload: this.#rest.subarray(7, 7 + size),
      });
      this.#rest = this.#rest.subarray(size + 8);
    }
  }
}

/** `class.method` of a method frame, `header`, `body` or `heartbeat`. */
export function frameKind(frame: Omit<Frame, 'from'>): string {
  if (frame.type === 1) return `${frame.payload.readUInt16BE(0)}.${frame.payload.readUInt16BE(2)}`;
  return { 2: 'header', 3: 'body', 8: 'heartbeat' }[frame.type] ?? `type ${frame.type}`;
}

export class Proxy {
  readonly frames: Frame[] = [];
  readonly #pairs = new Set<{ client: Socket; server: Socket }>();
  readonly #server: Server;
  #accepted = 0;
  #port = 0;

  private constructor() {
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(): Promise<Proxy> {
    const proxy = new Proxy();
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** How many connections were taken since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  get open(): number {
    return this.#pairs.size;
  }

  url(search = ''): string {
    return urlWith({ hostname: HOST, port: this.#port, search });
  }

  /** Takes connections, on the same port as before if there was one. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, HOST, () => {
        const address = this.#server.address();
        if (address !== null && typeof address === 'object') this.#port = address.port;
        resolve();
      });
    });
  }

  /** Refuses connections from now on; those that are open stay. */
  refuse(): void {
    this.#server.close();
  }

  #join(client: Socket): void {
    this.#accepted++;
    const server = connect({ host: target().hostname, port: target().port });
    const pair = { client, server };
    this.#pairs.add(pair);
    const fromClient = new FrameWalk();
    const fromServer = new FrameWalk();
    client.on('data', (chunk) => {
      for (const frame of fromClient.push(chunk)) this.frames.push({ from: 'client', ...frame });
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      for (const frame of fromServer.push(chunk)) this.frames.push({ from: 'server', ...frame });
      client.write(chunk);
    });
    client.on('end', () => server.end());
    server.on('end', () => client.end());
    const drop = () => {
      client.destroy();
      server.destroy();
      this.#pairs.delete(pair);
    };
    client.on('error', drop).on('close', drop);
    server.on('error', drop).on('close', drop);
  }

  /** Drops all connections without a word: a FIN to both sides, as when a process dies. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Ends all connections with a TCP reset towards the client. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** Sends the clients a method frame as if the broker had. */
  inject(channel: number, classId: number, methodId: number, fields: Buffer): void {
    const frame = Buffer.alloc(12 + fields.length);
    frame.writeUInt8(1, 0);
    frame.writeUInt16BE(channel, 1);
    frame.writeUInt32BE(4 + fields.length, 3);
    frame.writeUInt16BE(classId, 7);
    frame.writeUInt16BE(methodId, 9);
    fields.copy(frame, 11);
    frame.writeUInt8(0xce, 11 + fields.length);
    for (const { client } of this.#pairs) client.write(frame);
  }

  /** Sends connection.blocked as a broker short of memory does. */
  block(reason: string): void {
    this.inject(0, 10, 60, Buffer.from([reason.length, ...Buffer.from(reason)]));
  }

  unblock(): void {
    this.inject(0, 10, 61, Buffer.alloc(0));
  }

  /** How many frames of one kind one side sent. */
  count(from: Frame['from'], kind: string): number {
    return this.frames.filter((frame) => frame.from === from && frameKind(frame) === kind).length;
  }

  /** channel-max, frame-max and heartbeat of the last tune (from the server) or tune-ok. */
  tuned(from: Frame['from']): { channelMax: number; frameMax: number; heartbeat: number } {
    const kind = from === 'server' ? '10.30' : '10.31';
    const frame = this.frames.findLast((one) => one.from === from && frameKind(one) === kind);
    if (frame === undefined) throw new Error(`no ${kind} passed`);
    return {
      channelMax: frame.payload.readUInt16BE(4),
      frameMax: frame.payload.readUInt32BE(6),
      heartbeat: frame.payload.readUInt16BE(10),
    };
  }

  async close(): Promise<void> {
    this.cut();
    if (this.#server.listening) {
      await new Promise((resolve) => {
        this.#server.close(resolve);
      });
    }
  }
}
