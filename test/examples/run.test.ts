import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countdown } from '../../examples/run.ts';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

const run = promisify(execFile);
const example = fileURLToPath(new URL('../../examples/point-to-point.ts', import.meta.url));
const command = ['--import', 'tsx', example];

let broker: EmbeddedBroker;

beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.close());

describe('an example as a program', () => {
  it('talks to the broker that its argument names, and ends', async () => {
    const { stdout } = await run(process.execPath, [...command, broker.url]);
    expect(stdout).toMatch(/^nobody takes .+\nsent 3 orders\n(?:received order [123]\n){3}$/);
    expect(broker.queues()).toEqual([]);
  });

  it('talks to the broker that AMQP_URL names', async () => {
    const env = { ...process.env, AMQP_URL: broker.url };
    const { stdout } = await run(process.execPath, command, { env });
    expect(stdout).toMatch(/^sent 3 orders$/m);
  });

  it('fails when there is no broker', async () => {
    // The port of a service that nobody runs any more.
    const failing = run(process.execPath, [...command, 'amqp://127.0.0.1:1']);
    await expect(failing).rejects.toMatchObject({ code: 1, stdout: '' });
  });
});

describe('a countdown', () => {
  it('is done at the last tick and not before', async () => {
    const { done, tick } = countdown(2);
    let isDone = false;
    const watching = done.then(() => {
      isDone = true;
    });
    tick();
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    tick();
    await watching;
    expect(isDone).toBe(true);
  });
});
