import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { returnSlab, SLAB_BYTES, takeSlab, u8 } from '../../src/kit/memory.ts';
import type { Receiver } from '../../src/kit/transport.ts';
import { certificateFiles } from '../../src/server/certificate-files.ts';
import { tlsOptions } from '../../src/server/config-tls.ts';
import { type Listener, listen } from '../../src/server/listeners.ts';
import type { ReadMode, SocketTransport } from '../../src/server/socket-transport.ts';
import { TlsIdentity } from '../../src/server/tls-identity.ts';
import { TlsAuthority } from './tls-authority.ts';

/** What a connection does with what happens to it: it keeps it. */
class Recorder implements Receiver {
  readonly transport: SocketTransport;
  readonly #pieces: Uint8Array[] = [];
  largest = 0;
  bytes = 0;
  freed = 0;
  ends: (string | undefined)[] = [];
  onReceived: () => void = () => {};
  onWritten: () => void = () => {};

  constructor(transport: SocketTransport) {
    this.transport = transport;
  }

  received(start: number, end: number): void {
    this.largest = Math.max(this.largest, end - start);
    this.bytes += end - start;
    this.#pieces.push(u8.slice(start, end));
    this.onReceived();
  }

  written(): void {
    this.freed += 1;
    this.onWritten();
  }

  closed(cause: string | undefined): void {
    this.ends.push(cause);
  }

  heard(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

interface Pair {
  readonly client: Socket;
  /** What carries the client's bytes: itself, but for TLS. */
  readonly wire: Socket;
  readonly recorder: Recorder;
  readonly transport: SocketTransport;
}

const listeners: Listener[] = [];
const clients: Socket[] = [];
const slabs: number[] = [];

let authority: TlsAuthority;
let identity: TlsIdentity;

beforeAll(async () => {
  authority = await TlsAuthority.found();
  const files = await authority.issueFiles('localhost');
  const options = tlsOptions().parse(files);
  identity = await TlsIdentity.load(options, 'ssl_options.', certificateFiles, silentLogger);
});

afterAll(() => authority.close());

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  for (const slab of slabs.splice(0)) returnSlab(slab);
});

// Not over the socket itself, which could not be reset then.
function encrypted(wire: Socket): Socket {
  const socket = Duplex.from({ readable: wire, writable: wire });
  socket.on('error', () => {});
  return connectTls({ socket, ca: authority.cert });
}

async function pair(mode: ReadMode | 'tls'): Promise<Pair> {
  const common = { backlog: 10, noDelay: true, keepAlive: false };
  const tls = { identity, handshakeTimeoutMs: 60_000 };
  const options = mode === 'tls' ? { ...common, mode: 'data' as const, tls } : { ...common, mode };
  let wire: Socket | undefined;
  const accepted = new Promise<Recorder>((resolve, reject) => {
    listen({ ...options, host: '127.0.0.1', port: 0 }, (transport) => {
      const recorder = new Recorder(transport);
      transport.attach(recorder);
      resolve(recorder);
    }).then((listener) => {
      listeners.push(listener);
      wire = connect(listener.port, '127.0.0.1');
      wire.on('error', () => {});
      const client = mode === 'tls' ? encrypted(wire) : wire;
      client.on('error', () => {});
      clients.push(client);
    }, reject);
  });
  const recorder = await accepted;
  if (wire === undefined) throw new Error('nobody connected');
  const [client] = clients.slice(-1);
  if (client === undefined) throw new Error('nobody connected');
  return { client, wire, recorder, transport: recorder.transport };
}

function slabOf(value: number): number {
  const slab = takeSlab();
  slabs.push(slab);
  u8.fill(value, slab, slab + SLAB_BYTES);
  return slab;
}

const pattern = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff));

