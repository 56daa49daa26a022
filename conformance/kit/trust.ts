// Whom the clients of the tests trust, when the broker under test speaks TLS.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Identity {
  /** What a broker that has it is started with. */
  readonly settings: {
    readonly tlsListeners: { readonly host: string; readonly port: number }[];
    readonly tls: { readonly certfile: string; readonly keyfile: string };
  };
  remove(): Promise<void>;
}

let authority: string | undefined;

/** For `tls.connect`; whom Node.js trusts, unless there is an identity of our own. */
export function trust(): { ca?: string } {
  return authority === undefined ? {} : { ca: authority };
}

/** A certificate for this machine, which the clients trust from now on. */
export async function newIdentity(): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'leveret-conformance-tls-'));
  const [certfile, keyfile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certfile, cert);
  await writeFile(keyfile, key, { mode: 0o600 });
  authority = cert;
  return {
    settings: { tlsListeners: [{ host: '127.0.0.1', port: 0 }], tls: { certfile, keyfile } },
    remove: () => rm(folder, { recursive: true }),
  };
}
