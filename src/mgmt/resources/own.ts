import { type Endpoint, ok } from '../endpoint.ts';
import { memoryLimit } from '../own/memory-limit.ts';
import { openApi } from '../own/open-api.ts';
import { endpointOf } from '../own/operation.ts';
import { peek } from '../own/peek.ts';
import { routeTest } from '../own/route-test.ts';

/** What RabbitMQ has nothing like, below `/api/x`. */
export const ownEndpoints: readonly Endpoint[] = [
  endpointOf(memoryLimit),
  endpointOf(peek),
  endpointOf(routeTest),
  {
    path: '/x/openapi.json',
    access: 'management',
    GET: ({ context }) => ok(openApi([memoryLimit, peek, routeTest], context.node.version)),
  },
];
