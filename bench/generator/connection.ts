/**
 * A raw AMQP connection with channel 1 open. Reads land in one buffer and are stepped over by offset: a frame that
 * is not all there yet is copied in front of the place of the next read, so a frame is always contiguous.
 */
import { connect, type Socket } from 'node:net';
import type { Address } from './address.ts';
import { FRAME_END, FRAME_METHOD, FRAME_OVERHEAD, FrameWriter, method } from './frame-writer.ts';

/** Takes the frames of a connection; `at` is the payload's offset in `connection.view`. */
export interface FrameSink {
  frame(type: number, at: number, size: number): void;
  /** Called once after each read, when its whole frames have been given. */
  readEnd(): void;
}

export interface ConnectionOptions {
  /** Octets taken from the socket at most at a time. */
  readonly readBytes: number;
  /** The largest frame that can be received. */
  readonly frameMax: number;
}

export const BULK: ConnectionOptions = { readBytes: 256 * 1024, frameMax: 131_072 };
/** For connections that only ever exchange small methods. */
export const SMALL: ConnectionOptions = { readBytes: 4096, frameMax: 4096 };

const CHANNEL = 1;
const NO_HEARTBEAT = 0;
const CLOSE_PATIENCE_MS = 5_000;
const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

interface PendingReply {
  readonly id: number;
  resolve(args: Buffer): void;
  reject(reason: Error): void;
}

export class RawConnection {
  readonly view: DataView;
  readonly bytes: Buffer;
  readonly #head: number;
  #socket: Socket;
  #tail = 0;
  #sink: FrameSink | undefined;
  #pending: PendingReply | undefined;
  #failure: Error | undefined;
  #closing = false;
  #frameMax: number;
  /** False while the broker has asked for a pause with channel.flow or connection.blocked. */
  mayPublish = true;
  /** Messages that came back with basic.return. */
  returned = 0;
  /** Told once when the connection breaks; without it the failure shows at the next request. */
  onFailure: ((reason: Error) => void) | undefined;

