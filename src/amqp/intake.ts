import type { Transport } from '../kit/transport.ts';

/** What an intake asks of its connection. */
export interface IntakeHost {
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
 * Whether a connection is read. It is not while too much of what it asked for is unsent, nor while an
 * alarm keeps publishers waiting and it is one.
 */
export class Intake {
  readonly #transport: Transport;
  readonly #host: IntakeHost;
  #publishes = false;
  #alarm: string | undefined = undefined;
  #told = false;
  #paused = false;
  #lagging = false;

  constructor(transport: Transport, host: IntakeHost) {
    this.#transport = transport;
    this.#host = host;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** The client publishes: alarms concern it from now on. @returns whether it has to wait */
  notePublish(): boolean {
    this.#publishes = true;
    return this.#alarm !== undefined && !this.#host.isReceiving;
  }

  /** What it publishes waits for consumers that are behind. */
  readonly noteLag = (): void => {
    this.#lagging = true;
  };

  block(reason: string): void {
    this.#alarm ??= reason;
    this.regulate();
  }

  unblock(): void {
    this.#alarm = undefined;
    if (this.#told) this.#host.tellBlocked(undefined);
    this.#told = false;
    this.regulate();
  }

  /** After each read, and whenever something has changed. */
  regulate(): void {
    if (this.#lagging) this.#transport.giveWay();
    this.#lagging = false;
    const { isOpen, isReceiving, isChoked } = this.#host;
    const blocked = this.#alarm !== undefined && this.#publishes && isOpen && !isReceiving;
    if (blocked && !this.#told) {
      this.#told = true;
      this.#host.tellBlocked(this.#alarm);
    }
    this.#pause(blocked || isChoked);
  }

  /** What comes is read from now on, to the end, whatever it is. */
  open(): void {
    this.#alarm = undefined;
    this.#pause(false);
  }

  #pause(pause: boolean): void {
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#transport.pause();
    else this.#transport.resume();
  }
}
