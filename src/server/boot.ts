import { hostname } from 'node:os';
import { Connection } from '../amqp/connection.ts';
import { FlushList } from '../amqp/flush-list.ts';
import { Broker } from '../broker/broker.ts';
import { afterReads, type Clock, RealClock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { type Random, systemRandom } from '../kit/random.ts';
import type { Config } from './config.ts';
import { type Listener, listen } from './listeners.ts';
import { type MemoryLimits, memoryLimits } from './memory-limits.ts';
import { processMemory, totalMemory } from './process-memory.ts';
import type { ReadMode } from './socket-transport.ts';
import { openStorage, type Storage } from './storage.ts';
import { version } from './version.ts';

/** A server that runs. */
export interface Server {
  readonly broker: Broker;
  /** Where its first listener listens. */
  readonly port: number;
  /** @throws Error when not everything that was to be kept could be */
  stop(): Promise<void>;
}

/** What may be replaced: by tests, and by programs that hold the clock. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly readMode?: ReadMode;
}

/** How long clients have to answer connection.close when the server stops. */
const FAREWELL_MS = 3000;
// Memory, disks and clients live in real time, whatever the broker's clock says.
const realClock = new RealClock();

/**
 * Builds everything in the order of its layers and listens.
 * @throws DataDirectoryError, the listener's error
 */
export async function startServer(
  config: Config,
  logger: Logger,
  { clock = new RealClock(), random = systemRandom, readMode = 'shared' }: Surroundings = {},
): Promise<Server> {
  const taken = config.memoryCalculation === 'rss' ? processMemory.resident() : 0;
  const limits = memoryLimits(config, config.totalMemory ?? totalMemory(), taken);
  const began = realClock.now();
  const storage = await openStorage({ ...config, random, logger });
  let broker: Broker | undefined;
  try {
    const built = buildBroker(config, limits, storage, { clock, random, logger });
    broker = built;
    storage.describeBy(() => built.facts());
    sayOpened(broker, storage, config.dataDir, realClock.now() - began);
    await watch(broker, storage, config, limits);
    return await open(broker, storage, config, readMode);
  } catch (error) {
    // What went wrong first is what people have to know.
    await (broker === undefined ? storage.close() : close(broker, storage)).catch(() => {});
    throw error;
  }
}

// The node as it was left.
function buildBroker(
  config: Config,
  limits: MemoryLimits,
  { log, recovered, overflow }: Storage,
  parts: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): Broker {
  return new Broker({
    ...parts,
    log,
    ...(recovered === undefined ? {} : { recovered }),
    ...(overflow === undefined ? {} : { overflow }),
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
    memoryHighWatermark: limits.highWatermark,
    pagingBudget: limits.messages,
  });
}

function sayOpened(
  { logger, vhosts }: Broker,
  { recovered }: Storage,
  dataDir: string | undefined,
  ms: number,
): void {
  if (recovered === undefined) return;
  let queues = 0;
  for (const vhost of vhosts.values()) queues += vhost.queues.size;
  let messages = 0;
  for (const lane of recovered.lanes) messages += lane.count;
  const { afterCrash } = recovered;
  const fields = { dataDir, queues, messages, afterCrash, ms: Math.round(ms) };
  logger.info(fields, 'Data directory opened');
}

async function watch(
  { alarms }: Broker,
  { log, disk }: Storage,
  config: Config,
  { diskFree }: MemoryLimits,
): Promise<void> {
  if (config.memoryCalculation === 'rss') {
    alarms.countProcess(processMemory, config.memoryMonitorMs, realClock);
  }
  alarms.watchLog(log, realClock);
  if (disk !== undefined) await alarms.watchDisk(disk, diskFree, realClock);
}

async function open(
  broker: Broker,
  storage: Storage,
  config: Config,
  readMode: ReadMode,
): Promise<Server> {
  const flushes = new FlushList();
  const connections = new Set<Connection>();
  const listeners = await listenAll(config, readMode, (transport) => {
    const connection = new Connection(broker, transport, flushes);
    connections.add(connection);
    connection.onEnd = () => connections.delete(connection);
    transport.attach(connection);
  });
  for (const { host, port } of listeners) broker.logger.info({ host, port }, 'Listening for AMQP');
  return {
    broker,
    port: listeners[0]?.port ?? 0,
    stop: async () => {
      const ended = listeners.map((listener) => listener.close());
      await sayFarewell(connections, ended);
      await close(broker, storage);
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

// Every client is told; whoever does not answer in time is dropped.
async function sayFarewell(
  connections: ReadonlySet<Connection>,
  ended: readonly Promise<void>[],
): Promise<void> {
  for (const connection of [...connections]) connection.forceClose('shutdown');
  const timer = realClock.after(FAREWELL_MS, () => {
    for (const connection of [...connections]) connection.abort('shutdown');
  });
  await Promise.all(ended);
  timer.cancel();
}

async function close(broker: Broker, storage: Storage): Promise<void> {
  // The log's last snapshot is of what there was, not of what a closed broker has.
  const facts = broker.facts();
  storage.describeBy(() => facts);
  broker.close();
  await storage.close();
}
