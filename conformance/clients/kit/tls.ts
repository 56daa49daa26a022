// An authority made for one run, and what it has signed.

import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianPackages } from './debian.ts';
import type { Place, TlsFiles } from './suite.ts';
import { turns } from './turns.ts';

const NAMES = 'DNS:localhost,IP:127.0.0.1,IP:::1';

/** Where the files are, or would be. */
export function tlsFilesIn(folder: string): TlsFiles {
  return {
    folder,
    ca: join(folder, 'ca_certificate.pem'),
    serverCertificate: join(folder, 'server_certificate.pem'),
    serverKey: join(folder, 'server_key.pem'),
    clientCertificate: join(folder, 'client_certificate.pem'),
    clientKey: join(folder, 'client_key.pem'),
  };
}

let made: TlsFiles | undefined;

/** One authority does for all suites of a run; it goes when the run ends. */
export function tlsFiles(place: Place): Promise<TlsFiles> {
  return turns.take('tls', async () => {
    if (made !== undefined) return made;
    const folder = await mkdtemp(join(tmpdir(), 'leveret-tls-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    made = await makeTlsFiles(place, folder);
    return made;
  });
}

async function makeTlsFiles(place: Place, folder: string): Promise<TlsFiles> {
  const files = tlsFilesIn(folder);
  if ((await place.run('openssl', ['version'])).status !== 0) {
    await debianPackages(place, ['openssl']);
  }
  const openssl = (...args: readonly string[]) => place.must('openssl', args, { folder });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-sha256'];
  await openssl(
    ...['req', '-x509', ...key, '-days', '30', '-subj', '/CN=authority of the tests'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-keyout', 'ca_key.pem', '-out', files.ca],
  );
  const sign = async (
    usage: string,
    keyFile: string,
    certificate: string,
    serial: string,
  ): Promise<void> => {
    const extensions = join(folder, `${usage}.txt`);
    await writeFile(extensions, `subjectAltName=${NAMES}\nextendedKeyUsage=${usage}\n`);
    const request = `${usage}.csr`;
    await openssl(
      'req',
      '-new',
      ...key,
      '-subj',
      '/CN=localhost',
      '-keyout',
      keyFile,
      '-out',
      request,
    );
    await openssl(
      ...['x509', '-req', '-in', request, '-CA', files.ca, '-CAkey', 'ca_key.pem', '-sha256'],
      ...['-set_serial', serial, '-days', '30', '-extfile', extensions, '-out', certificate],
    );
  };
  await sign('serverAuth', files.serverKey, files.serverCertificate, '2');
  await sign('clientAuth', files.clientKey, files.clientCertificate, '3');
  return files;
}
