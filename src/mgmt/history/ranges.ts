import { badRequest } from '../http-error.ts';

/** Samples of the last `age` seconds, one for each `incr` seconds; whole numbers. */
export interface Range {
  readonly age: number;
  readonly incr: number;
}

/** Which samples a request asks for. */
export interface Ranges {
  readonly lengths?: Range;
  readonly msgRates?: Range;
  readonly dataRates?: Range;
  readonly nodeStats?: Range;
}

const SAMPLES_MAX = 500;
const INTEGER = /^[+-]?\d{1,15}$/;

/** From `lengths_age`, `lengths_incr`, `msg_rates_age`… @throws HttpError 400 */
export function rangesOf(query: URLSearchParams): Ranges {
  const lengths = rangeOf(query, 'lengths');
  const msgRates = rangeOf(query, 'msg_rates');
  const dataRates = rangeOf(query, 'data_rates');
  const nodeStats = rangeOf(query, 'node_stats');
  return {
    ...(lengths && { lengths }),
    ...(msgRates && { msgRates }),
    ...(dataRates && { dataRates }),
    ...(nodeStats && { nodeStats }),
  };
}

// As RabbitMQ: what is no whole number asks for nothing.
function rangeOf(query: URLSearchParams, name: string): Range | undefined {
  const given = query.get(`${name}_age`) ?? '';
  const step = query.get(`${name}_incr`) ?? '';
  if (!INTEGER.test(given) || !INTEGER.test(step)) return undefined;
  const age = Number(given);
  const incr = Number(step);
  if (age > 0 && incr > 0 && Math.floor(age / incr) <= SAMPLES_MAX) return { age, incr };
  throw badRequest(`Invalid range parameters: age ${age}, incr ${incr}`);
}
