// php-amqplib's functional tests, and those of its unit tests that open connections.

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, debianSource } from '../kit/debian.ts';
import { freePort } from '../kit/ports.ts';
import { redirection } from '../kit/redirect.ts';
import { junitScore } from '../kit/reports.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { Toxiproxy } from './toxiproxy.ts';

const FOLDERS: readonly string[] = [
  'tests/Functional',
  'tests/Unit/Connection',
  'tests/Unit/Wire/IO',
];
const TOXIPROXY_PORT = 8474;
/** No broker takes part in it, and a second that lasts a little longer fails it. */
const WITHOUT = 'alarm_sig_should_be_registered_when_conn_is_writing';

/** In place of phpunit.xml.dist, which asks for the coverage as well. */
const CONFIGURATION = `<?xml version="1.0" encoding="UTF-8"?>
<phpunit bootstrap="tests/bootstrap.php">
  <testsuites>
    <testsuite name="live">
      ${FOLDERS.map((folder) => `<directory suffix="Test.php">${folder}</directory>`).join('\n      ')}
    </testsuite>
  </testsuites>
  <php>
    <ini name="error_reporting" value="E_ALL ^ E_USER_DEPRECATED"/>
  </php>
</phpunit>
`;

function source(place: Place): Promise<string> {
  return debianSource(place, 'php-amqplib', 'trixie');
}

/** A copy with certificates of this run and with what Composer would add. */
async function layOut(place: Place, { tls }: TestedBroker): Promise<string> {
  const folder = join(place.work, 'php-amqplib');
  await rm(folder, { recursive: true, force: true });
  await cp(await source(place), folder, { recursive: true });
  await cp(join(place.here, 'support'), join(folder, 'vendor'), { recursive: true });
  await writeFile(join(folder, 'phpunit.xml'), CONFIGURATION);
  const certificates = join(folder, 'tests/certs');
  await rm(certificates, { recursive: true });
  await mkdir(join(certificates, 'hashed'), { recursive: true });
  for (const file of [tls.ca, tls.clientCertificate, tls.clientKey]) {
    await cp(file, join(certificates, file.slice(tls.folder.length + 1)));
  }
  const { output } = await place.must('openssl', ['x509', '-noout', '-hash', '-in', tls.ca]);
  await cp(tls.ca, join(certificates, `hashed/${output.trim()}.0`));
  return folder;
}

/** A pattern for the tests of these names; dots in a class's name are backslashes to PHP. */
function filterFor(names: readonly string[]): string {
  const escaped = names.map((name) => {
    const [group = '', test = ''] = name.split('::');
    const path = `${group.replaceAll('.', '\\')}::${test}`;
    return path.replaceAll(/[\\^$.|?*+()[\]{}/"]/g, '\\$&');
  });
  return `/^(${escaped.join('|')})( \\(.*\\))?$/`;
}

async function run(place: Place, broker: TestedBroker, only?: readonly string[]): Promise<Score> {
  const folder = await layOut(place, broker);
  const toxiproxy = await Toxiproxy.start();
  const ports = new Map([
    [5672, broker.port],
    [5671, broker.tlsPort],
    [TOXIPROXY_PORT, toxiproxy.port],
  ]);
  const report = join(folder, 'report.xml');
  try {
    await place.run(
      'phpunit',
      [
        ...['--configuration', 'phpunit.xml', '--log-junit', report, '--testdox'],
        ...['--filter', only === undefined ? `/^(?!.*${WITHOUT})/` : filterFor(only)],
      ],
      {
        folder,
        environment: {
          ...(await redirection(place, ports)),
          TEST_RABBITMQ_HOST: broker.host,
          // PHP's sockets extension does not notice that connections are redirected.
          TEST_RABBITMQ_PORT: String(broker.port),
          TEST_RABBITMQ_HOST6: '[::ffff:127.0.0.1]',
          TOXIPROXY_HOST: broker.host,
          TOXIPROXY_AMQP_PORT: String(await freePort()),
          MANAGEMENT: `http://${broker.host}:${broker.managementPort}`,
        },
        seconds: 240,
      },
    );
  } finally {
    await toxiproxy.stop();
  }
  return junitScore(await readFile(report, 'utf8'));
}

export const suites: readonly Suite[] = [
  {
    name: 'php-amqplib-3.7',
    seconds: 260,
    tls: true,
    async install(place: Place): Promise<void> {
      await debianPackages(place, ['php-cli', 'php-mbstring', 'php-phpseclib3', 'phpunit']);
      await source(place);
    },
    run,
  },
];
