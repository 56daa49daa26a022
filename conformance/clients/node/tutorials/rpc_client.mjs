import { randomUUID } from 'node:crypto';
import { open } from './connect.mjs';

const n = Number.parseInt(process.argv[2] ?? '30', 10);

const connection = await open();
const channel = await connection.createChannel();
const correlationId = randomUUID();
const { queue } = await channel.assertQueue('', { exclusive: true });
const answer = new Promise((resolve) => {
  channel.consume(
    queue,
    (message) => {
      if (message.properties.correlationId === correlationId) resolve(message.content.toString());
    },
    { noAck: true },
  );
});
console.log(` [x] Requesting fib(${n})`);
channel.sendToQueue('rpc_queue', Buffer.from(String(n)), { correlationId, replyTo: queue });
console.log(` [.] Got ${await answer}`);
await connection.close();
