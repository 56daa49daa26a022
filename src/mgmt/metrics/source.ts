import type { Broker } from '../../broker/broker.ts';
import type { Totals } from '../../broker/totals.ts';
import type { Context } from '../context.ts';
import type { NodeFacts } from '../node-facts.ts';

/** What one scrape reads from; what is costly to add up is added up once. */
export class Source {
  readonly context: Context;
  readonly broker: Broker;
  readonly node: NodeFacts;
  /** Wall clock milliseconds. */
  readonly now: number;
  #totals: Totals | undefined = undefined;

  constructor(context: Context) {
    this.context = context;
    this.broker = context.broker;
    this.node = context.node;
    this.now = context.clock.wall();
  }

  get totals(): Totals {
    this.#totals ??= this.broker.totals();
    return this.#totals;
  }
}
