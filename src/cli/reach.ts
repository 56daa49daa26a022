import { connect } from 'node:net';
import type { Clock } from '../kit/clock.ts';

export interface Goal {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Whether somebody accepts connections there. */
export function reaches({ host, port, timeoutMs, clock }: Goal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isReached: boolean): void => {
      timer.cancel();
      socket.destroy();
      resolve(isReached);
    };
    const timer = clock.after(timeoutMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
