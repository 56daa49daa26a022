import { durably } from '../broker/durably.ts';
import type { Answer, Call, Handler } from './endpoint.ts';

/** A handler that answers once all that it changed is durable. */
export function writing(change: (call: Call) => Answer): Handler {
  return (call) => durably(call.context.broker.log, () => change(call));
}
