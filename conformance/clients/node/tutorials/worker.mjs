import { open } from './connect.mjs';

const queue = 'task_queue';

const connection = await open();
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true });
await channel.prefetch(1);
await channel.consume(queue, (message) => {
  const text = message.content.toString();
  console.log(` [x] Received '${text}'`);
  // Every dot stands for a tenth of a second of work.
  const work = (text.split('.').length - 1) * 100;
  setTimeout(() => {
    console.log(` [x] Done '${text}'`);
    channel.ack(message);
  }, work);
});
console.log(' [*] Waiting for messages. To exit press CTRL+C');
