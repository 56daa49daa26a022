import { expect, it } from 'vitest';
import { requestReply } from '../../examples/request-reply.ts';
import { rehearse } from './rehearsal.ts';

it('brings each answer to its question, without a queue for answers', async () => {
  const queues: (readonly string[])[] = [];
  const lines = await rehearse(requestReply, {
    onLine: (_line, broker) => queues.push(broker.queues()),
  });
  expect(lines).toEqual([
    '30, 20 and 10 squared are 900, 400, 100',
    '5 squared: nobody serves this',
  ]);
  expect(queues).toEqual([['examples.request-reply.squares'], []]);
});
