// Keys and certificates as Java keeps them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Place, TlsFiles } from '../../kit/suite.ts';
import { turns } from '../../kit/turns.ts';

const PASSWORD = 'bunnies';

async function makeStores(place: Place, tls: TlsFiles): Promise<void> {
  const keytool = (store: string, ...args: readonly string[]) =>
    place.must('keytool', [
      ...args,
      ...['-keystore', store, '-storetype', 'JKS', '-storepass', PASSWORD, '-noprompt'],
    ]);
  const [authorities, none] = [join(place.work, 'ca.jks'), join(place.work, 'empty.jks')];
  await keytool(authorities, '-importcert', '-alias', 'ca', '-file', tls.ca);
  // A store can be emptied, but not made empty.
  await keytool(none, '-importcert', '-alias', 'ca', '-file', tls.ca);
  await keytool(none, '-delete', '-alias', 'ca');
  await place.must('openssl', [
    ...['pkcs12', '-export', '-in', tls.clientCertificate, '-inkey', tls.clientKey],
    ...['-out', join(place.work, 'client.p12'), '-passout', `pass:${PASSWORD}`],
  ]);
}

/** Options of a Java machine that tell the client's tests where their stores are. */
export async function keyStores(place: Place, tls: TlsFiles): Promise<readonly string[]> {
  await turns.take(place.work, async () => {
    if (!existsSync(join(place.work, 'client.p12'))) await makeStores(place, tls);
  });
  return [
    // What a late client that was told of no authority goes by.
    `-Djavax.net.ssl.trustStore=${join(place.work, 'ca.jks')}`,
    `-Djavax.net.ssl.trustStorePassword=${PASSWORD}`,
    `-Dtest-keystore.ca=${join(place.work, 'ca.jks')}`,
    `-Dtest-keystore.empty=${join(place.work, 'empty.jks')}`,
    `-Dtest-keystore.password=${PASSWORD}`,
    `-Dtest-client-cert.path=${join(place.work, 'client.p12')}`,
    `-Dtest-client-cert.password=${PASSWORD}`,
  ];
}
