// The part of py-amqp's tests that speaks to a broker, with TLS and without.

import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pytest, sourceDistribution, virtualEnvironment } from '../kit/python.ts';
import type { Place, Suite, TestedBroker } from '../kit/suite.ts';

const VERSIONS: readonly (readonly [name: string, requirement: string])[] = [
  ['py-amqp-5.1', 'amqp==5.1.1'],
  ['py-amqp-5.4', 'amqp==5.4.2'],
];

function python(place: Place, requirement: string): Promise<string> {
  return virtualEnvironment(place, [requirement, 'pytest']);
}

/** Where the tests look for certificates, and for a client's that is not to be taken. */
async function layCertificates(folder: string, { tls }: TestedBroker): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(tls.ca, join(folder, 'ca_certificate.pem'));
  await cp(tls.clientCertificate, join(folder, 'client_certificate.pem'));
  await cp(tls.clientKey, join(folder, 'client_key.pem'));
  await cp(tls.clientCertificate, join(folder, 'client_certificate_broken.pem'));
  await writeFile(join(folder, 'client_key_broken.pem'), 'no key\n');
}

export const suites: readonly Suite[] = VERSIONS.map(([name, requirement]) => ({
  name,
  seconds: 120,
  tls: true,
  async install(place) {
    await sourceDistribution(place, requirement);
    await python(place, requirement);
  },
  async run(place, broker, only) {
    const source = await sourceDistribution(place, requirement);
    await cp(join(source, 't'), join(place.work, 't'), { recursive: true });
    await layCertificates(join(place.work, 't/certs'), broker);
    // Two of them speak to a server on the Internet. None is to be run again behind our back.
    const args = [
      '-q',
      '--disable-warnings',
      '-o',
      'python_classes=test_*',
      '-k',
      'not default_certs',
    ];
    return pytest(
      place,
      await python(place, requirement),
      [...args, '-p', 'no:rerunfailures', 't/integration/test_rmq.py'],
      {
        folder: place.work,
        seconds: 100,
        environment: {
          RABBITMQ_HOST: broker.host,
          RABBITMQ_5672_TCP: String(broker.port),
          RABBITMQ_5671_TCP: String(broker.tlsPort),
        },
        only,
      },
    );
  },
}));
