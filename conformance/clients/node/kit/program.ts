import { connect } from 'amqplib';
import { names, say, show, url } from './transcript.ts';

async function cleanUp(): Promise<void> {
  const connection = await connect(url);
  connection.on('error', () => {});
  for (const name of names().queues) {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    await channel.deleteQueue(name).catch(() => {});
    await channel.close().catch(() => {});
  }
  for (const name of names().exchanges) {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    await channel.deleteExchange(name).catch(() => {});
    await channel.close().catch(() => {});
  }
  await connection.close();
}

/** Runs a program to its end, whatever happens, and removes what it declared. */
export function program(main: () => Promise<void>): void {
  process.on('unhandledRejection', (reason) => say(`unhandled rejection: ${show(reason)}`));
  process.on('uncaughtException', (error) => say(`uncaught exception: ${show(error)}`));
  void main()
    .catch((error: unknown) => say(`program failed: ${show(error)}`))
    .then(cleanUp)
    .catch((error: unknown) => say(`clean-up failed: ${show(error)}`))
    .then(() => {
      say('# end');
      process.exit(0);
    });
}
