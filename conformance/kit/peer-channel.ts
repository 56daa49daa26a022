// One channel of the peer: send methods and content, expect methods, closes and silence.

import { cut, encodeHeader, type Properties } from './content.ts';
import { type Got, type Inbox, type Incoming, show } from './inbox.ts';
import { type MethodName, methods, type ReplyTo, type Sent } from './spec.ts';

export const frameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;

export interface Close {
  readonly replyCode: number;
  readonly replyText: string;
  readonly classId: number;
  readonly methodId: number;
}

/** Checks a received close; `method` is the one that the broker must blame, 'none' means 0,0. */
export function checkClose(
  close: Close,
  code: number,
  text?: string | RegExp,
  method?: MethodName | 'none',
): void {
  const wantedIds =
    method === undefined ? undefined : method === 'none' ? [0, 0] : methods[method].id;
  const textIsRight =
    text === undefined ||
    (typeof text === 'string' ? close.replyText === text : text.test(close.replyText));
  const idsAreRight =
    wantedIds === undefined || (close.classId === wantedIds[0] && close.methodId === wantedIds[1]);
  if (close.replyCode === code && textIsRight && idsAreRight) return;
  throw new Error(
    `expected close ${code} ${text ?? ''} ${wantedIds ?? ''}\n     got close ` +
      `${close.replyCode} ${close.replyText} ${close.classId},${close.methodId}`,
  );
}

/** The connection of a channel, as its channels and their tests see it. */
export interface Line {
  readonly frameMax: number;
  send<N extends MethodName>(channel: number, name: N, args?: Sent<N>): void;
  sendFrame(type: number, channel: number, payload: Uint8Array): void;
  sendBytes(bytes: Uint8Array): void;
  expect<N extends MethodName>(name: N, timeoutMs?: number): Promise<Got<N>>;
  expectClose(code: number, text?: string | RegExp, method?: MethodName | 'none'): Promise<Close>;
  expectEnd(timeoutMs?: number): Promise<void>;
  expectSilence(forMs?: number): Promise<void>;
  channel(number?: number): Promise<PeerChannel>;
  rawChannel(number: number): PeerChannel;
  close(): Promise<void>;
  destroy(): void;
}

export class PeerChannel {
  readonly peer: Line;
  readonly number: number;
  readonly #inbox: Inbox;

  constructor(peer: Line, number: number, inbox: Inbox) {
    this.peer = peer;
    this.number = number;
    this.#inbox = inbox;
  }

  send<N extends MethodName>(name: N, args: Sent<N> = {}): void {
    this.peer.send(this.number, name, args);
  }

