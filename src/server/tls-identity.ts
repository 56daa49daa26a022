import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions as ServerOptions,
} from 'node:tls';
import type { Logger } from '../kit/logger.ts';
import { type Certificate, loadCertificate, parseCertificate, readSetting } from './certificate.ts';
import type { CertificateFiles } from './certificate-files.ts';
import { ConfigError } from './config-error.ts';
import { TLS_VERSIONS, type TlsOptions } from './config-tls.ts';
import { TlsHandshakes } from './tls-handshakes.ts';

const openSslVersions = { 'tlsv1.2': 'TLSv1.2', 'tlsv1.3': 'TLSv1.3' } as const;

/** Who we are to clients that speak TLS: certificates, chosen by the name that a client asks for. */
export class TlsIdentity {
  readonly options: TlsOptions;
  readonly #where: string;
  readonly #files: CertificateFiles;
  readonly #servers = new Set<Server>();
  readonly #logger: Logger;
  // The first is for clients that ask for no name, or for one that no certificate has.
  #certificates: readonly [Certificate, ...Certificate[]];

  private constructor(
    options: TlsOptions,
    where: string,
    files: CertificateFiles,
    logger: Logger,
    certificates: readonly [Certificate, ...Certificate[]],
  ) {
    this.options = options;
    this.#where = where;
    this.#files = files;
    this.#logger = logger;
    this.#certificates = certificates;
  }

  /**
   * Reads all that the settings name.
   * @param where what the settings' keys begin with: `ssl_options.`
   * @throws ConfigError that names the setting
   */
  static async load(
    options: TlsOptions,
    where: string,
    files: CertificateFiles,
    logger: Logger,
  ): Promise<TlsIdentity> {
    return new TlsIdentity(options, where, files, logger, await loadAll(options, where, files));
  }

  /** What the settings' keys begin with. */
  get where(): string {
    return this.#where;
  }

  /** Wall clock milliseconds: when the first of its certificates runs out. */
  get expiresAt(): number {
    return Math.min(...this.#certificates.map(({ expiresAt }) => expiresAt));
  }

  /** All files that it was made of. */
  get paths(): readonly string[] {
    const { cacertfile, certificates, ...first } = this.options;
    const named = [first, ...Object.values(certificates)];
    const paths = [cacertfile, ...named.flatMap(({ certfile, keyfile }) => [certfile, keyfile])];
    return paths.filter((path) => path !== undefined);
  }

  /** What a server is made with that `follow` is then told of. */
  serverOptions(handshakeTimeoutMs: number): ServerOptions {
    const { verify, failIfNoPeerCert } = this.options;
    const requestCert = verify === 'verify_peer';
    return {
      ...this.#certificates[0].options,
      requestCert,
      // OpenSSL then tells a client without a certificate why it is turned away.
      rejectUnauthorized: requestCert && failIfNoPeerCert,
      handshakeTimeout: handshakeTimeoutMs,
      SNICallback: (name, tell) => tell(null, this.#contextFor(name)),
    };
  }

  /** A server that does not listen yet gets what is read later, and its handshakes are looked at. */
  follow(server: Server): TlsHandshakes {
    this.#servers.add(server);
    return new TlsHandshakes(server, this.options, this.#logger);
  }

  /**
   * Reads the files anew; connections that are there keep what they have.
   * @throws ConfigError that names the setting; then everything is as it was
   */
  async reload(): Promise<void> {
    this.#certificates = await loadAll(this.options, this.#where, this.#files);
    const { options } = this.#certificates[0];
    for (const server of this.#servers) server.setSecureContext(options);
  }

  #contextFor(host: string): SecureContext | undefined {
    let wild: SecureContext | undefined;
    for (const { match, context } of this.#certificates) {
      const name = match(host);
      if (name === undefined) continue;
      if (!name.startsWith('*')) return context;
      wild ??= context;
    }
    return wild;
  }
}

async function loadAll(
  options: TlsOptions,
  where: string,
  files: CertificateFiles,
): Promise<readonly [Certificate, ...Certificate[]]> {
  const common = await commonOf(options, where, files);
  const first = await loadCertificate(options, where, common, files);
  const more: Certificate[] = [];
  for (const [name, named] of Object.entries(options.certificates)) {
    more.push(await loadCertificate(named, `${where}certificates.${name}.`, common, files));
  }
  return [first, ...more];
}

async function commonOf(
  { verify, cacertfile, versions, ciphers, honorCipherOrder }: TlsOptions,
  where: string,
  files: CertificateFiles,
): Promise<SecureContextOptions> {
  // Without it, every authority that browsers trust would vouch for our clients.
  if (verify === 'verify_peer' && cacertfile === undefined) {
    throw new ConfigError(`${where}cacertfile: needed for verify_peer, and not set`);
  }
  const ordered = TLS_VERSIONS.filter((version) => versions.includes(version));
  const [oldest, newest] = [ordered[0], ordered.at(-1)];
  if (oldest === undefined || newest === undefined) {
    throw new ConfigError(`${where}versions: at least one is needed`);
  }
  const ca = cacertfile && (await readSetting(cacertfile, `${where}cacertfile`, files));
  if (ca) parseCertificate(ca, `${where}cacertfile: ${cacertfile}`);
  return {
    ...(ca ? { ca } : {}),
    ...(ciphers.length === 0 ? {} : { ciphers: known(ciphers, where) }),
    honorCipherOrder,
    minVersion: openSslVersions[oldest],
    maxVersion: openSslVersions[newest],
  };
}

// What OpenSSL does not know it passes over, as long as something is left.
function known(ciphers: readonly string[], where: string): string {
  const list = ciphers.join(':');
  try {
    createSecureContext({ ciphers: list });
    return list;
  } catch {
    throw new ConfigError(`${where}ciphers: OpenSSL knows none of them: ${list}`);
  }
}
