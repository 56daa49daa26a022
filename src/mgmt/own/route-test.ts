import { z } from 'zod';
import { HttpError, notFound } from '../http-error.ts';
import { tableOf } from '../json-table.ts';
import { exchangeNameOf } from '../views/exchange.ts';
import type { Operation } from './operation.ts';
import { headersSchema, queueNameSchema } from './schemas.ts';

const request = z.object({
  vhost: z.string(),
  exchange: z.string().describe('Empty or amq.default for the default exchange'),
  routing_key: z.string().default(''),
  headers: headersSchema.default({}),
});

const response = z.object({ queues: z.array(queueNameSchema) });

/** Tells where a message would go; none is published. */
export const routeTest: Operation<typeof request> = {
  path: '/route-test',
  access: 'management',
  summary: 'Tells which queues a message would reach',
  request,
  response,
  run(call, { vhost: vhostName, exchange: exchangeName, routing_key, headers }) {
    const vhost = call.vhosts.find(({ name }) => name === vhostName);
    if (vhost === undefined) throw notFound();
    const name = exchangeNameOf(exchangeName);
    const exchange = vhost.exchanges.get(name);
    if (exchange === undefined && name !== '') {
      throw new HttpError(404, 'not_found', 'exchange_not_found');
    }
    const table = tableOf(headers);
    const queues = vhost.routeBy(exchange, [routing_key], () => table);
    return { queues: queues.map((queue) => ({ vhost: queue.vhost, name: queue.name })) };
  },
};
