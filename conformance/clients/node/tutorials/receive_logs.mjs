import { open } from './connect.mjs';

const exchange = 'logs';

const connection = await open();
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();
await channel.assertExchange(exchange, 'fanout', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.bindQueue(queue, exchange, '');
await channel.consume(queue, (message) => console.log(` [x] ${message.content}`), { noAck: true });
console.log(' [*] Waiting for logs. To exit press CTRL+C');