  /** Sends a method and waits for its answer; deliveries and returns before it stay unread. */
  async call<N extends MethodName>(name: N, args: Sent<N> = {}): Promise<Got<ReplyTo<N>>> {
    this.send(name, args);
    return (await this.#answer([`${name}-ok`])).got as Got<ReplyTo<N>>;
  }

  async #answer(names: readonly string[]) {
    const item = await this.#inbox.take(
      names.join(' or '),
      ({ name }) => names.includes(name) || name === 'channel.close',
    );
    if (item.name !== 'channel.close') return item;
    throw new Error(`expected ${names.join(' or ')}, got channel.close ${show(item.got)}`);
  }

  /** Sends a method that must close this channel, blaming that method; answers close-ok. */
  async fails<N extends MethodName>(
    name: N,
    args: Sent<N>,
    code: number,
    text?: string | RegExp,
  ): Promise<Close> {
    this.send(name, args);
    return this.expectClose(code, text, name);
  }

  /** Sends a method that must close the whole connection, blaming that method. */
  async failsConnection<N extends MethodName>(
    name: N,
    args: Sent<N>,
    code: number,
    text?: string | RegExp,
  ): Promise<Close> {
    this.send(name, args);
    return this.peer.expectClose(code, text, name);
  }

  /** The next method on this channel, which must be `name`. */
  expect<N extends MethodName>(name: N, timeoutMs?: number): Promise<Got<N>> {
    return this.#inbox.next(name, timeoutMs);
  }

  /** The first `name` on this channel; what came before it stays unread. */
  async await<N extends MethodName>(name: N, timeoutMs?: number): Promise<Got<N>> {
    const item = await this.#inbox.take(name, (item) => item.name === name, timeoutMs);
    return item.got as Got<N>;
  }

  /** The next method on this channel, whichever it is. */
  any(timeoutMs?: number): Promise<Incoming> {
    return this.#inbox.take('any method', () => true, timeoutMs);
  }

  /** Fails if anything is unread on this channel or comes within the time. */
  expectSilence(forMs = 100): Promise<void> {
    return this.#inbox.silence(forMs);
  }

  /** Expects channel.close and answers it; the text is compared whole, or by a RegExp. */
  async expectClose(
    code: number,
    text?: string | RegExp,
    method?: MethodName | 'none',
  ): Promise<Close> {
    const close = await this.expect('channel.close');
    checkClose(close, code, text, method);
    this.send('channel.close-ok');
    return close;
  }

  /** basic.publish with its content, in frames that the negotiated frame-max allows. */
  publish(
    args: Sent<'basic.publish'>,
    body: string | Uint8Array = '',
    properties: Properties = {},
  ): void {
    this.send('basic.publish', args);
    this.content(body, properties);
  }

  /** Header and body frames; `split` gives the body frames' sizes, `bodySize` may lie. */
  content(
    body: string | Uint8Array,
    properties: Properties = {},
    options: { split?: readonly number[]; bodySize?: number | bigint; classId?: number } = {},
  ): void {
    const bytes = Buffer.from(body as string);
    const header = encodeHeader(properties, options.bodySize ?? bytes.length, options.classId);
    this.frame(frameType.header, header);
    const sizes = options.split ?? this.peer.frameMax - 8;
    for (const piece of cut(bytes, sizes)) this.frame(frameType.body, piece);
  }

  /** One frame with any type and payload on this channel. */
  frame(type: number, payload: Uint8Array = Buffer.alloc(0)): void {
    this.peer.sendFrame(type, this.number, payload);
  }

  /** basic.get: the message, or undefined for get-empty. */
  async get(queue: string, args: Sent<'basic.get'> = {}): Promise<Got<'basic.get-ok'> | undefined> {
    this.send('basic.get', { noAck: true, ...args, queue });
    const item = await this.#answer(['basic.get-ok', 'basic.get-empty']);
    return item.name === 'basic.get-ok' ? (item.got as Got<'basic.get-ok'>) : undefined;
  }

  /** The bodies of everything that waits in a queue, taken out of it. */
  async drain(queue: string): Promise<string[]> {
    const bodies: string[] = [];
    for (let got = await this.get(queue); got; got = await this.get(queue)) {
      bodies.push(got.content.text);
    }
    return bodies;
  }

  /** A queue.declare with the kit's usual settings (a transient queue) and the name it got. */
  async queue(queue: string, args: Sent<'queue.declare'> = {}): Promise<string> {
    return (await this.call('queue.declare', { queue, ...args })).queue;
  }

  /** Counts of a queue, by passive declare. */
  async counts(queue: string): Promise<{ messageCount: number; consumerCount: number }> {
    const ok = await this.call('queue.declare', { queue, passive: true });
    return { messageCount: ok.messageCount, consumerCount: ok.consumerCount };
  }

  async confirmSelect(): Promise<void> {
    await this.call('confirm.select');
  }

  /** Publishes on a confirm channel and waits for the ack (or nack) of this one message. */
  async publishConfirmed(
    args: Sent<'basic.publish'>,
    body: string | Uint8Array = '',
    properties: Properties = {},
  ): Promise<'ack' | 'nack'> {
    this.publish(args, body, properties);
    return (await this.#answer(['basic.ack', 'basic.nack'])).name === 'basic.ack' ? 'ack' : 'nack';
  }

  async close(): Promise<void> {
    await this.call('channel.close', { replyCode: 200 });
  }
}
