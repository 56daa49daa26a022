/** A RabbitMQ of our own, from the machine's `rabbitmq-server`, on ports and in folders of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Link } from './link.ts';

export interface RunningBroker {
  readonly url: string;
  stop(): Promise<void>;
}

const START_MS = 120_000;
const STOP_MS = 20_000;
/** Where Debian keeps the script that does not change to another user. */
const SCRIPTS = '/usr/lib/rabbitmq/bin';
/** Schedulers that spin while they wait would take the time of everybody else. */
const NO_SPINNING = '+sbwt none +sbwtdcpu none +sbwtdio none';

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function environment(folder: string, [amqp, distribution, names]: readonly number[]) {
  for (const name of ['mnesia', 'log', 'home']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'enabled_plugins'), '[].');
  writeFileSync(join(folder, 'rabbitmq.conf'), 'loopback_users = none\n');
  return {
    ...process.env,
    HOME: join(folder, 'home'),
    PATH: `${SCRIPTS}:${process.env['PATH']}`,
    ERL_EPMD_PORT: `${names}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: join(folder, 'crash'),
    RABBITMQ_NODENAME: `differential${amqp}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${amqp}`,
    RABBITMQ_DIST_PORT: `${distribution}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: NO_SPINNING,
    RUNNING_UNDER_SYSTEMD: '1',
  };
}

async function answers(url: string, node: ChildProcess, log: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const link = await Link.open(url).catch(() => undefined);
    if (link !== undefined) return link.drop();
    if (node.exitCode !== null || performance.now() > deadline) {
      const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : '';
      throw new Error(`rabbitmq-server did not come up: ${said}`);
    }
    await sleep(200);
  }
}

/** @throws Error when there is no `rabbitmq-server`, or it does not come up */
export async function startRabbit(): Promise<RunningBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-differential-'));
  const ports = await freePorts(3);
  const env = environment(folder, ports);
  const log = join(folder, 'startup.log');
  // Its own process group, since the script leaves the node as a child's child.
  const node = spawn('sh', ['-c', `exec rabbitmq-server > '${log}' 2>&1`], {
    env,
    cwd: folder,
    detached: true,
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => node.once('exit', () => resolve()));
  const signal = (name: NodeJS.Signals): void => {
    if (node.pid === undefined || node.exitCode !== null) return;
    process.kill(-node.pid, name);
  };
  const clear = (): void => {
    signal('SIGKILL');
    spawnSync('sh', ['-c', `epmd -port ${env.ERL_EPMD_PORT} -kill`], { env });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  // Of a process group of its own it would outlive whoever ends this process.
  process.once('exit', clear);
  const stop = async (): Promise<void> => {
    signal('SIGTERM');
    await Promise.race([gone, sleep(STOP_MS, undefined, { ref: false })]);
    process.off('exit', clear);
    clear();
  };
  const url = `amqp://guest:guest@127.0.0.1:${ports[0]}`;
  try {
    await answers(url, node, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
