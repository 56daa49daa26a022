import type { Transport } from '../kit/transport.ts';

const GRACE_PUBLISHES = 16;

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
  // Messages that may still come under an alarm while another is being received.
  #grace = 0;

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
    if (this.#alarm === undefined) return false;
    if (!this.#goesOn()) return true;
    this.#grace -= 1;
    return false;
  }

  /** What it publishes waits for consumers that are behind. */
  readonly noteLag = (): void => {
    this.#lagging = true;
  };

  block(reason: string): void {
    if (this.#alarm === undefined) this.#grace = GRACE_PUBLISHES;
    this.#alarm ??= reason;
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
    const { isOpen, isChoked } = this.#host;
    const blocked = this.#alarm !== undefined && this.#publishes && isOpen && !this.#goesOn();
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
