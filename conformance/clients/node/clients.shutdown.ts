/**
 * All four clients when the broker is told to stop. SHUTDOWN_AMQP_URL says which broker, and
 * SHUTDOWN_COMMAND is the command that stops it.
 */
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { AMQPClient } from '@cloudamqp/amqp-client';
import manager from 'amqp-connection-manager';
import amqp from 'amqplib';
import { Connection } from 'rabbitmq-client';
import { program } from './kit/program.ts';
import { attempt, Events, heading, show } from './kit/transcript.ts';

const url = process.env['SHUTDOWN_AMQP_URL'] ?? '';
const command = process.env['SHUTDOWN_COMMAND'] ?? '';

program(async () => {
  heading('the broker stops');
  const plain = new Events();
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  plain.watch(connection, 'amqplib connection', 'error', 'close');
  plain.watch(channel, 'amqplib channel', 'error', 'close');
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.consume(queue, (message) => plain.record(`amqplib consumer ${show(message)}`));

  const recovering = new Events();
  const recovery = { calculateDelay: () => 60_000 };
  const model = await amqp.connect(url, { recovery });
  model.on('disconnect', (error) => recovering.record(`recovering disconnect ${show(error)}`));
  model.on('error', (error) => recovering.record(`recovering error ${show(error)}`));

  const managed = new Events();
  const managing = manager.connect(url, { reconnectTimeInSeconds: 60 });
  managing.on('disconnect', ({ err }) => managed.record(`manager disconnect ${show(err)}`));
  await managing.createChannel().waitForConnect();

  const own = new Events();
  const client = new Connection({ url, retryLow: 60_000, retryHigh: 60_000 });
  client.on('error', (error) => own.record(`rabbitmq-client error ${show(error)}`));
  await client.onConnect();

  const other = new Events();
  const cloud = new AMQPClient(url);
  cloud.onerror = (error) => other.record(`amqp-client onerror ${show(error)}`);
  cloud.ondisconnect = (error) => other.record(`amqp-client ondisconnect ${show(error)}`);
  await cloud.connect();

  await promisify(exec)(command);
  await plain.take(2);
  await recovering.take(1);
  await managed.take(1);
  await own.take(1);
  await other.take(2);
  await attempt('amqplib: a call after it', () => channel.checkQueue(queue));
});
