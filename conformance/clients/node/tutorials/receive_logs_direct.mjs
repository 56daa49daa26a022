import { open } from './connect.mjs';

const exchange = 'direct_logs';
const severities = process.argv.slice(2);
if (severities.length === 0) {
  console.error('Usage: receive_logs_direct.mjs [info] [warning] [error]');
  process.exit(1);
}

const connection = await open();
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();
await channel.assertExchange(exchange, 'direct', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
for (const severity of severities) await channel.bindQueue(queue, exchange, severity);
await channel.consume(
  queue,
  (message) => console.log(` [x] ${message.fields.routingKey}:'${message.content}'`),
  { noAck: true },
);
console.log(' [*] Waiting for logs. To exit press CTRL+C');
