/**
 * Builds AMQP 0-9-1 frames into one growing buffer. It shares nothing with the broker's codec, so that a mistake
 * there cannot hide behind the same mistake here.
 */

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_END = 0xce;
/** Octets around a frame's payload: type, channel and size before it, frame-end behind it (0-9-1 §4.2.3). */
export const FRAME_OVERHEAD = 8;

const OPEN_PART_MAX = 8;

/** Class id in the upper 16 bits, method id in the lower: the first four octets of a method frame's payload. */
export const method = {
  connectionStart: 0x000a_000a,
  connectionStartOk: 0x000a_000b,
  connectionTune: 0x000a_001e,
  connectionTuneOk: 0x000a_001f,
  connectionOpen: 0x000a_0028,
  connectionOpenOk: 0x000a_0029,
  connectionClose: 0x000a_0032,
  connectionCloseOk: 0x000a_0033,
  connectionBlocked: 0x000a_003c,
  connectionUnblocked: 0x000a_003d,
  channelOpen: 0x0014_000a,
  channelOpenOk: 0x0014_000b,
  channelFlow: 0x0014_0014,
  channelFlowOk: 0x0014_0015,
  channelClose: 0x0014_0028,
  exchangeDeclare: 0x0028_000a,
  exchangeDeclareOk: 0x0028_000b,
  exchangeDelete: 0x0028_0014,
  exchangeDeleteOk: 0x0028_0015,
  queueDeclare: 0x0032_000a,
  queueDeclareOk: 0x0032_000b,
  queueBind: 0x0032_0014,
  queueBindOk: 0x0032_0015,
  queueDelete: 0x0032_0028,
  queueDeleteOk: 0x0032_0029,
  basicQos: 0x003c_000a,
  basicQosOk: 0x003c_000b,
  basicConsume: 0x003c_0014,
  basicConsumeOk: 0x003c_0015,
  basicCancel: 0x003c_001e,
  basicPublish: 0x003c_0028,
  basicReturn: 0x003c_0032,
  basicDeliver: 0x003c_003c,
  basicAck: 0x003c_0050,
  basicNack: 0x003c_0078,
  confirmSelect: 0x0055_000a,
  confirmSelectOk: 0x0055_000b,
} as const;

export class FrameWriter {
  #bytes: Buffer;
  #length = 0;
  readonly #openParts: number[] = [];

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far, copied out; the writer starts again from empty. */
  take(): Buffer {
    if (this.#openParts.length > 0) throw new Error('a frame or table is still open');
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  octet(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeUInt8(value, at);
    return this;
  }

  short(value: number): this {
    const at = this.#grow(2);
    this.#bytes.writeUInt16BE(value, at);
    return this;
  }

  long(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  /** A 64-bit unsigned integer, from a number that is a safe integer. */
  longlong(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a longlong: ${value}`);
    return this.long(Math.floor(value / 2 ** 32)).long(value % 2 ** 32);
  }

  shortstr(text: string): this {
    const length = Buffer.byteLength(text);
    if (length > 255) throw new RangeError(`a short string holds 255 octets, not ${length}`);
    this.octet(length);
    const at = this.#grow(length);
    this.#bytes.write(text, at);
    return this;
  }

  longstr(text: string): this {
    const length = Buffer.byteLength(text);
    this.long(length);
    const at = this.#grow(length);
    this.#bytes.write(text, at);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** A field table of strings, 32-bit integers and booleans. */
  table(fields: Readonly<Record<string, string | number | boolean>>): this {
    this.#openPart();
    for (const [name, value] of Object.entries(fields)) {
      this.shortstr(name);
      if (typeof value === 'string') this.octet(0x53).longstr(value);
      else if (typeof value === 'number') this.octet(0x49).long(value >>> 0);
      else this.octet(0x74).octet(value ? 1 : 0);
    }
    return this.#closePart();
  }

  frame(type: number, channel: number, payload: (to: this) => void): this {
    this.octet(type).short(channel).#openPart();
    payload(this);
    return this.#closePart().octet(FRAME_END);
  }

  /** A method frame; the arguments are written by the callback. */
  method(channel: number, id: number, args: (to: this) => void = () => {}): this {
    return this.frame(FRAME_METHOD, channel, (to) => {
      to.long(id);
      args(to);
    });
  }

  #openPart(): this {
    if (this.#openParts.length === OPEN_PART_MAX) throw new Error('parts nest too deep');
    this.long(0);
    this.#openParts.push(this.#length);
    return this;
  }

  #closePart(): this {
    const start = this.#openParts.pop();
    if (start === undefined) throw new Error('no part is open');
    this.#bytes.writeUInt32BE(this.#length - start, start - 4);
    return this;
  }

  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#length * 2);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
