import { expect } from 'vitest';
import type { Properties } from '../../src/codec/properties.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { FakeHost, Messages, type QueueOptions, queueOf } from './fixtures.ts';

export interface ContractOptions extends QueueOptions {
  /** Of every message. */
  readonly properties?: Properties;
  /** All that waits goes to disk at once, and has to come back. */
  readonly pages?: boolean;
}

/** A host, its queues, and what is published to them. */
export class QueueDesk {
  readonly host = new FakeHost();
  readonly messages = new Messages();
  readonly #base: ContractOptions;

  private constructor(base: ContractOptions) {
    this.#base = base;
  }

  static async open(base: ContractOptions): Promise<QueueDesk> {
    const desk = new QueueDesk(base);
    if (base.pages) {
      await desk.host.useDisk();
      desk.host.pages = true;
      desk.host.log.storesAtOnce = true;
    }
    return desk;
  }

  build(arguments_: QueueOptions['arguments'] = {}): Queue {
    const base = this.#base;
    return queueOf(this.host, { ...base, arguments: { ...base.arguments, ...arguments_ } });
  }

  publish(queue: Queue, ...bodies: string[]): boolean[] {
    return bodies.map((body) => this.publishOne(queue, body));
  }

  publishOne(queue: Queue, body: string, properties: Properties = {}): boolean {
    const all = { ...this.#base.properties, ...properties };
    return this.host.publish(queue, this.messages.make(body, all));
  }

  /** References to the messages as they were published; of what has been on disk there are others. */
  expectHeld(count: number): void {
    if (count === 0 || !this.#base.pages) expect(this.messages.held).toBe(count);
  }
}
