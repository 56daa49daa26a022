import { open } from './connect.mjs';

const exchange = 'topic_logs';
const keys = process.argv.slice(2);
if (keys.length === 0) {
  console.error('Usage: receive_logs_topic.mjs pattern [pattern]...');
  process.exit(1);
}

const connection = await open();
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();
await channel.assertExchange(exchange, 'topic', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
for (const key of keys) await channel.bindQueue(queue, exchange, key);
await channel.consume(
  queue,
  (message) => console.log(` [x] ${message.fields.routingKey}:'${message.content}'`),
  { noAck: true },
);
console.log(' [*] Waiting for logs. To exit press CTRL+C');
