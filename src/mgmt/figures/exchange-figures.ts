import type { ExchangeCounters } from '../../exchanges/exchange-counters.ts';
import { FigureSet } from './figure-set.ts';

/** Of an exchange; of a default exchange, which is nothing but its counters. */
export const exchangeRates = new FigureSet<Pick<ExchangeCounters, 'publishedIn' | 'publishedOut'>>({
  groups: [['publish_in', 'publish_out']],
  read(exchange, into) {
    into[0] = exchange.publishedIn;
    into[1] = exchange.publishedOut;
  },
});
