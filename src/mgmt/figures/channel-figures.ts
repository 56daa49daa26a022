import type { ChannelView } from '../../broker/live.ts';
import { deliveryNames, publishNames, readDeliveries, readPublished } from './deliveries.ts';
import { FigureSet } from './figure-set.ts';

export const channelRates = new FigureSet<ChannelView>({
  groups: [publishNames, deliveryNames],
  read({ published, delivered }, into) {
    readPublished(published, into, 0);
    readDeliveries(delivered, into, publishNames.length);
  },
});
