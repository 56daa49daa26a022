import type { Logger } from 'pino';
import { codeOf } from '../kit/errors.ts';
import type { Config } from '../server/config.ts';

/** A server that runs. */
export interface RunningServer {
  /** Where its first listener listens. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a server; what `server/boot.ts` gives. */
export type Boot = (config: Config, logger: Logger) => Promise<RunningServer>;

/** The signals that end a server, as a process gets them. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown;
}

/**
 * Serves until SIGTERM or SIGINT has been obeyed; a second one calls `leaveAtOnce`.
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
  const where = config.listeners
    .map(({ host, port }) => (host === undefined ? `port ${port}` : `${host} port ${port}`))
    .join(', ');
  if (code === 'EADDRINUSE') return `cannot listen on ${where}: it is in use`;
  if (code === 'EACCES') return `cannot listen on ${where}: not permitted`;
  if (code === 'EADDRNOTAVAIL')
    return `cannot listen on ${where}: this machine has no such address`;
  return textOf(error);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
