import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { usedBytes } from '../../src/kit/memory.ts';
import { startBroker } from '../../src/server/embedded.ts';
import { footprint } from '../kit/footprint.ts';

async function work(url: string, queue: string): Promise<string | undefined> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue);
  channel.sendToQueue(queue, Buffer.from(`for ${queue}`), { persistent: true });
  await channel.waitForConfirms();
  const message = await channel.get(queue);
  await connection.close();
  return message ? message.content.toString() : undefined;
}

describe('brokers in one process', () => {
  it('may be many, side by side', async () => {
    const brokers = await Promise.all(Array.from({ length: 20 }, () => startBroker()));
    expect(new Set(brokers.map(({ port }) => port)).size).toBe(20);
    const heard = await Promise.all(brokers.map(({ url }, i) => work(url, `q${i}`)));
    expect(heard).toEqual(brokers.map((_, i) => `for q${i}`));
    expect(brokers.map((broker) => broker.queues())).toEqual(brokers.map((_, i) => [`q${i}`]));
    await Promise.all(brokers.map((broker) => broker.close()));
  });

  it('may come and go, and leave no memory behind', async () => {
    const before = footprint();
    for (let i = 0; i < 5; i++) {
      const broker = await startBroker();
      expect(await work(broker.url, 'q')).toBe('for q');
      expect(broker.queue('q').messageCount).toBe(1);
      await broker.close();
    }
    expect(footprint()).toEqual(before);
    expect(usedBytes()).toBeGreaterThan(0);
  });

  it('fail to start on a port that is in use', async () => {
    const broker = await startBroker();
    await expect(startBroker({ port: broker.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await broker.close();
  });

  it('log nothing unless they are told to', async () => {
    const written: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = (text) => written.push(String(text)) > 0;
    try {
      const silent = await startBroker();
      await work(silent.url, 'q');
      await silent.close();
      expect(written).toEqual([]);
      const telling = await startBroker({ logLevel: 'info' });
      await work(telling.url, 'q');
      await telling.close();
    } finally {
      process.stderr.write = write;
    }
    expect(written.join('')).toMatch(/info {2}Connection opened .*user=guest/);
  });
});

describe('a broker with a data directory', () => {
  it('finds what was there when it is started again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'leveret-embedded-'));
    try {
      for (let i = 0; i < 3; i++) {
        const broker = await startBroker({ dataDir });
        expect(broker.queues()).toEqual(i === 0 ? [] : ['kept']);
        const connection = await connect(broker.url);
        const channel = await connection.createConfirmChannel();
        await channel.assertQueue('kept');
        channel.sendToQueue('kept', Buffer.from(`run ${i}`), { persistent: true });
        channel.sendToQueue('kept', Buffer.from('transient'));
        await channel.waitForConfirms();
        await connection.close();
        const kept = Array.from({ length: i + 1 }, (_, run) => `run ${run}`);
        const texts = broker
          .queue('kept')
          .messages()
          .map((message) => message.text());
        expect(texts).toEqual([...kept, 'transient']);
        await broker.close();
      }
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});

describe('a program that has closed its broker', () => {
  it('ends by itself', async () => {
    const program = `
      import { connect } from 'amqplib';
      import { startBroker } from './src/index.ts';
      const broker = await startBroker({ clock: 'CLOCK' });
      const connection = await connect(broker.url);
      connection.on('error', () => {});
      const channel = await connection.createChannel();
      await channel.assertQueue('q', { messageTtl: 3600000 });
      channel.sendToQueue('q', Buffer.from('x'));
      await channel.checkQueue('q');
      await broker.close();
      process.stdout.write('closed');
    `;
    const ends = ['real', 'virtual'].map(async (clock) => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '--eval', program.replace('CLOCK', clock)],
        {
          cwd: fileURLToPath(new URL('../../', import.meta.url)),
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      const [code] = await once(child, 'close');
      return { code, out };
    });
    expect(await Promise.all(ends)).toEqual([
      { code: 0, out: 'closed' },
      { code: 0, out: 'closed' },
    ]);
  });
});
