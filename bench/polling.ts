/** Clients of a management API, each asking every second for what one page of a web UI shows. */

const SAMPLES = 'lengths_age=60&lengths_incr=5&msg_rates_age=60&msg_rates_incr=5';
const LIST = 'page=1&page_size=100&name=&use_regex=false';
const PAGES: readonly (readonly string[])[] = [
  [`overview?${SAMPLES}`, 'nodes', 'vhosts'],
  [`queues?${LIST}`, 'vhosts'],
  [`connections?${LIST}`],
  [`channels?${LIST}`],
  [`exchanges?${LIST}`, 'vhosts'],
];
const EVERY_MS = 1000;
const WARM_ROUNDS = 100;
const AUTHORIZATION = `Basic ${Buffer.from('guest:guest').toString('base64')}`;

/** Polls until `stop`. */
export class Polling {
  readonly #origin: string;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #times: number[] = [];
  #asked: Promise<void> = Promise.resolve();

  /** @param port of a management API on this machine */
  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}`;
  }

  /** Asks for everything often enough that its code is compiled: clients poll for hours. */
  async warmUp(): Promise<void> {
    for (let round = 0; round < WARM_ROUNDS; round++) {
      for (const path of PAGES.flat()) await this.#get(path);
    }
  }

  start(): void {
    PAGES.forEach((page, client) => {
      const first = setTimeout(
        () => {
          this.#ask(page);
          this.#timers.push(setInterval(() => this.#ask(page), EVERY_MS));
        },
        (client * EVERY_MS) / PAGES.length,
      );
      this.#timers.push(first);
    });
  }

  /** @returns how long each page took, in ms, ascending. @throws when one could not be had */
  async stop(): Promise<readonly number[]> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.#asked;
    return this.#times.toSorted((one, other) => one - other);
  }

  #ask(page: readonly string[]): void {
    const asked = this.#asked;
    const began = performance.now();
    const answers = Promise.all(page.map((path) => this.#get(path)));
    this.#asked = answers.then(() => {
      this.#times.push(performance.now() - began);
      return asked;
    });
    // Whoever stops is told.
    this.#asked.catch(() => {});
  }

  async #get(path: string): Promise<void> {
    const answer = await fetch(`${this.#origin}/api/${path}`, {
      headers: { authorization: AUTHORIZATION, 'accept-encoding': 'gzip' },
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`GET /api/${path} answered ${answer.status}`);
  }
}
