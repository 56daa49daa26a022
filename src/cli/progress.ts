import type { Terminal } from './terminal.ts';

const SHOW_EVERY_MS = 200;
const FIRST_AFTER_MS = 500;
const ERASE_LINE = '\r\u001b[K';

/**
 * How far long work is, on one line of standard error that is gone when it is done. Nothing is written
 * unless a person reads it, nor for work that is done at once.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #total: number;
  readonly #beganAt: number;
  #done = 0;
  #shownAt = -Infinity;
  #isShown = false;

  /** @param what such as "Publishing" @param total how many steps there are */
  constructor(terminal: Terminal, what: string, total: number) {
    this.#terminal = terminal;
    this.#what = what;
    this.#total = total;
    this.#beganAt = terminal.clock.now();
  }

  /** One step more. */
  step(): void {
    this.#done += 1;
    const { clock, isRead } = this.#terminal;
    const now = clock.now();
    const isDue = now - this.#shownAt >= SHOW_EVERY_MS && now - this.#beganAt >= FIRST_AFTER_MS;
    if (!isRead.error || !isDue) return;
    this.#shownAt = now;
    this.#isShown = true;
    const percent = Math.floor((100 * this.#done) / this.#total);
    const of = `${this.#done} of ${this.#total} (${percent} %)`;
    this.#terminal.complain(`${ERASE_LINE}${this.#what}: ${of}`);
  }

  end(): void {
    if (this.#isShown) this.#terminal.complain(ERASE_LINE);
  }
}

/** Shows how long something takes that cannot say how far it is. */
export async function waitingFor<T>(
  terminal: Terminal,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const { clock, isRead } = terminal;
  if (!isRead.error) return work;
  const beganAt = clock.now();
  let isShown = false;
  let timer = clock.after(FIRST_AFTER_MS, show);
  function show(): void {
    isShown = true;
    const seconds = ((clock.now() - beganAt) / 1000).toFixed(1);
    terminal.complain(`${ERASE_LINE}${what}: ${seconds} s`);
    timer = clock.after(SHOW_EVERY_MS, show);
  }
  try {
    return await work;
  } finally {
    timer.cancel();
    if (isShown) terminal.complain(ERASE_LINE);
  }
}