describe.each(['shared', 'data', 'tls'] as const)('a socket in %s mode', (mode) => {
  it('knows where its two ends are', async () => {
    const { wire, transport } = await pair(mode);
    if (wire.connecting) await once(wire, 'connect');
    expect(transport.remote).toEqual({ address: '127.0.0.1', port: wire.localPort });
    expect(transport.local).toEqual({ address: '127.0.0.1', port: listeners[0]?.port });
  });

  it('receives all bytes in their order, many more than fit the window', async () => {
    const { client, recorder } = await pair(mode);
    const sent = pattern(3_000_001);
    client.write(sent);
    await expect.poll(() => recorder.bytes).toBe(sent.length);
    expect(recorder.heard().equals(sent)).toBe(true);
    expect(recorder.largest).toBeLessThanOrEqual(262_144);
  });

  it('receives nothing while it is paused, and all of it afterwards', async () => {
    const { client, recorder, transport } = await pair(mode);
    client.write('first');
    await expect.poll(() => recorder.bytes).toBe(5);
    transport.pause();
    client.write(pattern(100_000));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(recorder.bytes).toBe(5);
    transport.resume();
    await expect.poll(() => recorder.bytes).toBe(100_005);
  });

  it('may be paused while it is read from', async () => {
    const { client, recorder, transport } = await pair(mode);
    recorder.onReceived = () => transport.pause();
    client.write(pattern(2_000_000));
    await expect.poll(() => recorder.bytes).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(recorder.bytes).toBeLessThan(1_000_000);
    recorder.onReceived = () => {};
    transport.resume();
    await expect.poll(() => recorder.bytes).toBe(2_000_000);
  });

  it('gives way and goes on by itself', async () => {
    const { client, recorder, transport } = await pair(mode);
    recorder.onReceived = () => transport.giveWay();
    const sent = pattern(1_000_000);
    client.write(sent);
    await expect.poll(() => recorder.bytes).toBe(sent.length);
    expect(recorder.heard().equals(sent)).toBe(true);
  });

  it('frees what it wrote in order, and once, when the peer reads at last', async () => {
    const { client, recorder, transport } = await pair(mode);
    client.pause();
    let flying = 0;
    for (let i = 0; i < 100; i++) {
      const slab = slabOf(i);
      if (!transport.write(slab, slab + SLAB_BYTES)) flying += 1;
    }
    expect(flying).toBeGreaterThan(0);
    let length = 0;
    let wrong = 0;
    client.on('data', (chunk: Buffer) => {
      for (const octet of chunk) if (octet !== Math.floor(length++ / SLAB_BYTES)) wrong += 1;
    });
    client.resume();
    await expect.poll(() => recorder.freed).toBe(flying);
    await expect.poll(() => length).toBe(100 * SLAB_BYTES);
    expect(wrong).toBe(0);
  });

  it('may be written to when it tells that something is free', async () => {
    const { client, recorder, transport } = await pair(mode);
    const slab = slabOf(7);
    let left = 300;
    const write = (): void => {
      while (left > 0) {
        left -= 1;
        if (!transport.write(slab, slab + SLAB_BYTES)) return;
      }
    };
    recorder.onWritten = write;
    write();
    let length = 0;
    client.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    await expect.poll(() => length, { timeout: 10_000 }).toBe(300 * SLAB_BYTES);
  });

  it('sends what is left before it ends', async () => {
    const { client, recorder, transport } = await pair(mode);
    let length = 0;
    client.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    const slab = slabOf(1);
    for (let i = 0; i < 100; i++) transport.write(slab, slab + SLAB_BYTES);
    transport.end();
    await once(client, 'end');
    expect(length).toBe(100 * SLAB_BYTES);
    await expect.poll(() => recorder.ends).toEqual([undefined]);
  });

  it('is closed once when the client hangs up, after what it sent before', async () => {
    const { client, recorder } = await pair(mode);
    client.end('goodbye');
    await expect.poll(() => recorder.ends).toEqual([undefined]);
    expect(recorder.heard().toString()).toBe('goodbye');
  });

  it('is closed once, with the cause, when the client is gone without a word', async () => {
    const { client, wire, recorder } = await pair(mode);
    client.write('x');
    await expect.poll(() => recorder.bytes).toBe(1);
    wire.resetAndDestroy();
    await expect.poll(() => recorder.ends).toEqual([expect.stringContaining('ECONNRESET')]);
  });

  it('is closed once when it is destroyed; what is written then is lost', async () => {
    const { client, recorder, transport } = await pair(mode);
    transport.destroy();
    const slab = slabOf(1);
    expect(transport.write(slab, slab + SLAB_BYTES)).toBe(true);
    await expect.poll(() => recorder.ends).toEqual([undefined]);
    await expect.poll(() => client.destroyed || client.readableEnded).toBe(true);
  });
});
