import { show } from './transcript.ts';

/** A message of rabbitmq-client, its own timestamp of just now left out. */
export function showMessage(message: object | undefined): string {
  if (message === undefined) return 'nothing';
  const { timestamp, ...rest } = { timestamp: undefined, ...message };
  const fresh = typeof timestamp === 'number' && Math.abs(Date.now() / 1000 - timestamp) < 60;
  return show({ ...rest, timestamp: fresh ? 'now' : timestamp });
}
