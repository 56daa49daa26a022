// Leveret, some traffic, a Prometheus that looks, and the dashboard's questions.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '../../src/index.ts';
import { startTraffic } from './traffic.ts';

const SCRAPED_FOR_MS = 20_000;
const READY_WITHIN_MS = 30_000;

const variables: readonly (readonly [name: string, value: string])[] = [
  ['$rabbitmq_cluster', `leveret@${hostname()}`],
  ['$namespace', ''],
  ['$endpoint', 'aggregated'],
  ['$__rate_interval', '15s'],
  ['$__range', '15s'],
];

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function startPrometheus(folder: string, scraped: number): Promise<[ChildProcess, string]> {
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `global:
  scrape_interval: 1s
scrape_configs:
  - job_name: leveret
    static_configs:
      - targets: ['127.0.0.1:${scraped}']
`,
  );
  const child = spawn(
    process.env['PROMETHEUS'] ?? 'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + READY_WITHIN_MS;
  while (Date.now() < end) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok) return [child, url];
    await pause(200);
  }
  throw new Error('Prometheus does not come up');
}

/** What is wrong with the answer to an expression; nothing when it has data. */
async function fault(url: string, expression: string): Promise<string | undefined> {
  const query = new URLSearchParams({ query: expression });
  const response = await fetch(`${url}/api/v1/query?${query}`);
  const { status, error, data } = (await response.json()) as Answer;
  if (status !== 'success' || data === undefined) return error ?? status;
  if (data.result.length === 0) return 'no data';
  const strange = data.result.find(({ value: [, value] }) => !Number.isFinite(Number(value)));
  return strange === undefined ? undefined : `the value ${strange.value[1]}`;
}

function filledIn(expression: string): string {
  return variables.reduce((text, [name, value]) => text.replaceAll(name, value), expression);
}

async function ask(url: string): Promise<[passed: number, failed: number]> {
  const lines = await readFile(new URL('expressions.txt', import.meta.url), 'utf8');
  const expressions = lines.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  let failed = 0;
  for (const expression of expressions) {
    const found = await fault(url, filledIn(expression));
    if (found === undefined) continue;
    failed += 1;
    console.log(`FAIL ${found}: ${expression}`);
  }
  return [expressions.length - failed, failed];
}

const folder = await mkdtemp(join(tmpdir(), 'leveret-prometheus-'));
const dataDir = join(folder, 'leveret');
const broker = await startBroker({ port: 0, prometheusPort: 0, dataDir, logLevel: 'warn' });
let child: ChildProcess | undefined;
let passed = 0;
let failed = 1;
try {
  const traffic = await startTraffic(broker.url);
  const [prometheus, url] = await startPrometheus(folder, broker.prometheusPort ?? 0);
  child = prometheus;
  await pause(SCRAPED_FOR_MS);
  [passed, failed] = await ask(url);
  await traffic.stop();
} catch (error) {
  console.log(`FAIL ${error instanceof Error ? error.message : String(error)}`);
} finally {
  if (child !== undefined && child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await broker.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
