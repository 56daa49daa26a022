import { open } from './connect.mjs';

const queue = 'hello';

const connection = await open();
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: false });
await channel.consume(queue, (message) => console.log(` [x] Received '${message.content}'`), {
  noAck: true,
});
console.log(' [*] Waiting for messages. To exit press CTRL+C');
