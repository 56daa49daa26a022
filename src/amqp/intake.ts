import type { Transport } from '../kit/transport.ts';
import type { AppendLog } from '../store/append-log.ts';

const GRACE_PUBLISHES = 16;

/** What an intake asks of its connection. */
export interface IntakeHost {
  readonly broker: { readonly log: Pick<AppendLog, 'isCongested' | 'whenRelieved' | 'failure'> };
  /** Its session goes on: alarms concern it. */
  readonly isOpen: boolean;
  /** Too much is unsent to read more. */
  readonly isChoked: boolean;
  /** Part of a message has come, and takes memory until the rest has. */
  readonly isReceiving: boolean;
  /** Tells the client that it is blocked, or no longer (undefined). */
  tellBlocked(reason: string | undefined): void;
}

/**
 * Whether a connection is read. It is not while too much of what it asked for is unsent, nor, if it
 * publishes, while the log has more to write than it can; nor under an alarm from its first publish
 * on, as with RabbitMQ: who has published before may still take messages, which is what ends alarms.
 */
export class Intake {
  readonly #transport: Transport;
  readonly #host: IntakeHost;
  readonly #log: IntakeHost['broker']['log'];
  #publishes = false;
  #alarm: string | undefined = undefined;
  // It has published under this alarm.
  #insists = false;
  #told = false;
  #paused = false;
  #lagging = false;
  // It waits for the log. Only the disk ends that, so the acknowledgements that wait with it matter not.
  #awaitsLog = false;
  // Messages that may still come under an alarm while another is being received.
  #grace = 0;

  constructor(transport: Transport, host: IntakeHost) {
    this.#transport = transport;
    this.#host = host;
    this.#log = host.broker.log;
  }

  get state(): 'running' | 'blocking' | 'blocked' | 'flow' {
    if (this.#alarm !== undefined) return this.#told ? 'blocked' : 'blocking';
    return this.#awaitsLog && this.#paused ? 'flow' : 'running';
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** The client publishes: an alarm concerns it from now on. @returns whether it has to wait */
  notePublish(): boolean {
    this.#publishes = true;
    if (this.#alarm === undefined) return false;
    this.#insists = true;
    if (!this.#goesOn()) return true;
    this.#grace -= 1;
    return false;
  }

  /** What it publishes waits for consumers that are behind. */
  readonly noteLag = (): void => {
    this.#lagging = true;
  };

  /** @param reason what the client is told, if it has not been told another before */
  block(reason: string): void {
    if (this.#alarm === undefined) {
      this.#grace = GRACE_PUBLISHES;
      this.#insists = this.#host.isReceiving;
    }
    this.#alarm = reason;
    this.regulate();
  }

  unblock(): void {
    this.#alarm = undefined;
    if (this.#told && this.#host.isOpen) this.#host.tellBlocked(undefined);
    this.#told = false;
    this.regulate();
  }

  /** After each read, and whenever something has changed. */
  regulate(): void {
    if (this.#lagging) this.#transport.giveWay();
    this.#lagging = false;
    if (this.#publishes && this.#log.isCongested) this.#awaitLog();
    const { isOpen, isChoked } = this.#host;
    // Who waits for the log does not read on to its next publish, and is to hear what is wrong.
    // So is who waits for a confirm that cannot come any more.
    const isFailed = this.#publishes && this.#log.failure !== undefined;
    const waits = this.#told || this.#insists || this.#awaitsLog || isFailed;
    const blocked = this.#alarm !== undefined && waits && isOpen && !this.#goesOn();
    if (blocked && !this.#told) {
      this.#told = true;
      this.#host.tellBlocked(this.#alarm);
    }
    this.#pause(blocked || isChoked || (this.#awaitsLog && isOpen));
  }

  /** What comes is read from now on, to the end, whatever it is. */
  open(): void {
    this.#alarm = undefined;
    this.#pause(false);
  }

  // As with RabbitMQ's flow control, the client is not told: it is a matter of milliseconds.
  #awaitLog(): void {
    if (this.#awaitsLog) return;
    this.#awaitsLog = true;
    this.#log.whenRelieved(() => {
      this.#awaitsLog = false;
      if (this.#paused) this.regulate();
    });
  }

  // What is half received takes memory until the rest has come, which may lie behind other messages;
  // but not behind any number of them.
  #goesOn(): boolean {
    return this.#grace > 0 && this.#host.isReceiving;
  }

  #pause(pause: boolean): void {
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#transport.pause();
    else this.#transport.resume();
  }
}
