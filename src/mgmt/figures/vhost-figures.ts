import type { VirtualHost } from '../../broker/vhost.ts';
import { trafficNames } from './connection-figures.ts';
import { deliveryNames, publishNames, readDeliveries, readPublished } from './deliveries.ts';
import { FigureSet } from './figure-set.ts';
import { lengthNames, readLengths } from './queue-figures.ts';

export const vhostLengths = new FigureSet<VirtualHost>({
  groups: [lengthNames],
  always: true,
  read(vhost, into) {
    readLengths(vhost.queues.values(), into);
  },
});

export const vhostRates = new FigureSet<VirtualHost>({
  groups: [publishNames, deliveryNames],
  read(vhost, into) {
    const { published, delivered } = vhost.totals();
    readPublished(published, into, 0);
    readDeliveries(delivered, into, publishNames.length);
  },
});

export const vhostTraffic = new FigureSet<VirtualHost>({
  groups: [trafficNames],
  read(vhost, into) {
    const { receivedBytes, sentBytes } = vhost.totals();
    into[0] = receivedBytes;
    into[1] = sentBytes;
  },
});
