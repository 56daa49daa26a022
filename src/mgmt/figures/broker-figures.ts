import type { Broker } from '../../broker/broker.ts';
import type { Queue } from '../../queues/queue.ts';
import { trafficNames } from './connection-figures.ts';
import { deliveryNames, publishNames, readDeliveries, readPublished } from './deliveries.ts';
import { FigureSet } from './figure-set.ts';
import { lengthNames, readLengths } from './queue-figures.ts';

export const brokerLengths = new FigureSet<Broker>({
  groups: [lengthNames],
  always: true,
  read(broker, into) {
    readLengths(allQueues(broker), into);
  },
});

export const brokerRates = new FigureSet<Broker>({
  groups: [publishNames, deliveryNames, ['disk_reads', 'disk_writes']],
  always: true,
  read(broker, into) {
    const { published, delivered } = broker.totals();
    readPublished(published, into, 0);
    readDeliveries(delivered, into, publishNames.length);
    const { log, overflow } = broker;
    const at = publishNames.length + deliveryNames.length;
    into[at] = (log.traffic?.read ?? 0) + (overflow?.traffic.read ?? 0);
    into[at + 1] = (log.traffic?.written ?? 0) + (overflow?.traffic.written ?? 0);
  },
});

export const brokerTraffic = new FigureSet<Broker>({
  groups: [trafficNames],
  always: true,
  read(broker, into) {
    const { receivedBytes, sentBytes } = broker.totals();
    into[0] = receivedBytes;
    into[1] = sentBytes;
  },
});

export const churnNames = [
  'connection_created',
  'connection_closed',
  'channel_created',
  'channel_closed',
  'queue_declared',
  'queue_created',
  'queue_deleted',
] as const;

export const churnFigures = new FigureSet<Broker>({
  groups: [churnNames],
  always: true,
  read({ churn }, into) {
    into[0] = churn.connectionCreated;
    into[1] = churn.connectionClosed;
    into[2] = churn.channelCreated;
    into[3] = churn.channelClosed;
    into[4] = churn.queueDeclared;
    into[5] = churn.queueCreated;
    into[6] = churn.queueDeleted;
  },
});

/** The queues of all vhosts. */
export function* allQueues({ vhosts }: Pick<Broker, 'vhosts'>): Generator<Queue, void> {
  for (const { queues } of vhosts.values()) yield* queues.values();
}
