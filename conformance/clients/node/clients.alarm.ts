/** All four clients on a broker that is short of memory; ALARMED_AMQP_URL says where it is. */
import { AMQPClient } from '@cloudamqp/amqp-client';
import manager from 'amqp-connection-manager';
import amqp from 'amqplib';
import { Connection } from 'rabbitmq-client';
import { program } from './kit/program.ts';
import { attempt, Events, heading, say, sleep, until } from './kit/transcript.ts';

const url = process.env['ALARMED_AMQP_URL'] ?? '';

async function promises(): Promise<void> {
  heading('amqplib');
  const connection = await amqp.connect(url);
  const events = new Events();
  events.watch(connection, 'connection', 'blocked', 'unblocked', 'error', 'close');
  const channel = await connection.createConfirmChannel();
  const queue = await channel.assertQueue('', { exclusive: true });
  await events.silence();
  let confirmed = false;
  channel.sendToQueue(queue.queue, Buffer.from('x'), {}, () => {
    confirmed = true;
  });
  await events.take(1);
  await sleep(150);
  say(`confirmed ${confirmed}`);
  const reader = await amqp.connect(url);
  const other = await reader.createChannel();
  await attempt('a connection that does not publish works', () =>
    other.assertQueue('', { exclusive: true }),
  );
  await reader.close();
  await attempt('close', () => connection.close());
  await events.take(1);
}

async function others(): Promise<void> {
  heading('the others');
  const events = new Events();
  const managing = manager.connect(url);
  managing.on('blocked', ({ reason }) => events.record(`manager blocked: ${reason}`));
  const wrapper = managing.createChannel();
  await wrapper.waitForConnect();
  const waiting = wrapper.publish('amq.fanout', '', 'x', { timeout: 200 });
  await attempt('amqp-connection-manager', () => waiting);
  await events.take(1);
  // A blocked connection is not read any more: only amqplib's own close, which knows, ends.
  await managing.connection?.close();

  const connection = new Connection(url);
  connection.on('connection.blocked', (reason) => events.record(`rabbitmq-client: ${reason}`));
  const publisher = connection.createPublisher({ confirm: true });
  const sending = attempt('rabbitmq-client', () => publisher.send('nowhere', 'x'));
  await events.take(1);
  say(`ready ${connection.ready}`);
  connection.unsafeDestroy();
  await sending;

  const client = new AMQPClient(url);
  client.onblocked = (reason) => events.record(`amqp-client: ${reason}`);
  await client.connect();
  const channel = await client.channel();
  await channel.basicPublish('', 'nowhere', 'x');
  await events.take(1);
  await until('blocked', () => client.blocked !== undefined);
  await attempt('amqp-client', () => channel.basicPublish('', 'nowhere', 'x'));
  client.socket?.destroy();
}

program(async () => {
  await promises();
  await others();
});
