// Claim check: what is large goes into a store, and the message carries only the ticket for it. Queues
// stay small and quick, and receivers that only pass the message on never load the rest.

import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.claim-check.films';
const FILM_BYTES = 5 * 2 ** 20;

/** What the message says. The digest tells a file that was changed or cut short. */
interface Claim {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const digestOf = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

export async function claimCheck(connection: ChannelModel, print: Print): Promise<void> {
  // A folder stands for the store that both sides can reach.
  const store = await mkdtemp(join(tmpdir(), 'claim-check-'));
  const setup = await connection.createChannel();
  await setup.assertQueue(QUEUE, { durable: true });

  await send(connection, store, print);
  await receive(connection, print);

  await setup.deleteQueue(QUEUE);
  await setup.close();
  await rm(store, { recursive: true });
}

async function send(connection: ChannelModel, store: string, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  const film = Buffer.alloc(FILM_BYTES, 'frame ');
  const claim: Claim = {
    file: join(store, randomUUID()),
    bytes: film.length,
    sha256: digestOf(film),
  };
  // First the store, then the message: who gets a claim must find what it is for.
  await writeFile(claim.file, film);
  const content = Buffer.from(JSON.stringify(claim));
  channel.sendToQueue(QUEUE, content, { persistent: true, contentType: 'application/json' });
  await channel.waitForConfirms();
  print(`sent a film of ${film.length} bytes by a message of ${content.length}`);
  await channel.close();
}

async function receive(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createChannel();
  const all = countdown(1);
  await channel.consume(QUEUE, async (message) => {
    if (message === null) return; // the queue was deleted
    const claim: Claim = JSON.parse(message.content.toString());
    const film = await readFile(claim.file);
    const intact = film.length === claim.bytes && digestOf(film) === claim.sha256;
    print(`received a film of ${film.length} bytes, ${intact ? 'intact' : 'damaged'}`);
    channel.ack(message);
    // After the acknowledgement: a message that comes again must still find its file. What a crash
    // leaves behind here is cleared away by the store, by age.
    await rm(claim.file);
    all.tick();
  });
  await all.done;
  await channel.close();
}

await runAsProgram(import.meta.url, claimCheck);
