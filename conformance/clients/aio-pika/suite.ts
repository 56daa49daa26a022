// aiormq's and aio-pika's tests. They would start RabbitMQ in a container; broker_not_container.py
// gives them the one that is there.

import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { pytest, sourceDistribution, virtualEnvironment } from '../kit/python.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

interface Client {
  readonly name: string;
  readonly requirement: string;
  /** Files of tests that talk to a broker, without `test_`. */
  readonly files: readonly string[];
  /** Parts of the names of tests that are left out. */
  readonly without: readonly string[];
}

const CLIENTS: readonly Client[] = [
  {
    name: 'aiormq-7.2',
    requirement: 'aiormq==7.2.4',
    files: [
      ...['channel', 'channel_futures', 'channel_number', 'connection', 'connection_futures'],
      ...['consumer_cancel', 'consumer_exceptions', 'consumer_publish', 'delivery_error'],
      ...['late_confirms', 'nowait', 'publish_cancel', 'writer_shutdown'],
    ],
    // One of four ways to reach the broker, and not each way to wait until a heartbeat is late. Then
    // what fails now and then with any broker: what those get who wait for a connection to close;
    // and what takes long on a busy machine.
    without: [
      ...['named', 'amqps', 'heartbeat-timeout', 'closing_waiter_cancellation'],
      ...['concurrent_channel_number_reuse', 'close_stairway'],
    ],
  },
  {
    name: 'aio-pika-10.2',
    requirement: 'aio-pika==10.2.1',
    // What aio-pika adds to aiormq, each test on one of the two kinds of connection.
    files: [
      ...['close_notification', 'consumer_publish_errors', 'json_rpc', 'master', 'nowait', 'rpc'],
      ...['rpc_factory', 'robust_binding_identity'],
    ],
    without: ['connect_robust'],
  },
];

const TOOLS: readonly string[] = [
  ...['aiomisc==18.0.37', 'aiomisc-pytest==2.0.0', 'pytest==9.2.0', 'pytest-rst==0.2.3'],
  ...['pytest-timeout==2.4.0', 'shortuuid==1.0.13'],
];
/** After so many seconds a test is given up. */
const TEST_SECONDS = 60;

function python(place: Place, { requirement }: Client): Promise<string> {
  return virtualEnvironment(place, [requirement, ...TOOLS]);
}

/** The tests without the client that lies beside them, and the certificates that they look for. */
async function layOut(place: Place, { tls }: TestedBroker, client: Client): Promise<void> {
  const tests = join(place.work, 'tests');
  await cp(join(await sourceDistribution(place, client.requirement), 'tests'), tests, {
    recursive: true,
  });
  const certificates = join(tests, 'certs');
  if (!existsSync(certificates)) return;
  await cp(tls.ca, join(certificates, 'ca.pem'));
  await cp(tls.clientCertificate, join(certificates, 'client.pem'));
  await cp(tls.clientKey, join(certificates, 'client.key'));
}

async function run(
  place: Place,
  broker: TestedBroker,
  client: Client,
  only: readonly string[] | undefined,
): Promise<Score> {
  await layOut(place, broker, client);
  const without = client.without.map((each) => `not ${each}`).join(' and ');
  const words = ['-q', '-p', 'no:asyncio', '-p', 'broker_not_container', '-k', without];
  // The other ways to show where a test has failed parse its source, which ends the run when Python
  // has been recursing.
  words.push('--tb=native', `--timeout=${TEST_SECONDS}`);
  const files = client.files.map((file) => `tests/test_${file}.py`);
  return pytest(place, await python(place, client), [...words, ...files], {
    folder: place.work,
    seconds: 500,
    environment: {
      PYTHONPATH: place.here,
      BROKER_PORT: String(broker.port),
      BROKER_TLS_PORT: String(broker.tlsPort),
    },
    only,
  });
}

export const suites: readonly Suite[] = CLIENTS.map((client) => ({
  name: client.name,
  seconds: 520,
  tls: true,
  async install(place) {
    await sourceDistribution(place, client.requirement);
    await python(place, client);
  },
  run: (place, broker, only) => run(place, broker, client, only),
}));
