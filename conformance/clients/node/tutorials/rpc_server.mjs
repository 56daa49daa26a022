import { open } from './connect.mjs';

const queue = 'rpc_queue';

function fibonacci(n) {
  let [a, b] = [0n, 1n];
  for (let i = 0; i < n; i++) [a, b] = [b, a + b];
  return a;
}

const connection = await open();
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: false });
await channel.prefetch(1);
await channel.consume(queue, (message) => {
  const n = Number.parseInt(message.content.toString(), 10);
  console.log(` [.] fib(${n})`);
  const { replyTo, correlationId } = message.properties;
  channel.sendToQueue(replyTo, Buffer.from(fibonacci(n).toString()), { correlationId });
  channel.ack(message);
});
console.log(' [x] Awaiting RPC requests');
