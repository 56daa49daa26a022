import { once } from 'node:events';
import { connect, Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Listener, type ListenOptions, listen } from '../../src/server/listeners.ts';
import type { SocketTransport } from '../../src/server/socket-transport.ts';

const local: ListenOptions = {
  host: '127.0.0.1',
  port: 0,
  backlog: 16,
  noDelay: true,
  keepAlive: false,
  mode: 'shared',
};
const ignored = { received: () => {}, written: () => {}, closed: () => {} };

const opened: Listener[] = [];
const clients: Socket[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});

async function open(
  options: Partial<ListenOptions> = {},
  connected: (transport: SocketTransport) => void = (transport) => transport.attach(ignored),
): Promise<Listener> {
  const listener = await listen({ ...local, ...options }, connected);
  opened.push(listener);
  return listener;
}

async function client(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, host);
  socket.on('error', () => {});
  clients.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('a listener', () => {
  it('says which port it was given', async () => {
    const { port, host } = await open();
    expect(host).toBe('127.0.0.1');
    expect(port).toBeGreaterThan(0);
    await client(port);
  });

  it('listens on every address of the machine when it has no host', async () => {
    const { port } = await open({ host: undefined });
    await client(port, '127.0.0.1');
    await client(port, '::1');
  });

  it('names addresses of IPv4 as such when they come in over IPv6', async () => {
    const addresses: string[] = [];
    const { port } = await open({ host: '::' }, (transport) => {
      addresses.push(transport.remote.address);
      transport.attach(ignored);
    });
    await client(port, '127.0.0.1');
    await client(port, '::1');
    await expect.poll(() => addresses).toEqual(['127.0.0.1', '::1']);
  });

  it('fails when its port is in use', async () => {
    const { port } = await open();
    await expect(open({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('fails for an address that this machine does not have', async () => {
    await expect(open({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it('goes on when connections cannot be accepted', async () => {
    const started = vi.spyOn(Server.prototype, 'listen');
    const { port } = await open();
    const [server] = started.mock.contexts;
    if (!(server instanceof Server)) throw new Error('nothing listens');
    const full = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
    for (let i = 0; i < 3; i++) expect(server.emit('error', full)).toBe(true);
    await client(port);
  });

  it('takes no more when it is closed, and waits for those it took', async () => {
    const transports: SocketTransport[] = [];
    const listener = await listen(local, (transport) => {
      transports.push(transport);
      transport.attach(ignored);
    });
    const first = await client(listener.port);
    await expect.poll(() => transports.length).toBe(1);
    let ended = false;
    const closing = listener.close().then(() => {
      ended = true;
    });
    const late = connect(listener.port, '127.0.0.1');
    clients.push(late);
    const [error] = await once(late, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(ended).toBe(false);
    first.end();
    await closing;
    expect(ended).toBe(true);
  });
});