  private constructor(address: Address, options: ConnectionOptions) {
    this.#head = options.frameMax + FRAME_OVERHEAD;
    this.#frameMax = options.frameMax;
    const memory = new ArrayBuffer(this.#head + options.readBytes);
    this.view = new DataView(memory);
    this.bytes = Buffer.from(memory);
    this.#socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      onread: {
        buffer: Buffer.from(memory, this.#head, options.readBytes),
        callback: (count) => {
          this.#read(count);
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the broker closed the TCP connection')));
  }

  /** Opens the connection and channel 1; heartbeats are off. */
  static async open(address: Address, options: ConnectionOptions): Promise<RawConnection> {
    const connection = new RawConnection(address, options);
    await connection.#handshake(address);
    return connection;
  }

  get frameMax(): number {
    return this.#frameMax;
  }

  /** Octets handed to the socket that the kernel has not taken yet. */
  get unwritten(): number {
    return this.#socket.writableLength;
  }

  /** From now on frames go to the sink; `control` there is for those that it does not know. */
  attach(sink: FrameSink): void {
    this.#sink = sink;
  }

  write(bytes: Uint8Array, written?: () => void): void {
    this.#socket.write(bytes, written);
  }

  /** Sends one method on channel 1 and waits for the given reply; its arguments, copied. */
  async call(id: number, replyId: number, args?: (to: FrameWriter) => void): Promise<Buffer> {
    const reply = this.#expect(replyId);
    this.write(new FrameWriter().method(CHANNEL, id, args).take());
    return reply;
  }

  /** Ends in order: connection.close, then the socket. */
  async close(): Promise<void> {
    this.#sink = undefined;
    this.#closing = true;
    const reply = this.#expect(method.connectionCloseOk);
    this.write(
      new FrameWriter()
        .method(0, method.connectionClose, (to) => to.short(200).shortstr('done').short(0).short(0))
        .take(),
    );
    // A broker that has much left to read answers late; the bench does not wait for that.
    const patience = setTimeout(() => this.destroy(), CLOSE_PATIENCE_MS);
    await reply.catch(() => {});
    clearTimeout(patience);
    this.destroy();
  }

  destroy(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  /** What a broker may send unasked, or the reply to `call`. */
  control(at: number, size: number): void {
    const id = this.view.getUint32(at);
    if (this.#pending?.id === id) {
      const pending = this.#pending;
      this.#pending = undefined;
      pending.resolve(Buffer.from(this.bytes.subarray(at + 4, at + size)));
    } else if (id === method.connectionClose || id === method.channelClose) {
      if (this.#closing) return;
      const text = this.#closeText(at + 4);
      this.#fail(new Error(`the broker closed the connection or channel: ${text}`));
    } else if (id === method.basicCancel) {
      this.#fail(new Error('the broker cancelled the consumer'));
    } else if (id === method.basicReturn) {
      this.returned++;
    } else if (id === method.connectionBlocked) {
      this.mayPublish = false;
    } else if (id === method.connectionUnblocked) {
      this.mayPublish = true;
    } else if (id === method.channelFlow) {
      this.mayPublish = (this.view.getUint8(at + 4) & 1) === 1;
      const active = this.mayPublish ? 1 : 0;
      this.write(
        new FrameWriter().method(CHANNEL, method.channelFlowOk, (to) => to.octet(active)).take(),
      );
    }
  }

  #read(count: number): void {
    const end = this.#head + count;
    const rest = this.#walk(this.#head - this.#tail, end);
    this.#tail = end - rest;
    if (this.#tail > this.#head) throw new Error('a frame exceeds the negotiated frame-max');
    this.bytes.copyWithin(this.#head - this.#tail, rest, end);
    this.#sink?.readEnd();
  }

  /** Gives every whole frame away; the offset of the first octet that was not used. */
  #walk(start: number, end: number): number {
    const view = this.view;
    let at = start;
    while (end - at >= FRAME_OVERHEAD) {
      const size = view.getUint32(at + 3);
      const next = at + size + FRAME_OVERHEAD;
      if (next > end) break;
      if (view.getUint8(next - 1) !== FRAME_END) throw new Error('a frame does not end in 0xCE');
      const type = view.getUint8(at);
      if (this.#sink !== undefined) this.#sink.frame(type, at + 7, size);
      else if (type === FRAME_METHOD) this.control(at + 7, size);
      at = next;
    }
    return at;
  }

  async #handshake(address: Address): Promise<void> {
    const start = this.#expect(method.connectionStart);
    this.write(PROTOCOL_HEADER);
    await start;
    const tune = this.#expect(method.connectionTune);
    this.write(startOk(address));
    const limits = await tune;
    const offered = limits.readUInt32BE(2) || BULK.frameMax;
    this.#frameMax = Math.min(offered, BULK.frameMax);
    const opened = this.#expect(method.connectionOpenOk);
    this.write(
      new FrameWriter()
        .method(0, method.connectionTuneOk, (to) =>
          to.short(limits.readUInt16BE(0)).long(this.#frameMax).short(NO_HEARTBEAT),
        )
        .method(0, method.connectionOpen, (to) => to.shortstr(address.vhost).shortstr('').octet(0))
        .take(),
    );
    await opened;
    await this.call(method.channelOpen, method.channelOpenOk, (to) => to.shortstr(''));
  }

  #expect(id: number): Promise<Buffer> {
    if (this.#pending !== undefined) throw new Error('another reply is still awaited');
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending = { id, resolve, reject };
    });
  }

  #closeText(at: number): string {
    const length = this.view.getUint8(at + 2);
    const text = this.bytes.toString('utf8', at + 3, at + 3 + length);
    return `${this.view.getUint16(at)} ${text}`;
  }

  #fail(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#pending?.reject(reason);
    this.#pending = undefined;
    if (!this.#closing) this.onFailure?.(reason);
    this.#socket.destroy();
  }
}

function startOk(address: Address): Buffer {
  const capabilities = new FrameWriter();
  for (const name of [
    'publisher_confirms',
    'basic.nack',
    'connection.blocked',
    'consumer_cancel_notify',
    'authentication_failure_close',
  ]) {
    capabilities.shortstr(name).octet(0x74).octet(1);
  }
  const inner = capabilities.take();
  const properties = new FrameWriter().shortstr('capabilities').octet(0x46).long(inner.length);
  properties.raw(inner).shortstr('product').octet(0x53).longstr('leveret-bench');
  const outer = properties.take();
  return new FrameWriter()
    .method(0, method.connectionStartOk, (to) =>
      to
        .long(outer.length)
        .raw(outer)
        .shortstr('PLAIN')
        .longstr(`\0${address.user}\0${address.password}`)
        .shortstr('en_US'),
    )
    .take();
}
