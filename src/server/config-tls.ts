import { z } from 'zod';
import { someText, whole, word, yesOrNo } from './config-values.ts';

/** The versions of TLS that may be spoken, oldest first, in RabbitMQ's words. */
export const TLS_VERSIONS = ['tlsv1.2', 'tlsv1.3'] as const;

const certificate = {
  /** The server's certificate in PEM, those behind it in the chain after it. */
  certfile: someText().optional(),
  keyfile: someText().optional(),
  /** Of the key, if it is encrypted. */
  password: someText().optional(),
};

/** One certificate of several, each for the names that it has. */
const namedCertificate = z.strictObject(certificate).readonly();

export type CertificateOptions = z.output<typeof namedCertificate>;

const tlsSchema = z
  .strictObject({
    /** Who vouches for clients, in PEM. */
    cacertfile: someText().optional(),
    ...certificate,
    /** Whether clients are asked for a certificate. One that is no good is refused then. */
    verify: word(['verify_none', 'verify_peer']).default('verify_none'),
    /** Whether clients without a certificate are refused. */
    failIfNoPeerCert: yesOrNo().default(false),
    /** Certificates between a client's and the one that is trusted; undefined for any number. */
    depth: whole(0, 100).optional(),
    versions: z.array(word(TLS_VERSIONS)).readonly().default(TLS_VERSIONS),
    /** In OpenSSL's words, the best first; none for what Node.js thinks good. */
    ciphers: z.array(someText()).readonly().default([]),
    /** Whether our order of the ciphers counts, not the client's. */
    honorCipherOrder: yesOrNo().default(true),
    /** Further certificates, by a name of the operator's choice. */
    certificates: z.record(z.string(), namedCertificate).readonly().default({}),
  })
  .readonly();

/** How TLS is spoken on a listener; nothing is unless there is a certificate. */
export type TlsOptions = z.output<typeof tlsSchema>;

/** As the parts of such keys, or an object of a program. */
export function tlsOptions(): typeof tlsSchema {
  return tlsSchema;
}

const PLAIN_PARTS = [
  'cacertfile',
  'certfile',
  'keyfile',
  'password',
  'verify',
  'fail_if_no_peer_cert',
  'depth',
  'versions.*',
  'ciphers.*',
  'honor_cipher_order',
  'certificates.*.certfile',
  'certificates.*.keyfile',
  'certificates.*.password',
] as const;

/** The keys of a configuration file that say how TLS is spoken: all that begin with the prefix. */
export function tlsKeys(prefix: string): readonly string[] {
  return PLAIN_PARTS.map((part) => `${prefix}${part}`);
}

/** What the parts of such keys (`versions.1`, `depth`) come to, unchecked. */
export function tlsOfParts(parts: ReadonlyMap<string, string>): Record<string, unknown> {
  const lists: Record<'versions' | 'ciphers', string[]> = { versions: [], ciphers: [] };
  const certificates: Record<string, Record<string, string>> = {};
  const rest: Record<string, unknown> = {};
  for (const [part, value] of parts) {
    const [head = '', ...tail] = part.split('.');
    if (head === 'versions' || head === 'ciphers') lists[head].push(value);
    else if (head === 'certificates') {
      const name = tail.slice(0, -1).join('.');
      certificates[name] = { ...certificates[name], [tail.at(-1) ?? '']: value };
    } else rest[head.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  const { versions, ciphers } = lists;
  return {
    ...rest,
    ...(versions.length === 0 ? {} : { versions }),
    ...(ciphers.length === 0 ? {} : { ciphers }),
    ...(Object.keys(certificates).length === 0 ? {} : { certificates }),
  };
}
