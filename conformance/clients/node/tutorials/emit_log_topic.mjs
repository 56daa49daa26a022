import { open } from './connect.mjs';

const exchange = 'topic_logs';
const [key = 'anonymous.info', ...words] = process.argv.slice(2);
const text = words.join(' ') || 'Hello World!';

const connection = await open();
const channel = await connection.createChannel();
await channel.assertExchange(exchange, 'topic', { durable: false });
channel.publish(exchange, key, Buffer.from(text));
console.log(` [x] Sent ${key}:'${text}'`);
await channel.close();
await connection.close();
