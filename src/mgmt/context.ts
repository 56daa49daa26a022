import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Random } from '../kit/random.ts';
import type { History } from './history/history.ts';
import type { NodeFacts } from './node-facts.ts';

/** What handlers work with. */
export interface Context {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly history: History;
  readonly node: NodeFacts;
  /** As `management.rates_mode` says; with `none` nothing has a history. */
  readonly ratesMode: 'basic' | 'detailed' | 'none';
  /** Forgets what was, not what is. */
  resetHistory(): void;
}
