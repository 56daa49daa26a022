import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { CertificateFiles } from './certificate-files.ts';
import type { Config } from './config-schema.ts';
import { settings } from './config-settings.ts';
import { TlsIdentity } from './tls-identity.ts';

/** What the identities of a server live on. */
export interface TlsSurroundings {
  readonly files: CertificateFiles;
  /** That of the machine, whatever the broker's says. */
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOKED_EVERY_MS = 5000;

/** Who a server is to clients that speak TLS, wherever they do; kept as new as the files are. */
export class TlsIdentities {
  /** undefined where TLS is not spoken. */
  readonly amqp: TlsIdentity | undefined;
  readonly management: TlsIdentity | undefined;
  readonly prometheus: TlsIdentity | undefined;
  readonly #surroundings: TlsSurroundings;
  #timer: Timer | undefined = undefined;
  #closed = false;
  // Of each identity: what was read, and what was there when the files were last looked at.
  readonly #read = new Map<TlsIdentity, string>();
  readonly #seen = new Map<TlsIdentity, string>();

  private constructor(
    amqp: TlsIdentity | undefined,
    management: TlsIdentity | undefined,
    prometheus: TlsIdentity | undefined,
    surroundings: TlsSurroundings,
  ) {
    this.amqp = amqp;
    this.management = management;
    this.prometheus = prometheus;
    this.#surroundings = surroundings;
  }

  /** @throws ConfigError that names a setting */
  static async load(config: Config, surroundings: TlsSurroundings): Promise<TlsIdentities> {
    const { files, logger } = surroundings;
    const identity = async (
      name: 'tls' | 'managementTls' | 'prometheusTls',
      wanted: boolean,
    ): Promise<TlsIdentity | undefined> =>
      wanted
        ? await TlsIdentity.load(config[name], settings[name].prefix ?? '', files, logger)
        : undefined;
    const identities = new TlsIdentities(
      await identity('tls', config.tlsListeners.length > 0),
      await identity('managementTls', config.managementTlsPort !== undefined),
      await identity('prometheusTls', config.prometheusTlsPort !== undefined),
      surroundings,
    );
    for (const each of identities.#all) identities.#read.set(each, await identities.#stamp(each));
    return identities;
  }

  /** Looks at the files every few seconds until it is closed, if there are any. */
  watch(): void {
    if (this.#all.length === 0 || this.#closed) return;
    this.#timer = this.#surroundings.clock.after(LOOKED_EVERY_MS, () => {
      void this.#look().then(() => this.watch());
    });
  }

  /** Reads all files anew. What cannot be used is logged, and what was there before stays. */
  async reload(): Promise<void> {
    for (const identity of this.#all) await this.#reload(identity, await this.#stamp(identity));
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  get #all(): readonly TlsIdentity[] {
    return [this.amqp, this.management, this.prometheus].filter((each) => each !== undefined);
  }

  // Certificate and key are written one after the other: not before nothing has changed for a while.
  async #look(): Promise<void> {
    for (const identity of this.#all) {
      const stamp = await this.#stamp(identity);
      const settled = this.#seen.get(identity) === stamp;
      this.#seen.set(identity, stamp);
      if (settled && this.#read.get(identity) !== stamp) await this.#reload(identity, stamp);
    }
  }

  async #reload(identity: TlsIdentity, stamp: string): Promise<void> {
    const { logger } = this.#surroundings;
    const of = identity.where.slice(0, -1);
    this.#read.set(identity, stamp);
    try {
      await identity.reload();
      const expires = new Date(identity.expiresAt).toISOString();
      logger.info({ of, expires }, 'Certificates reloaded');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ of, reason }, 'Certificates not reloaded: the old ones stay');
    }
  }

  async #stamp({ paths }: TlsIdentity): Promise<string> {
    const { files } = this.#surroundings;
    return (await Promise.all(paths.map((path) => files.stamp(path)))).join('\n');
  }
}
