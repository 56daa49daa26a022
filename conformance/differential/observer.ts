/** Looks into queues and removes them, on a channel that no script knows of. */
import type { Incoming } from '../kit/inbox.ts';
import type { MethodName, Sent } from '../kit/spec.ts';
import type { Link } from './link.ts';
import { Pulse } from './pulse.ts';

export const OBSERVER_CHANNEL = 99;
const DRAINED_AT_ONCE = 6;
const PATIENCE_MS = 20_000;

interface DeclareOk {
  readonly messageCount: number;
  readonly consumerCount: number;
}

export const MISSING = 'missing';

export class Observer {
  readonly #link: Link;
  readonly #pulse = new Pulse();
  #items: Incoming[] = [];
  #isOpen = false;

  constructor(link: Link) {
    this.#link = link;
  }

  take(item: Incoming): void {
    if (item.name === 'channel.close') {
      this.#isOpen = false;
      this.#link.send(OBSERVER_CHANNEL, 'channel.close-ok');
    }
    this.#items.push(item);
    this.#pulse.beat();
  }

  ended(): void {
    this.#isOpen = false;
    this.#pulse.beat();
  }

  /** What a passive declare says of each queue. */
  look(queues: readonly string[]): Promise<string[]> {
    return this.#askEach(
      queues,
      (queue) => this.#send('queue.declare', { queue, passive: true }),
      (item) => {
        if (item.name === 'channel.close') {
          const { replyCode } = item.got as { replyCode: number };
          return replyCode === 404 ? MISSING : `refused with ${replyCode}`;
        }
        const { messageCount, consumerCount } = item.got as DeclareOk;
        return `${messageCount} ready, ${consumerCount} consumers`;
      },
    );
  }

  /** Takes out of a queue all that there is. */
  async drain(queue: string): Promise<Incoming[]> {
    const got: Incoming[] = [];
    for (;;) {
      const some = await this.#askEach(
        Array.from({ length: DRAINED_AT_ONCE }, () => queue),
        () => this.#send('basic.get', { queue, noAck: true }),
        (item) => item,
      );
      got.push(...some.filter(({ name }) => name === 'basic.get-ok'));
      if (some.some(({ name }) => name !== 'basic.get-ok') || this.#link.isOver) return got;
    }
  }

  async remove(queues: readonly string[], exchanges: readonly string[]): Promise<void> {
    const deletions = [
      ...queues.map((queue) => () => this.#send('queue.delete', { queue })),
      ...exchanges.map((exchange) => () => this.#send('exchange.delete', { exchange })),
    ];
    await this.#askEach(
      deletions,
      (send) => send(),
      () => undefined,
    );
  }

  /** Sends everything at once; what an error of the channel swallowed is sent again. */
  async #askEach<Q, A>(
    questions: readonly Q[],
    send: (question: Q) => void,
    read: (item: Incoming) => A,
  ): Promise<A[]> {
    const answers: A[] = [];
    while (answers.length < questions.length && !this.#link.isOver) {
      await this.#open();
      this.#items = [];
      const due = questions.slice(answers.length);
      for (const question of due) send(question);
      const done = await this.#pulse.until(
        () => this.#link.isOver || !this.#isOpen || this.#items.length >= due.length,
        PATIENCE_MS,
      );
      if (!done) throw new Error('the broker does not answer the observer');
      answers.push(...this.#items.map(read));
    }
    return answers;
  }

  async #open(): Promise<void> {
    if (this.#isOpen) return;
    this.#items = [];
    this.#send('channel.open', {});
    const came = (): boolean => this.#items.length > 0 || this.#link.isOver;
    if (!(await this.#pulse.until(came, PATIENCE_MS))) {
      throw new Error('the broker does not open a channel for the observer');
    }
    this.#isOpen = !this.#link.isOver;
  }

  #send<N extends MethodName>(name: N, args: Sent<N>): void {
    this.#link.send(OBSERVER_CHANNEL, name, args);
  }
}
