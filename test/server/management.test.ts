import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { type Server, type Surroundings, startServer } from '../../src/server/boot.ts';
import { type Config, configOf } from '../../src/server/config.ts';
import { startBroker } from '../../src/server/embedded.ts';

const servers: Server[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(
  differences: Partial<Config> = {},
  surroundings: Surroundings = {},
): Promise<Server> {
  const given = { host: '127.0.0.1', port: 0, managementPort: 0, ...differences };
  const server = await startServer(configOf(given), silentLogger, surroundings);
  servers.push(server);
  return server;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'leveret-http-'));
  folders.push(made);
  return made;
}

const authorization = `Basic ${btoa('guest:guest')}`;

function ask({ managementPort }: Server, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization, ...init.headers };
  return fetch(`http://127.0.0.1:${managementPort}/api${path}`, { ...init, headers });
}

async function object(server: Server, path: string): Promise<Record<string, unknown>> {
  return (await (await ask(server, path)).json()) as Record<string, unknown>;
}

describe('the HTTP API of a server', () => {
  it('is there where it is asked for', async () => {
    const server = await start();
    expect(await object(server, '/whoami')).toMatchObject({ name: 'guest' });
    expect((await fetch(`http://127.0.0.1:${server.managementPort}/api/whoami`)).status).toBe(401);
  });

  it('is not there for a program that does not ask', async () => {
    const server = await start({ managementPort: undefined });
    expect(server.managementPort).toBeUndefined();
    const quiet = await startBroker();
    expect([quiet.managementPort, quiet.prometheusPort]).toEqual([undefined, undefined]);
    await quiet.close();
    const telling = await startBroker({ managementPort: 0 });
    const open = await fetch(`http://127.0.0.1:${telling.managementPort}/api/version`);
    expect(open.status).toBe(200);
    await telling.close();
  });

  it('tells of the process and of what is going on in it', async () => {
    const dataDir = folder();
    const server = await start({ dataDir }, { configFiles: ['/etc/leveret.conf'] });
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${server.port}`);
    const channel = await connection.createChannel();
    await channel.assertQueue('q');
    const overview = await object(server, '/overview');
    expect(overview).toMatchObject({
      product_version: expect.stringMatching(/^\d/),
      object_totals: { connections: 1, channels: 1, queues: 1 },
      listeners: [
        { protocol: 'amqp', port: server.port, ip_address: '127.0.0.1' },
        { protocol: 'http', port: server.managementPort, ip_address: '127.0.0.1' },
      ],
    });
    const node = await object(server, `/nodes/${String(overview['node'])}`);
    expect(node).toMatchObject({
      os_pid: String(process.pid),
      db_dir: dataDir,
      config_files: ['/etc/leveret.conf'],
    });
    for (const key of ['mem_used', 'mem_limit', 'disk_free', 'fd_used', 'fd_total', 'uptime']) {
      expect(node[key], key).toBeGreaterThan(0);
    }
    const settings = await (await ask(server, '/config/effective')).text();
    expect(settings).toContain(`data_dir = ${dataDir}\n`);
    expect(settings).not.toContain('default_pass');
    await connection.close();
  });

  it('takes only pages of sites that the configuration names', async () => {
    const server = await start({ corsAllowOrigins: ['https://ops.example'] });
    const headers = { origin: 'https://ops.example' };
    const answer = await ask(server, '/whoami', { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://ops.example');
  });

  it('does not take longer bodies than the configuration says', async () => {
    const server = await start({ managementBodyLimit: 2000 });
    const body = JSON.stringify({ name: 'x'.repeat(2000) });
    const answer = await ask(server, '/cluster-name', { method: 'PUT', body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ reason: 'Exceeded HTTP request body size limit' });
  });

  it('ends with the server, whatever its clients are about', async () => {
    const server = await start();
    await (await ask(server, '/whoami')).text();
    const half = connectSocket(server.managementPort ?? 0, '127.0.0.1');
    half.on('error', () => {});
    await once(half, 'connect');
    half.write('PUT /api/cluster-name HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n');
    half.write(`Authorization: ${authorization}\r\n\r\n{`);
    const gone = once(half, 'close');
    servers.length = 0;
    await server.stop();
    await gone;
    await expect(ask(server, '/whoami')).rejects.toThrow();
  });

  it('keeps the server from starting when it cannot listen, and leaves nothing open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port: managementPort } = other.address() as AddressInfo;
    await expect(start({ managementPort })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: managementPort,
    });
    other.close();
  });
});

describe('definitions that a server is to load', () => {
  it('are there instead of the first user and vhost', async () => {
    const path = join(folder(), 'definitions.json');
    const definitions = {
      users: [{ name: 'ada', password: 'engine', tags: 'administrator' }],
      vhosts: [{ name: 'works' }],
      permissions: [{ user: 'ada', vhost: 'works', configure: '.*', write: '.*', read: '.*' }],
      queues: [{ name: 'jobs', vhost: 'works', durable: true, auto_delete: false, arguments: {} }],
    };
    writeFileSync(path, JSON.stringify(definitions));
    const { broker } = await start({ loadDefinitions: path });
    expect(broker.users.list().map(({ name }) => name)).toEqual(['ada']);
    expect([...broker.vhosts.keys()]).toEqual(['works']);
    expect([...(broker.vhosts.get('works')?.queues.keys() ?? [])]).toEqual(['jobs']);
  });

  it('keep it from starting when they cannot be read', async () => {
    const path = join(folder(), 'none.json');
    await expect(start({ loadDefinitions: path })).rejects.toThrow(path);
  });
});
