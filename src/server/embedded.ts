import { type Clock, RealClock, VirtualClock } from '../kit/clock.ts';
import { silentLogger } from '../kit/logger.ts';
import { startServer } from './boot.ts';
import { type Config, configOf } from './config.ts';
import { Inspector, type QueueView } from './inspector.ts';
import { createLogger } from './logger.ts';

/** How TLS is spoken; what is not given is as in a configuration file. */
export type TlsSettings = Partial<Config['tls']>;

/** What `startBroker` may be told. Every setting of the configuration file is one too, by its name. */
export interface BrokerSettings
  extends Partial<Omit<Config, 'tls' | 'managementTls' | 'prometheusTls'>> {
  readonly tls?: TlsSettings;
  readonly managementTls?: TlsSettings;
  readonly prometheusTls?: TlsSettings;
  /**
   * `'virtual'`: time stands still until `broker.clock.advance(…)`. Heartbeats are then off unless
   * `heartbeat` is given, since clients live in real time. Default `'real'`.
   */
  readonly clock?: 'real' | 'virtual';
}

/** The broker's time. */
export interface BrokerClock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /**
   * Moves a virtual clock forward, with all that falls due on the way: expiring messages and queues,
   * heartbeats, consumer timeouts. A duration is milliseconds or text such as `'30m'`, `'1h30m'`.
   * @throws Error when the clock is real
   */
  advance(duration: number | string): Promise<void>;
}

/** A broker in this process. */
export interface EmbeddedBroker {
  /** What AMQP clients connect to, user and password included. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Where its first listener with TLS listens; undefined unless `tlsListeners` were given. */
  readonly tlsPort: number | undefined;
  /** Where the HTTP API listens; undefined unless `managementPort` was given. */
  readonly managementPort: number | undefined;
  /** Where Prometheus is answered; undefined unless `prometheusPort` was given. */
  readonly prometheusPort: number | undefined;
  readonly clock: BrokerClock;
  /** A look into a queue that disturbs nothing. @throws Error when there is no such queue */
  queue(name: string, vhost?: string): QueueView;
  /** The names of all queues. */
  queues(vhost?: string): readonly string[];
  /** The names of all exchanges, the predeclared ones included. */
  exchanges(vhost?: string): readonly string[];
  /** How many clients are connected. */
  readonly connectionCount: number;
  /** Ends all connections and frees everything; no handle stays open. */
  close(): Promise<void>;
}

/**
 * Starts a broker in this process, on a free port of this machine unless told otherwise. Many may run
 * side by side; they share nothing but the process's message memory.
 * @throws Error when it cannot listen, ConfigError for a setting that makes no sense
 */
export async function startBroker(settings: BrokerSettings = {}): Promise<EmbeddedBroker> {
  const { clock: kind = 'real', ...given } = settings;
  const virtual = kind === 'virtual' ? VirtualClock.startingNow() : undefined;
  const clock: Clock = virtual ?? new RealClock();
  const config = configOf({
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
    // The rest of the process is not ours.
    memoryCalculation: 'allocated',
    ...(virtual === undefined ? {} : { heartbeat: 0 }),
    // A setting that is undefined is not given.
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  const logger =
    config.logLevel === 'silent'
      ? silentLogger
      : createLogger(config.logLevel, 'plain', (line) => process.stderr.write(line));
  const server = await startServer(config, logger, { clock });
  const { broker, tlsPort } = server;
  const inspector = new Inspector(broker, config.defaultVhost);
  const host = (config.listeners[0] ?? config.tlsListeners[0])?.host ?? '127.0.0.1';
  return {
    url: urlOf(config, host, server.port),
    host,
    port: server.port,
    tlsPort,
    managementPort: server.managementPort,
    prometheusPort: server.prometheusPort,
    clock: {
      now: () => clock.now(),
      advance: async (duration) => {
        if (virtual === undefined) {
          throw new Error("this broker's clock is real: start it with clock: 'virtual'");
        }
        await virtual.advance(duration);
      },
    },
    queue: (name, vhost) => inspector.queue(name, vhost),
    queues: (vhost) => inspector.queues(vhost),
    exchanges: (vhost) => inspector.exchanges(vhost),
    get connectionCount() {
      return broker.connections.size;
    },
    close: () => server.stop(),
  };
}

// TLS is for those who ask for it: the address has it where there is nothing else.
function urlOf(config: Config, host: string, port: number): string {
  const scheme = config.listeners.length === 0 && config.tlsListeners.length > 0 ? 'amqps' : 'amqp';
  const user = encodeURIComponent(config.defaultUser);
  const password = encodeURIComponent(config.defaultPass);
  const path = config.defaultVhost === '/' ? '' : `/${encodeURIComponent(config.defaultVhost)}`;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${user}:${password}@${name}:${port}${path}`;
}
