import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import type { Messages } from './messages.ts';
import type { Oracle } from './oracle.ts';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;
const NOT_FOUND = 404;

/** What all that load the broker share, from a start of it to its end. */
export class Shift {
  readonly url: string;
  readonly oracle: Oracle;
  readonly messages: Messages;
  /** The last number of each publisher; it goes on from shift to shift. */
  readonly numbers: Map<string, number>;
  /** Names the deliveries' channels. */
  readonly number: number;
  /** Many messages are large: the log fills one file after the other. */
  bulky = false;
  /** The broker is about to end, or has: connections may break. */
  dying = false;
  readonly #connections: ChannelModel[] = [];
  readonly #closed: Promise<void>[] = [];
  readonly #signs: string[] = [];

  constructor(
    url: string,
    oracle: Oracle,
    messages: Messages,
    numbers: Map<string, number>,
    number: number,
  ) {
    this.url = url;
    this.oracle = oracle;
    this.messages = messages;
    this.numbers = numbers;
    this.number = number;
  }

  async connect(): Promise<ChannelModel> {
    const connection = await connect(this.url, { noDelay: true });
    this.#connections.push(connection);
    connection.on('error', (error: Error) => this.failed('connection', error));
    const closed = new Promise<void>((resolve) => connection.once('close', () => resolve()));
    this.#closed.push(closed);
    const channel = await connection.createChannel();
    await channel.assertQueue(this.nextSign(), { exclusive: true });
    return connection;
  }

  /** A name for an exclusive queue: while it is there, so is its connection to the broker. */
  nextSign(): string {
    const name = `alive.${this.number}.${this.#signs.length + 1}`;
    this.#signs.push(name);
    return name;
  }

  async channel(connection: ChannelModel, who: string): Promise<ConfirmChannel> {
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error: Error) => this.failed(who, error));
    return channel;
  }

  /** Something ended that should not have, unless everything does. */
  failed(who: string, error: unknown): void {
    if (this.dying) return;
    const text = error instanceof Error ? error.message : String(error);
    this.oracle.object('protocol', `${who}: ${text}`);
  }

  /** Drops every socket without a word. */
  cut(): void {
    for (const { connection } of this.#connections) {
      const { stream } = connection as unknown as { stream: { destroy(error: Error): void } };
      stream.destroy(new Error('cut'));
    }
  }

  /** Resolves when the broker, which goes on, knows that the connections have been cut. */
  async noticed(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    const connection = await connect(this.url);
    for (const sign of this.#signs) {
      while (await isThere(connection, sign)) {
        await sleep(LOOK_EVERY_MS);
        if (performance.now() > deadline) throw new Error('a connection was cut, and goes on');
      }
    }
    await connection.close();
  }

  /** Resolves when every connection has ended, and with it all that used them. */
  async over(): Promise<void> {
    await Promise.all(this.#closed);
  }
}

async function isThere(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  let code: number | undefined;
  channel.on('error', (error: { code?: number }) => {
    code = error.code;
  });
  await channel.checkQueue(queue).catch(() => {});
  return code !== NOT_FOUND;
}
