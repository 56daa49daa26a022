// pika's tests/acceptance, over its blocking connection and over every event loop it has an adapter
// for. Debian's archive has the tests of 1.3 alone, so other versions of the client are held to those.

import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { debianSource } from '../kit/debian.ts';
import { pytest, virtualEnvironment } from '../kit/python.ts';
import { redirection } from '../kit/redirect.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

interface Version {
  readonly name: string;
  readonly client: string;
  /** Parts of the names of tests for what this client cannot do yet. */
  readonly without: readonly string[];
}

const VERSIONS: readonly Version[] = [
  { name: 'pika-1.2', client: 'pika==1.2.0', without: ['UpdateSecret'] },
  { name: 'pika-1.3', client: 'pika==1.3.2', without: [] },
  { name: 'pika-1.4', client: 'pika==1.4.4', without: [] },
];

// Not the twisted adapter's tests: they put a mock in the place of the connection.
const BLOCKING = 'tests/acceptance/blocking_adapter_test.py';
const ASYNCHRONOUS = 'tests/acceptance/async_adapter_tests.py';

/** Tests that are run together. */
interface Part {
  /** Before the names of its tests. */
  readonly prefix: string;
  readonly tls: boolean;
  readonly files: readonly string[];
  /** Parts of the names of tests that are left out. */
  readonly without: readonly string[];
}

const PLAIN: Part = {
  prefix: '',
  tls: false,
  files: [BLOCKING, ASYNCHRONOUS],
  without: ['kqueue'],
};

/** The tests of the blocking connection know no TLS; of several ways to poll, one is enough here. */
const OVER_TLS: Part = {
  prefix: 'tls ',
  tls: true,
  files: [ASYNCHRONOUS],
  without: ['kqueue', 'select_default', 'select_select', 'select_poll'],
};

function tests(place: Place): Promise<string> {
  return debianSource(place, 'python-pika', 'trixie');
}

function python(place: Place, { client }: Version): Promise<string> {
  return virtualEnvironment(place, [client, 'pytest', 'tornado', 'gevent']);
}

/** The tests without the client that lies beside them, and the certificates that they look for. */
async function layOut(place: Place, { tls }: TestedBroker): Promise<void> {
  await cp(join(await tests(place), 'tests'), join(place.work, 'tests'), { recursive: true });
  const certificates = join(place.work, 'testdata/certs');
  await mkdir(certificates, { recursive: true });
  await cp(tls.ca, join(certificates, 'ca_certificate.pem'));
  await cp(tls.clientCertificate, join(certificates, 'client_certificate.pem'));
  await cp(tls.clientKey, join(certificates, 'client_key.pem'));
}

async function runPart(
  place: Place,
  version: Version,
  part: Part,
  redirected: Readonly<Record<string, string>>,
  only: readonly string[] | undefined,
): Promise<Score> {
  const { prefix, files } = part;
  const wanted = only
    ?.filter((test) => test.startsWith(OVER_TLS.prefix) === part.tls)
    .map((test) => test.slice(prefix.length));
  if (wanted?.length === 0) return new Map();
  const without = [...part.without, ...version.without].map((each) => `not ${each}`);
  const words = ['-q', '-p', 'older_tests', '-k', without.join(' and '), ...files];
  const score = await pytest(place, await python(place, version), words, {
    folder: place.work,
    seconds: 300,
    environment: { ...redirected, PYTHONPATH: place.here, PIKA_TEST_TLS: String(part.tls) },
    only: wanted,
  });
  return new Map([...score].map(([test, outcome]) => [prefix + test, outcome]));
}

async function run(
  place: Place,
  broker: TestedBroker,
  version: Version,
  only: readonly string[] | undefined,
): Promise<Score> {
  await layOut(place, broker);
  const ports = new Map([
    [5672, broker.port],
    [5671, broker.tlsPort],
  ]);
  const redirected = await redirection(place, ports);
  const plain = await runPart(place, version, PLAIN, redirected, only);
  const overTls = await runPart(place, version, OVER_TLS, redirected, only);
  return new Map([...plain, ...overTls]);
}

export const suites: readonly Suite[] = VERSIONS.map((version) => ({
  name: version.name,
  seconds: 620,
  tls: true,
  async install(place) {
    await tests(place);
    await python(place, version);
  },
  run: (place, broker, only) => run(place, broker, version, only),
}));
