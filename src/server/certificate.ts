import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { codeOf } from '../kit/errors.ts';
import type { CertificateFiles } from './certificate-files.ts';
import { ConfigError } from './config-error.ts';
import type { CertificateOptions } from './config-tls.ts';

/** A server's certificate with its key. */
export interface Certificate {
  /** Everything that TLS needs to speak with it. */
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** Wall clock milliseconds. */
  readonly expiresAt: number;
  /** The one of its names that a name of a host falls under: itself, or one with a wildcard. */
  match(host: string): string | undefined;
}

/**
 * Reads a certificate and its key.
 * @param where what the settings' keys begin with: `ssl_options.`
 * @param common what all certificates of a listener have in common
 * @throws ConfigError that names the setting
 */
export async function loadCertificate(
  { certfile, keyfile, password }: CertificateOptions,
  where: string,
  common: SecureContextOptions,
  files: CertificateFiles,
): Promise<Certificate> {
  const cert = await readSetting(certfile, `${where}certfile`, files);
  const pem = await readSetting(keyfile, `${where}keyfile`, files);
  const x509 = parseCertificate(cert, `${where}certfile: ${certfile}`);
  const key = parseKey(pem, password, where, `${where}keyfile: ${keyfile}`);
  if (!x509.checkPrivateKey(key)) {
    throw new ConfigError(`${where}keyfile: ${keyfile} is not the key of ${certfile}`);
  }
  const decrypted = key.export({ type: 'pkcs8', format: 'pem' });
  const options = { ...common, cert, key: decrypted };
  try {
    return {
      options,
      context: createSecureContext(options),
      expiresAt: Date.parse(x509.validTo),
      match: (host) => matched(x509, host),
    };
  } catch (error) {
    throw new ConfigError(`${where}certfile: ${certfile} cannot be used: ${textOf(error)}`);
  }
}

/** The file that a setting names. @throws ConfigError that names the setting */
export async function readSetting(
  path: string | undefined,
  name: string,
  files: CertificateFiles,
): Promise<Buffer> {
  if (path === undefined) throw new ConfigError(`${name}: needed for TLS, and not set`);
  try {
    return await files.read(path);
  } catch (error) {
    throw new ConfigError(`${name}: ${path} cannot be read: ${textOf(error)}`);
  }
}

/** The first certificate of a file in PEM. @throws ConfigError */
export function parseCertificate(pem: Buffer, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ConfigError(`${what} holds no certificate in PEM`);
  }
}

function parseKey(
  pem: Buffer,
  passphrase: string | undefined,
  where: string,
  what: string,
): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    if (!/ENCRYPTED/.test(pem.toString('latin1'))) {
      throw new ConfigError(`${what} holds no key in PEM`);
    }
    if (passphrase === undefined || codeOf(error) === 'ERR_MISSING_PASSPHRASE') {
      throw new ConfigError(`${what} is encrypted, and ${where}password is not set`);
    }
    throw new ConfigError(`${what} is not opened by ${where}password`);
  }
}

// What a client asks for may be no name at all.
function matched(x509: X509Certificate, host: string): string | undefined {
  try {
    return x509.checkHost(host);
  } catch {
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
