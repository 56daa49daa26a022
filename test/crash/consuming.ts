import type { ConfirmChannel, GetMessage, Message } from 'amqplib';
import type { Random } from '../../src/kit/random.ts';
import type { Publisher } from './publishing.ts';
import type { Handed } from './rules.ts';
import type { Shift } from './shift.ts';
import { fenceTarget } from './topology.ts';

/** How a consumer goes about its queue. Shares are parts of 1. */
export interface Habit {
  readonly queue: string;
  readonly prefetch: number;
  /** Acknowledges so many at once, by `multiple`; 1 is each by itself. */
  readonly batch: number;
  readonly requeue: number;
  readonly reject: number;
  /** Of these nothing is said at all. */
  readonly hold: number;
  /** What is done with a delivery is done so much later. */
  readonly delayMs: number;
  /** Acknowledges nothing because it need not. */
  readonly noAck: boolean;
  /** Takes messages by basic.get, one after the other. */
  readonly gets: boolean;
}

const FENCE_EVERY = 25;
const FLUSH_MS = 30;
const IDLE_MS = 20;

/** Consumes one queue on a channel of its own, and publishes now and then to learn what is durable. */
export class QueueConsumer {
  readonly #shift: Shift;
  readonly #channel: ConfirmChannel;
  readonly #publisher: Publisher;
  readonly #habit: Habit;
  readonly #random: Random;
  readonly #session: string;
  // Unsettled, oldest first.
  #held: Message[] = [];
  // The last delivery that a batch is to acknowledge, and how many came before it.
  #last: Message | undefined;
  #batched = 0;
  #settled = 0;
  #closed = false;
  readonly #end: Promise<false>;

  constructor(
    shift: Shift,
    channel: ConfirmChannel,
    publisher: Publisher,
    habit: Habit,
    random: Random,
    name: string,
  ) {
    this.#shift = shift;
    this.#channel = channel;
    this.#publisher = publisher;
    this.#habit = habit;
    this.#random = random;
    this.#session = `${name} ${shift.number}`;
    this.#end = new Promise((resolve) => {
      channel.once('close', () => {
        this.#closed = true;
        resolve(false);
      });
    });
  }

  /** Deliveries that are not settled. */
  get held(): number {
    return this.#held.length;
  }

  async run(): Promise<void> {
    const { queue, prefetch, noAck, gets } = this.#habit;
    this.#shift.oracle.opened(queue, gets ? 1 : prefetch);
    const timer = setInterval(() => this.#safely(() => this.#flush()), FLUSH_MS);
    this.#channel.once('close', () => clearInterval(timer));
    if (gets) {
      await this.#get(queue);
      return;
    }
    await this.#channel.prefetch(prefetch);
    const take = (message: Message | null): void => {
      if (message === null) this.#shift.failed(this.#session, `${queue} has cancelled`);
      else this.#take(message);
    };
    await this.#channel.consume(queue, take, { noAck });
  }

  async #get(queue: string): Promise<void> {
    while (!this.#closed) {
      // A channel that ends between get-ok and its content leaves amqplib waiting for ever.
      const message = await Promise.race([this.#channel.get(queue), this.#end]);
      if (message !== false) this.#take(message);
      else await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    }
  }

  #take(message: Message | GetMessage): void {
    const { queue, noAck, delayMs } = this.#habit;
    this.#shift.oracle.delivered(handed(this.#shift, queue, this.#session, message));
    if (noAck) return;
    this.#held.push(message);
    if (delayMs === 0) this.#safely(() => this.#decide(message));
    else setTimeout(() => this.#safely(() => this.#decide(message)), delayMs);
  }

  #decide(message: Message): void {
    // A batch may have taken it along.
    if (this.#closed || !this.#held.includes(message)) return;
    const { oracle } = this.#shift;
    const { queue, batch, requeue, reject, hold } = this.#habit;
    const id: string = message.properties.messageId;
    const drawn = this.#random.next();
    if (drawn < hold) return;
    if (drawn < hold + requeue) {
      this.#drop(message);
      oracle.requeued(id, queue, this.#publisher.line);
      this.#channel.nack(message, false, true);
    } else if (drawn < hold + requeue + reject) {
      this.#drop(message);
      oracle.rejected(id, queue, this.#publisher.line);
      this.#channel.reject(message, false);
      this.#fence();
    } else if (batch === 1) {
      this.#drop(message);
      oracle.acked(id, queue, this.#publisher.line);
      this.#channel.ack(message);
      this.#fence();
    } else {
      this.#last = message;
      this.#batched += 1;
      if (this.#batched >= batch) this.#flush();
    }
  }

  /** Acknowledges all up to the last one of the batch, those included of which nothing was to be said. */
  #flush(): void {
    const last = this.#last;
    this.#last = undefined;
    this.#batched = 0;
    if (last === undefined || !this.#held.includes(last)) return;
    const { deliveryTag } = last.fields;
    const { oracle } = this.#shift;
    for (const message of this.#held) {
      if (message.fields.deliveryTag > deliveryTag) break;
      oracle.acked(message.properties.messageId, this.#habit.queue, this.#publisher.line);
    }
    this.#held = this.#held.filter(({ fields }) => fields.deliveryTag > deliveryTag);
    this.#channel.ack(last, true);
    this.#fence();
  }

  #drop(message: Message): void {
    this.#held.splice(this.#held.indexOf(message), 1);
  }

  #fence(): void {
    this.#settled += 1;
    if (this.#settled % FENCE_EVERY === 0) this.#publisher.publish(fenceTarget, true);
  }

  // The channel may end between two things that are said on it.
  #safely(say: () => void): void {
    try {
      if (!this.#closed) say();
    } catch (error) {
      if (!this.#closed) this.#shift.failed(this.#session, error);
    }
  }
}

/** A delivery in the oracle's words. */
function handed(shift: Shift, queue: string, session: string, message: Message): Handed {
  const { fields, properties, content } = message;
  const headers = properties.headers ?? {};
  const death = headers['x-death']?.[0];
  return {
    queue,
    session,
    id: properties.messageId,
    redelivered: fields.redelivered,
    count: Number(headers['x-delivery-count'] ?? 0),
    death: death === undefined ? undefined : { queue: death.queue, reason: death.reason },
    damage: shift.messages.damage(content, { ...properties }, death !== undefined),
  };
}
