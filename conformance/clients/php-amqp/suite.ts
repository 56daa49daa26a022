// The phpt tests of PHP's extension amqp, which is built on rabbitmq-c: those of Debian's version
// with Debian's extension, and those of a newer one with an extension compiled from their source.

import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, debianSource } from '../kit/debian.ts';
import { redirection } from '../kit/redirect.ts';
import { junitScore } from '../kit/reports.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

interface Version {
  readonly name: string;
  /** Suite of Debian that has the source. */
  readonly debian: string;
  /** Whether Debian's own package php-amqp is tested. */
  readonly packaged: boolean;
}

const VERSIONS: readonly Version[] = [
  { name: 'php-amqp-1.11', debian: 'bookworm', packaged: true },
  { name: 'php-amqp-2.1', debian: 'trixie', packaged: false },
];
const PACKAGES: readonly string[] = ['php-cli', 'php-dev', 'php-amqp', 'gcc', 'libc6-dev'];
const WORKERS = 3;

async function compiled(place: Place, debian: string): Promise<string> {
  const folder = join(place.cache, `extension-${debian}`);
  const extension = join(folder, 'modules/amqp.so');
  if (existsSync(extension)) return extension;
  const source = await debianSource(place, 'php-amqp', debian);
  const scratch = `${folder}.new`;
  await rm(scratch, { recursive: true, force: true });
  // Debian's sources have package.xml beside the folder with all the rest.
  await cp(await upstream(source), scratch, { recursive: true });
  await place.must('phpize', [], { folder: scratch });
  await place.must('./configure', ['--quiet'], { folder: scratch });
  await place.must('make', ['--silent'], { folder: scratch });
  await rm(folder, { recursive: true, force: true });
  await rename(scratch, folder);
  return extension;
}

/** The folder with config.m4 and the tests. */
async function upstream(source: string): Promise<string> {
  if (existsSync(join(source, 'config.m4'))) return source;
  const [, version = ''] =
    /<version>\s*<release>([^<]+)/.exec(await readFile(join(source, 'package.xml'), 'utf8')) ?? [];
  return join(source, `amqp-${version}`);
}

/** The tests, and certificates where they look for them. */
async function layOut(place: Place, source: string, { tls }: TestedBroker): Promise<string> {
  const folder = join(place.work, 'php-amqp');
  await rm(folder, { recursive: true, force: true });
  await cp(join(await upstream(source), 'tests'), join(folder, 'tests'), { recursive: true });
  const certificates = join(folder, 'infra/tls/certificates');
  await mkdir(join(certificates, 'testca'), { recursive: true });
  await mkdir(join(certificates, 'client'), { recursive: true });
  await cp(tls.ca, join(certificates, 'testca/cacert.pem'));
  await cp(tls.clientCertificate, join(certificates, 'client/cert.pem'));
  await cp(tls.clientKey, join(certificates, 'client/key.pem'));
  return folder;
}

async function redirected(place: Place, broker: TestedBroker): Promise<Record<string, string>> {
  const environment = await redirection(
    place,
    new Map([
      [5672, broker.port],
      [5671, broker.tlsPort],
    ]),
  );
  const library = join(place.work, 'shallow.so');
  const source = join(place.here, 'shallow.c');
  await place.must('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return { ...environment, LD_PRELOAD: `${environment['LD_PRELOAD']} ${library}` };
}

async function run(
  { debian, packaged }: Version,
  place: Place,
  broker: TestedBroker,
  only?: readonly string[],
): Promise<Score> {
  const folder = await layOut(place, await debianSource(place, 'php-amqp', debian), broker);
  const { output } = await place.must('php-config', ['--extension-dir']);
  const runner = join(output.trim(), 'build/run-tests.php');
  const extension = packaged ? 'amqp.so' : await compiled(place, debian);
  const report = join(place.work, 'report.xml');
  // A test is called after its file and, in brackets, its title.
  const tests = only?.map((name) => name.replace(/ \(.*/s, '')) ?? ['tests'];
  await place.run(
    'php',
    [
      ...[
        runner,
        '-q',
        '-n',
        '-g',
        'FAIL,SKIP',
        '--no-color',
        '--show-diff',
        '--set-timeout',
        '60',
      ],
      ...[`-j${WORKERS}`, '-d', `extension=${extension}`, ...tests],
    ],
    {
      folder,
      environment: {
        ...(await redirected(place, broker)),
        TEST_PHP_EXECUTABLE: '/usr/bin/php',
        TEST_PHP_JUNIT: report,
        NO_INTERACTION: '1',
        PHP_AMQP_HOST: 'localhost',
        PHP_AMQP_SSL_HOST: 'localhost',
      },
      seconds: 200,
    },
  );
  return junitScore(await readFile(report, 'utf8'));
}

export const suites: readonly Suite[] = VERSIONS.map((version) => ({
  name: version.name,
  seconds: 220,
  tls: true,
  async install(place: Place): Promise<void> {
    await debianPackages(place, [
      ...PACKAGES,
      ...(version.packaged ? [] : ['make', 'autoconf', 'librabbitmq-dev', 'pkg-config']),
    ]);
    await debianSource(place, 'php-amqp', version.debian);
    if (!version.packaged) await compiled(place, version.debian);
  },
  run: (place, broker, only) => run(version, place, broker, only),
}));
