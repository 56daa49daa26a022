import { open } from './connect.mjs';

const queue = 'hello';
const text = 'Hello World!';

const connection = await open();
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: false });
channel.sendToQueue(queue, Buffer.from(text));
console.log(` [x] Sent '${text}'`);
await channel.close();
await connection.close();
