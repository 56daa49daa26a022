import { BrokerError } from '../../src/model/broker-error.ts';

/** What the broker answers: `ok`, or the reply's name and text as a client reads them. */
export function replyOf(action: () => unknown): string {
  try {
    action();
    return 'ok';
  } catch (error) {
    if (error instanceof BrokerError) return `${error.replyName} - ${error.text}`;
    throw error;
  }
}
