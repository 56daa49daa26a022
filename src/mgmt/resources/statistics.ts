import { type Endpoint, noContent } from '../endpoint.ts';
import { checkNode } from './nodes.ts';

export const statisticsEndpoints: readonly Endpoint[] = [
  {
    path: '/reset',
    access: 'administrator',
    jsonOnly: true,
    DELETE: ({ context }) => {
      context.resetHistory();
      return noContent;
    },
  },
  {
    path: '/reset/:node',
    access: 'administrator',
    jsonOnly: true,
    DELETE: (call) => {
      checkNode(call);
      call.context.resetHistory();
      return noContent;
    },
  },
  {
    // The leaders of all queues are on the only node that there is.
    path: '/rebalance/queues',
    access: 'administrator',
    jsonOnly: true,
    POST: () => noContent,
  },
];
