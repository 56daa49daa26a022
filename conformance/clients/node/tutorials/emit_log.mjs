import { open } from './connect.mjs';

const exchange = 'logs';
const text = process.argv.slice(2).join(' ') || 'info: Hello World!';

const connection = await open();
const channel = await connection.createChannel();
await channel.assertExchange(exchange, 'fanout', { durable: false });
channel.publish(exchange, '', Buffer.from(text));
console.log(` [x] Sent '${text}'`);
await channel.close();
await connection.close();
