import { z } from 'zod';
import { peekMessages } from '../../broker/browse.ts';
import { notFound } from '../http-error.ts';
import { sessionOf } from '../http-session.ts';
import { waitingMessageView } from '../views/message.ts';
import type { Operation } from './operation.ts';
import { payloadSchema } from './schemas.ts';

const COUNT_MAX = 1000;
const COUNT_DEFAULT = 10;
const TRUNCATE_DEFAULT = 50_000;
const BYTES_MAX = 64 * 1024 * 1024;

const request = z.object({
  offset: z.int().nonnegative().default(0).describe('Messages to pass over'),
  count: z.int().positive().max(COUNT_MAX).default(COUNT_DEFAULT).describe('Messages at most'),
  encoding: z.enum(['auto', 'base64']).default('auto').describe('auto: text where it is UTF-8'),
  truncate: z.int().nonnegative().default(TRUNCATE_DEFAULT).describe('Bytes of each body'),
});

const response = z.object({
  total: z.int().nonnegative().describe('Messages that wait in the queue'),
  messages: z.array(
    payloadSchema.extend({
      position: z.int().nonnegative().describe('Messages that would leave before it'),
      redelivered: z.boolean(),
      exchange: z.string(),
      routing_key: z.string(),
      properties: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** Shows messages where they wait: they are neither taken nor marked as redelivered. */
export const peek: Operation<typeof request> = {
  path: '/queues/:vhost/:name/peek',
  access: 'management',
  summary: 'Reads messages of a queue without taking them',
  request,
  response,
  run(call, { offset, count, encoding, truncate }) {
    const queue = call.vhost.queues.get(call.params['name'] ?? '');
    if (queue === undefined) throw notFound();
    const amount = { count, bytes: BYTES_MAX };
    const found = peekMessages(sessionOf(call), queue.name, offset, amount);
    const messages = found.map((message, i) =>
      waitingMessageView(message, offset + i, encoding, truncate),
    );
    return { total: queue.ready, messages };
  },
};
