// The broker under test: the one at AMQP_URL, or else a Leveret started for this test file.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelModel, connect as connectAmqplib } from 'amqplib';
import { afterAll, afterEach } from 'vitest';
import type { Difference } from './differences.ts';
import { Peer, type PeerOptions } from './peer.ts';
import type { PeerChannel } from './peer-channel.ts';
import { newIdentity, trust } from './trust.ts';

export interface Target {
  readonly url: string;
  readonly isRabbit: boolean;
  /** RabbitMQ before 3.13, whose behaviour differs in places from what Leveret follows. */
  readonly isRabbit310: boolean;
  readonly version: string;
  /** An open connection, closed after the test. */
  peer(options?: PeerOptions): Promise<Peer>;
  /** A channel on a connection of its own, closed after the test. */
  channel(options?: PeerOptions): Promise<PeerChannel>;
  /** A connected socket on which nothing was sent yet, dropped after the test. */
  dial(): Promise<Peer>;
  /** A connection through amqplib, closed after the test. */
  amqplib(options?: { query?: string; socket?: object }): Promise<ChannelModel>;
  /** A unique name; a queue or exchange of that name is deleted after the test. */
  name(prefix?: string): string;
  /** What this broker is expected to do, where RabbitMQ and Leveret differ. */
  differs<R, L>(difference: Difference<R, L>): R | L;
}

const before = (version: string, upTo: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [toMajor = 0, toMinor = 0] = upTo.split('.').map(Number);
  return major < toMajor || (major === toMajor && minor <= toMinor);
};

async function address(): Promise<string> {
  const given = process.env['AMQP_URL'];
  if (given) return given;
  const { startBroker } = await import('../../src/index.ts');
  const onDisk = process.env['CONFORMANCE_DATA'] === 'disk';
  const dataDir = onDisk ? await mkdtemp(join(tmpdir(), 'leveret-conformance-')) : undefined;
  const identity = process.env['CONFORMANCE_TLS'] === 'on' ? await newIdentity() : undefined;
  const broker = await startBroker({
    port: 0,
    logLevel: 'silent',
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(identity === undefined ? {} : { listeners: [], ...identity.settings }),
  });
  afterAll(async () => {
    await broker.close();
    await identity?.remove();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true });
  });
  return broker.url;
}

/** Call it once, at the top of a test file: it registers hooks that undo what the tests did. */
export async function target(): Promise<Target> {
  const url = await address();
  const probe = await Peer.connect(url);
  const properties = probe.started?.serverProperties ?? {};
  const isRabbit = !Object.keys(properties).some((key) => /leveret/i.test(key));
  const version = String(properties['version']);
  const peers: Peer[] = [];
  const clients: ChannelModel[] = [];
  const names: string[] = [];
  let count = 0;
  const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;

  const keep = (peer: Peer): Peer => {
    peers.push(peer);
    return peer;
  };

  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.close()));
    await Promise.all(clients.splice(0).map((client) => client.close().catch(() => undefined)));
    if (names.length > 0) await remove(probe, names.splice(0));
  });
  afterAll(() => probe.close());

  const target: Target = {
    url,
    isRabbit,
    isRabbit310: isRabbit && before(version, '3.12'),
    version,
    peer: async (options) => {
      const peer = keep(await Peer.dial(url));
      await peer.handshake(options);
      return peer;
    },
    channel: async (options) => (await target.peer(options)).channel(),
    dial: async () => keep(await Peer.dial(url)),
    amqplib: async ({ query = '', socket = {} } = {}) => {
      const client = await connectAmqplib(url + query, { ...trust(), ...socket });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    name: (prefix = 'c') => {
      count += 1;
      const name = `${prefix}.${run}.${count}`;
      names.push(name);
      return name;
    },
    differs: ({ upTo, rabbit, leveret }) => {
      const asRabbit = isRabbit && (upTo === undefined || before(version, upTo));
      return asRabbit ? rabbit : leveret;
    },
  };
  return target;
}

async function remove(probe: Peer, names: readonly string[]): Promise<void> {
  const channel = await probe.channel(1);
  for (const name of names) {
    await channel.call('queue.delete', { queue: name });
    await channel.call('exchange.delete', { exchange: name });
  }
  await channel.close();
}
