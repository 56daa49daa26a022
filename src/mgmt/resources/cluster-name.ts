import { type Endpoint, noContent, ok } from '../endpoint.ts';
import { requireKeys, textOf } from '../request-values.ts';

export const clusterNameEndpoints: readonly Endpoint[] = [
  {
    path: '/cluster-name',
    access: { GET: 'management', PUT: 'administrator' },
    GET: ({ context }) => ok({ name: context.broker.clusterName }),
    PUT: (call) => {
      const body = call.json();
      requireKeys(body, ['name']);
      call.context.broker.globalParameters.set('cluster_name', textOf(body['name'], 'name', ''));
      return noContent;
    },
  },
];
