import type { Traffic } from '../../broker/live.ts';
import { FigureSet } from './figure-set.ts';

export const trafficNames = ['recv_oct', 'send_oct'] as const;

export const connectionTraffic = new FigureSet<Traffic>({
  groups: [trafficNames],
  always: true,
  read(connection, into) {
    into[0] = connection.receivedBytes;
    into[1] = connection.sentBytes;
  },
});
