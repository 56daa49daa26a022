import { hostname } from 'node:os';
import { Connection } from '../amqp/connection.ts';
import { FlushList } from '../amqp/flush-list.ts';
import type { LoginSettings } from '../auth/authenticator.ts';
import { Broker, type FirstUser } from '../broker/broker.ts';
import { afterReads, type Clock, RealClock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { type Random, systemRandom } from '../kit/random.ts';
import { certificateFiles } from './certificate-files.ts';
import type { Config } from './config.ts';
import { definitionFiles } from './definition-files.ts';
import { type Listener, listen } from './listeners.ts';
import { startManagement } from './management.ts';
import { type MemoryLimits, memoryLimits } from './memory-limits.ts';
import { processMemory, totalMemory } from './process-memory.ts';
import type { Management } from './running-management.ts';
import type { ReadMode } from './socket-transport.ts';
import { openStorage, type Storage } from './storage.ts';
import { TlsIdentities } from './tls-identities.ts';
import { version } from './version.ts';

/** A server that runs. */
export interface Server {
  readonly broker: Broker;
  /** Where its first listener listens. */
  readonly port: number;
  /** Where its first listener with TLS listens; undefined where there is none. */
  readonly tlsPort: number | undefined;
  /** Where the HTTP API listens; undefined where there is none. */
  readonly managementPort: number | undefined;
  readonly managementTlsPort: number | undefined;
  /** Where Prometheus is answered; undefined where it is not. */
  readonly prometheusPort: number | undefined;
  /** Reads certificates anew; connections stay. */
  reload(): Promise<void>;
  /** @throws Error when not everything that was to be kept could be */
  stop(): Promise<void>;
}

/** What may be replaced: by tests, and by programs that hold the clock. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly readMode?: ReadMode;
  /** The files that the configuration comes from. */
  readonly configFiles?: readonly string[];
}

/** How long clients have to answer connection.close when the server stops. */
const FAREWELL_MS = 3000;
// RabbitMQ's words.
const SHUTDOWN = "broker forced connection closure with reason 'shutdown'";
// Memory, disks and clients live in real time, whatever the broker's clock says.
const realClock = new RealClock();

/**
 * Builds everything in the order of its layers and listens.
 * @throws DataDirectoryError, the listener's error
 */
export async function startServer(
  config: Config,
  logger: Logger,
  surroundings: Surroundings = {},
): Promise<Server> {
  const { clock = new RealClock(), random = systemRandom, readMode = 'shared' } = surroundings;
  const taken = config.memoryCalculation === 'rss' ? processMemory.resident() : 0;
  const limits = memoryLimits(config, config.totalMemory ?? totalMemory(), taken);
  const began = realClock.now();
  const tls = { files: certificateFiles, clock: realClock, logger };
  const identities = await TlsIdentities.load(config, tls);
  const storage = await openStorage({ ...config, random, logger });
  let broker: Broker | undefined;
  try {
    const built = buildBroker(config, limits, storage, { clock, random, logger });
    broker = built;
    storage.describeBy(() => built.facts());
    sayOpened(broker, storage, config.dataDir, realClock.now() - began);
    await watch(broker, storage, config, limits);
    const { loadDefinitions } = config;
    if (loadDefinitions !== undefined) {
      const { loadDefinitionsFile } = await import('../mgmt/definitions/load.ts');
      loadDefinitionsFile(broker, loadDefinitions, definitionFiles);
    }
    const { configFiles = [] } = surroundings;
    return await open({ broker, storage, config, limits, identities, configFiles }, readMode);
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
    // As RabbitMQ: definitions that are loaded name vhosts and users themselves.
    ...(config.loadDefinitions === undefined ? { firstUser: firstUserOf(config) } : {}),
    loopbackUsers: config.loopbackUsers,
    logins: loginsOf(config),
    memoryHighWatermark: limits.highWatermark,
    pagingBudget: limits.messages,
  });
}

function loginsOf(config: Config): LoginSettings {
  const { authMechanisms: mechanisms, certificateLogin: from } = config;
  if (!mechanisms.includes('EXTERNAL')) return { mechanisms };
  const { certificateLoginType: type, certificateLoginIndex: index } = config;
  const certificates = from === 'subject_alternative_name' ? { from, type, index } : { from };
  return { mechanisms, certificates };
}

function firstUserOf(config: Config): FirstUser {
  return {
    name: config.defaultUser,
    password: config.defaultPass,
    tags: config.defaultUserTags,
    vhost: config.defaultVhost,
    configure: config.defaultConfigure,
    write: config.defaultWrite,
    read: config.defaultRead,
  };
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

/** A server that is there but for its listeners. */
interface Built {
  readonly broker: Broker;
  readonly storage: Storage;
  readonly config: Config;
  readonly limits: MemoryLimits;
  readonly identities: TlsIdentities;
  readonly configFiles: readonly string[];
}

async function open(built: Built, readMode: ReadMode): Promise<Server> {
  const { broker, storage, identities } = built;
  const flushes = new FlushList();
  const connections = new Set<Connection>();
  // First, so that nobody is connected yet if it cannot listen.
  const { disk } = storage;
  const management = await startManagement({ ...built, disk, clock: realClock });
  const listeners = await listenOrEnd(built, management, readMode, (transport) => {
    const connection = new Connection(broker, transport, flushes);
    connections.add(connection);
    connection.onEnd = () => connections.delete(connection);
    transport.attach(connection);
  });
  for (const { host, port, identity } of listeners) {
    const what = identity === undefined ? 'Listening for AMQP' : 'Listening for AMQP with TLS';
    broker.logger.info({ host, port }, what);
  }
  management.addListeners(listeners);
  identities.watch();
  return {
    broker,
    port: listeners[0]?.port ?? 0,
    tlsPort: listeners.find(({ identity }) => identity !== undefined)?.port,
    managementPort: management.port,
    managementTlsPort: management.tlsPort,
    prometheusPort: management.prometheusPort,
    reload: () => identities.reload(),
    stop: async () => {
      identities.close();
      const unmanaged = management.close();
      const ended = listeners.map((listener) => listener.close());
      await sayFarewell(connections, ended);
      await unmanaged;
      await close(broker, storage);
      // The last handles are closed in the turn of the event loop after the one that says so.
      await new Promise<void>((resolve) => afterReads(resolve));
    },
  };
}

async function listenOrEnd(
  built: Built,
  management: Management,
  ...rest: [ReadMode, Parameters<typeof listen>[1]]
): Promise<readonly Listener[]> {
  try {
    return await listenAll(built, ...rest);
  } catch (error) {
    await management.close();
    throw error;
  }
}

// If one cannot listen, none does.
async function listenAll(
  { config, identities }: Built,
  mode: ReadMode,
  connected: Parameters<typeof listen>[1],
): Promise<readonly Listener[]> {
  const { tcpBacklog: backlog, tcpNodelay: noDelay, tcpKeepalive: keepAlive } = config;
  const common = { backlog, noDelay, keepAlive, mode };
  const { handshakeTimeoutMs } = config;
  const identity = identities.amqp;
  const tls = identity && { identity, handshakeTimeoutMs };
  const listeners: Listener[] = [];
  try {
    for (const endpoint of config.listeners) {
      listeners.push(await listen({ ...common, ...endpoint }, connected));
    }
    for (const endpoint of config.tlsListeners) {
      listeners.push(await listen({ ...common, ...endpoint, tls }, connected));
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
  for (const connection of [...connections]) connection.forceClose(SHUTDOWN);
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
