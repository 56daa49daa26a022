// HOT: the connections that have output at the end of this turn of the event loop.
import { afterReads } from '../kit/clock.ts';

/** What has output to send. */
export interface Flushable {
  flush(): void;
}

/** Outboxes flush together once everything that could be read has been read and answered. */
export class FlushList {
  #waiting: Flushable[] = [];
  #spare: Flushable[] = [];
  #scheduled = false;

  add(outbox: Flushable): void {
    this.#waiting.push(outbox);
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterReads(this.#run);
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    const due = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = due;
    for (let i = 0; i < due.length; i++) due[i]?.flush();
    due.length = 0;
  };
}
