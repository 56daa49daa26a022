import { open } from './connect.mjs';

const queue = 'task_queue';
const text = process.argv.slice(2).join(' ') || 'Hello World!';

const connection = await open();
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true });
channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
console.log(` [x] Sent '${text}'`);
await channel.close();
await connection.close();
