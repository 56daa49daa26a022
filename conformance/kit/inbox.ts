// What has arrived on one channel and was not asked for yet.

import type { Content } from './content.ts';
import type { MethodName, Received } from './spec.ts';
import type { TypedField } from './wire.ts';

export type ContentMethod = 'basic.publish' | 'basic.return' | 'basic.deliver' | 'basic.get-ok';

/** A received method: its arguments, its tables with wire types, its content if it carries one. */
export type Got<N extends MethodName> = Received<N> & {
  readonly typed: ReadonlyMap<string, ReadonlyMap<string, TypedField>>;
} & (N extends ContentMethod ? { readonly content: Content } : unknown);

export interface Incoming {
  readonly name: MethodName;
  readonly got: unknown;
}

interface Waiter {
  accepts(item: Incoming): boolean;
  resolve(item: Incoming): void;
  reject(error: Error): void;
}

export const patienceMs = 5000;

export const show = (value: unknown): string =>
  JSON.stringify(value, (_, item) =>
    typeof item === 'bigint'
      ? `${item}n`
      : item?.type === 'Buffer'
        ? Buffer.from(item.data).toString('latin1')
        : item,
  );

export class Inbox {
  readonly #where: string;
  readonly #items: Incoming[] = [];
  readonly #waiters: Waiter[] = [];
  #over: Error | undefined;

  constructor(where: string) {
    this.#where = where;
  }

  put(item: Incoming): void {
    const at = this.#waiters.findIndex((waiter) => waiter.accepts(item));
    if (at === -1) this.#items.push(item);
    else this.#waiters.splice(at, 1)[0]?.resolve(item);
  }

  /** Nothing more will come: whoever waits, now or later, gets the reason. */
  end(reason: Error): void {
    this.#over ??= reason;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#over);
  }

  /** The first item that `accepts`; the ones before it stay in order. */
  take(
    what: string,
    accepts: (item: Incoming) => boolean,
    timeoutMs = patienceMs,
  ): Promise<Incoming> {
    const at = this.#items.findIndex(accepts);
    const found = at === -1 ? undefined : this.#items.splice(at, 1)[0];
    if (found) return Promise.resolve(found);
    if (this.#over) return Promise.reject(new Error(`waiting for ${what}: ${this.#over.message}`));
    return new Promise((resolve, reject) => {
      const give = (error: Error) => reject(new Error(`waiting for ${what}: ${error.message}`));
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        const rest = this.#items.map((item) => `${item.name} ${show(item.got)}`).join('; ');
        give(new Error(`nothing for ${timeoutMs} ms on ${this.#where}; unread: ${rest || 'none'}`));
      }, timeoutMs);
      const waiter: Waiter = {
        accepts,
        resolve: (item) => {
          clearTimeout(timer);
          resolve(item);
        },
        reject: (error) => {
          clearTimeout(timer);
          give(error);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** The next item, whatever it is; an error unless it is `name`. */
  async next<N extends MethodName>(name: N, timeoutMs?: number): Promise<Got<N>> {
    const item = await this.take(name, () => true, timeoutMs);
    if (item.name !== name) {
      throw new Error(`expected ${name} on ${this.#where}, got ${item.name} ${show(item.got)}`);
    }
    return item.got as Got<N>;
  }

  /** Fails if anything is unread or arrives within the time. */
  async silence(forMs: number): Promise<void> {
    const item = await this.take('silence', () => true, forMs).catch((error: Error) => {
      if (!error.message.includes('nothing for')) throw error;
      return undefined;
    });
    if (item)
      throw new Error(`expected silence on ${this.#where}, got ${item.name} ${show(item.got)}`);
  }
}
