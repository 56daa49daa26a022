import type { JsonObject } from '../../kit/json.ts';
import type { Ranges } from './ranges.ts';

/** What figures are about. */
export type FigureKind = 'lengths' | 'msgRates' | 'dataRates' | 'nodeStats' | 'churn';

/**
 * What was, in samples. A subject is the object itself: the broker, a vhost, queue, exchange,
 * connection or channel; `vhost.ledger.defaultExchange` stands for a vhost's default exchange.
 */
export interface History {
  /**
   * A subject's figures of one kind, in the words of the API, each with its `_details`: the rate, and
   * the samples that the ranges ask for. undefined when nothing of that kind ever happened to it.
   */
  view(subject: object, kind: FigureKind, ranges: Ranges): JsonObject | undefined;
  /** The same for several subjects added up. */
  sum(subjects: readonly object[], kind: FigureKind, ranges: Ranges): JsonObject | undefined;
  /** Rates of one figure per second; 0 where nothing is known. */
  rate(subject: object, figure: string): number;
}
