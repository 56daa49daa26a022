import type { ServerMethod } from '../codec/methods.gen.ts';
import { BrokerError } from '../model/broker-error.ts';
import type { AppendLog, Position } from '../store/append-log.ts';
import { sendMethod } from './content-writer.ts';
import type { Outbox } from './outbox.ts';

interface Answer {
  readonly channel: number;
  readonly method: ServerMethod;
}

/**
 * What the channels of a connection answer. An answer that tells of a durable change waits until the
 * change is durable; what is said behind it waits as well, so that all comes in its order.
 */
export class Answers {
  readonly #outbox: Outbox;
  readonly #log: AppendLog;
  readonly #due: () => void;
  #held: Answer[] = [];
  #isHolding = false;

  /** @param due called when held answers may go: the time to call `release` */
  constructor(outbox: Outbox, log: AppendLog, due: () => void) {
    this.#outbox = outbox;
    this.#log = log;
    this.#due = due;
  }

  /** An answer waits: no further question may be heard until it has gone. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Where the log ends: what is appended from now on lies behind. */
  get position(): Position {
    return this.#log.appended;
  }

  send(channel: number, method: ServerMethod): void {
    if (this.#isHolding) this.#held.push({ channel, method });
    else sendMethod(this.#outbox, channel, method);
  }

  /**
   * Sends an answer as soon as all is durable that was appended behind `since`.
   * @throws BrokerError when nothing becomes durable any more
   */
  sendDurable(channel: number, method: ServerMethod, since: Position): void {
    if (this.#isDurable(since)) {
      this.send(channel, method);
      return;
    }
    this.hold();
    this.send(channel, method);
    this.letGo(since);
  }

  /** What is sent from now on waits for `letGo`. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Ends `hold`, as soon as all is durable that was appended behind `since`. @throws BrokerError */
  letGo(since: Position): void {
    if (this.#isDurable(since)) {
      this.release();
      return;
    }
    const { appended, failure } = this.#log;
    if (failure !== undefined) {
      this.drop();
      throw notDurable(failure);
    }
    this.#log.whenDurable(appended, this.#due);
  }

  /** Sends what was held. */
  release(): void {
    const held = this.#held;
    this.#isHolding = false;
    if (held.length === 0) return;
    this.#held = [];
    for (const { channel, method } of held) sendMethod(this.#outbox, channel, method);
  }

  /** Forgets what was held: nobody waits for it any more. */
  drop(): void {
    this.#isHolding = false;
    this.#held = [];
  }

  #isDurable(since: Position): boolean {
    const { appended, durable } = this.#log;
    return appended === since || appended <= durable;
  }
}

/** What a client is told that asked for what can no longer be kept. */
export function notDurable(failure: Error): BrokerError {
  return new BrokerError('INTERNAL_ERROR', `the disk has failed: ${failure.message}`);
}
