import type { Logger } from 'pino';
import { codeOf } from '../kit/errors.ts';
import type { Config } from '../server/config.ts';

/** A server that runs. */
export interface RunningServer {
  /** Where its first listener listens. */
  readonly port: number;
  /** Reads anew what may change while it runs: certificates. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server; what `server/boot.ts` gives. */
export type Boot = (config: Config, logger: Logger) => Promise<RunningServer>;

/** The signals that a server obeys, as a process gets them. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: (signal: string) => void): unknown;
}

/**
 * Serves until SIGTERM or SIGINT has been obeyed; a second one calls `leaveAtOnce`. SIGHUP has
 * certificates read anew.
 * @throws Error when the server cannot start, or not keep what it was to keep when it stopped
 */
export async function serve(
  boot: Boot,
  config: Config,
  logger: Logger,
  signals: Signals,
  leaveAtOnce: () => void,
): Promise<void> {
  const server = await boot(config, logger);
  if (config.dataDir === undefined) {
    logger.warn({}, 'No data directory: everything is in memory and ends with the process');
  }
  const told = new Promise<void>((resolve) => {
    let asked = false;
    const obey = (signal: string): void => {
      if (asked) {
        leaveAtOnce();
        return;
      }
      asked = true;
      logger.info({ signal }, 'Stopping');
      resolve();
    };
    signals.on('SIGTERM', obey);
    signals.on('SIGINT', obey);
    signals.on('SIGHUP', (signal) => {
      logger.info({ signal }, 'Reading certificates anew');
      void server.reload();
    });
  });
  // Not before somebody listens for signals: who waits for this line may send one at once.
  logger.info({ port: server.port }, 'Server startup complete');
  await told;
  await server.stop().catch((error: unknown) => {
    throw new Error(`not all that was to be kept could be written: ${textOf(error)}`);
  });
  logger.info({}, 'Stopped');
}

/** One line that says why a server did not start. */
export function explain(error: unknown, config: Config): string {
  const code = codeOf(error);
  const where = whereOf(error, config);
  if (code === 'EADDRINUSE') return `cannot listen on ${where}: it is in use`;
  if (code === 'EACCES') return `cannot listen on ${where}: not permitted`;
  if (code === 'EADDRNOTAVAIL')
    return `cannot listen on ${where}: this machine has no such address`;
  return textOf(error);
}

// The system tells which of several could not be had.
function whereOf(error: unknown, config: Config): string {
  const port = error instanceof Error && 'port' in error ? error.port : undefined;
  const { host, managementHost = host, prometheusHost = host } = config;
  const { managementTlsHost = managementHost, prometheusTlsHost = prometheusHost } = config;
  const listeners = [...config.listeners, ...config.tlsListeners];
  const beside = [
    { host: managementHost, port: config.managementPort, of: 'the HTTP API' },
    { host: managementTlsHost, port: config.managementTlsPort, of: 'the HTTP API' },
    { host: prometheusHost, port: config.prometheusPort, of: 'Prometheus' },
    { host: prometheusTlsHost, port: config.prometheusTlsPort, of: 'Prometheus' },
  ].find((each) => port !== undefined && each.port === port);
  const isListener = listeners.some((listener) => listener.port === port);
  if (beside !== undefined && !isListener) return `${endpointText(beside)} for ${beside.of}`;
  return listeners.map(endpointText).join(', ');
}

function endpointText({
  host,
  port,
}: {
  readonly host: string | undefined;
  readonly port: number | undefined;
}): string {
  return host === undefined ? `port ${port}` : `${host} port ${port}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
