// Request/reply: a client asks over a queue and waits for the answer. Direct reply-to brings answers
// straight to the channel that asked, without a reply queue to declare and to clear away.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import { type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.request-reply.squares';
const DIRECT_REPLY_TO = 'amq.rabbitmq.reply-to';
const PATIENCE_MS = 5000;

type Ask = (question: string) => Promise<string>;

export async function requestReply(connection: ChannelModel, print: Print): Promise<void> {
  const server = await startServer(connection);
  const ask = await createClient(connection);

  // Three at once. The answer to 30 comes last; correlation ids tell which is whose.
  const answers = await Promise.all([ask('30'), ask('20'), ask('10')]);
  print(`30, 20 and 10 squared are ${answers.join(', ')}`);

  await server.deleteQueue(QUEUE);
  await server.close();
  await ask('5').catch((error: Error) => print(`5 squared: ${error.message}`));
}

async function startServer(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: true });
  await channel.consume(QUEUE, async (request) => {
    if (request === null) return; // the queue was deleted
    const number = Number(request.content.toString());
    await pause(number); // large numbers take longer
    const { replyTo, correlationId } = request.properties;
    // If the client is gone the answer is dropped: nobody is left to miss it.
    channel.sendToQueue(replyTo, Buffer.from(String(number ** 2)), { correlationId });
    channel.ack(request);
  });
  return channel;
}

async function createClient(connection: ChannelModel): Promise<Ask> {
  const channel = await connection.createChannel();
  const waiting = new Map<string, { resolve(answer: string): void; reject(error: Error): void }>();
  // Answers come to the channel that asked, and only if it listens before it asks, without acks.
  await channel.consume(
    DIRECT_REPLY_TO,
    (reply) => {
      if (reply === null) return;
      // An answer that comes after the timeout has nobody waiting any more.
      waiting.get(reply.properties.correlationId)?.resolve(reply.content.toString());
    },
    { noAck: true },
  );
  channel.on('return', (request) => {
    waiting.get(request.properties.correlationId)?.reject(new Error('nobody serves this'));
  });
  return async (question) => {
    const correlationId = randomUUID();
    const timeout = new AbortController();
    try {
      return await new Promise<string>((resolve, reject) => {
        waiting.set(correlationId, { resolve, reject });
        channel.sendToQueue(QUEUE, Buffer.from(question), {
          correlationId,
          replyTo: DIRECT_REPLY_TO,
          mandatory: true, // so that a missing server is told at once, not by a timeout
          expiration: PATIENCE_MS, // nor should a server start with what nobody waits for
        });
        pause(PATIENCE_MS, undefined, { signal: timeout.signal }).then(
          () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)),
          () => undefined,
        );
      });
    } finally {
      timeout.abort();
      waiting.delete(correlationId);
    }
  };
}

await runAsProgram(import.meta.url, requestReply);
