import { hostname, totalmem } from 'node:os';
import { Connection } from '../amqp/connection.ts';
import { FlushList } from '../amqp/flush-list.ts';
import { Broker } from '../broker/broker.ts';
import { afterReads, type Clock, RealClock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { CAPACITY_BYTES } from '../kit/memory.ts';
import { type Random, systemRandom } from '../kit/random.ts';
import { MemoryLog } from '../store/memory-log.ts';
import type { Config } from './config.ts';
import { type Listener, listen } from './listeners.ts';
import type { ReadMode } from './socket-transport.ts';
import { version } from './version.ts';

/** A server that runs. */
export interface Server {
  readonly broker: Broker;
  /** Where its first listener listens. */
  readonly port: number;
  stop(): Promise<void>;
}

/** What may be replaced: by tests, and by programs that hold the clock. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly readMode?: ReadMode;
}

// So much of the message memory is left for output and indexes when messages have filled the rest.
const MESSAGES_SHARE = 0.8;
/** How long clients have to answer connection.close when the server stops. */
const FAREWELL_MS = 3000;

/** Builds everything in the order of its layers and listens. @throws the listener's error */
export async function startServer(
  config: Config,
  logger: Logger,
  { clock = new RealClock(), random = systemRandom, readMode = 'shared' }: Surroundings = {},
): Promise<Server> {
  const log = new MemoryLog();
  const broker = new Broker({
    clock,
    random,
    logger,
    log,
    limits: config,
    version: version(),
    clusterName: `leveret@${hostname()}`,
    firstUser: {
      name: config.defaultUser,
      password: config.defaultPass,
      tags: config.defaultUserTags,
      vhost: config.defaultVhost,
      configure: config.defaultConfigure,
      write: config.defaultWrite,
      read: config.defaultRead,
    },
    loopbackUsers: config.loopbackUsers,
    memoryHighWatermark: highWatermark(config),
  });
  const flushes = new FlushList();
  const connections = new Set<Connection>();
  const listeners = await listenAll(config, readMode, (transport) => {
    const connection = new Connection(broker, transport, flushes);
    connections.add(connection);
    connection.onEnd = () => connections.delete(connection);
    transport.attach(connection);
  });
  for (const { host, port } of listeners) logger.info({ host, port }, 'Listening for AMQP');
  return {
    broker,
    port: listeners[0]?.port ?? 0,
    stop: async () => {
      const ended = listeners.map((listener) => listener.close());
      await sayFarewell(connections, ended);
      broker.close();
      await log.close();
      // The last handles are closed in the turn of the event loop after the one that says so.
      await new Promise<void>((resolve) => afterReads(resolve));
    },
  };
}

// If one cannot listen, none does.
async function listenAll(
  config: Config,
  mode: ReadMode,
  connected: Parameters<typeof listen>[1],
): Promise<readonly Listener[]> {
  const { tcpBacklog: backlog, tcpNodelay: noDelay, tcpKeepalive: keepAlive } = config;
  const listeners: Listener[] = [];
  try {
    for (const { host, port } of config.listeners) {
      const options = { host, port, backlog, noDelay, keepAlive, mode };
      listeners.push(await listen(options, connected));
    }
    return listeners;
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
}

// Every client is told; whoever does not answer in time is dropped. This waits in real time: clients do.
async function sayFarewell(
  connections: ReadonlySet<Connection>,
  ended: readonly Promise<void>[],
): Promise<void> {
  for (const connection of [...connections]) connection.forceClose('shutdown');
  const clock = new RealClock();
  const timer = clock.after(FAREWELL_MS, () => {
    for (const connection of [...connections]) connection.abort('shutdown');
  });
  await Promise.all(ended);
  timer.cancel();
}

function highWatermark({ memoryHighWatermark: limit }: Config): number {
  const wanted = limit.by === 'bytes' ? limit.bytes : limit.fraction * totalmem();
  return Math.min(wanted, CAPACITY_BYTES * MESSAGES_SHARE);
}
