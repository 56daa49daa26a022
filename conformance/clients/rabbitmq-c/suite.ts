// rabbitmq-c: its own tests, and every tool and example it has. Once as Debian's stable release has
// it, once as a later one, and the tools once more as Debian has built them.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, debianSource } from '../kit/debian.ts';
import { redirection } from '../kit/redirect.ts';
import { junitScore } from '../kit/reports.ts';
import type { Outcome, Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { type Case, exampleCases, toolCases } from './cases.ts';

const BUILD_PACKAGES = ['cmake', 'make', 'gcc', 'libc6-dev', 'libpopt-dev', 'libssl-dev'];
const SUITE_SECONDS = 240;

/** Where the programs of a version are. */
interface Programs {
  readonly tools: string;
  /** Undefined where there are none. */
  readonly examples: string | undefined;
  /** What CMake built, with tests. */
  readonly build: string | undefined;
}

async function built(place: Place, release: string): Promise<Programs> {
  const build = join(place.cache, `build-${release}`);
  const programs = {
    tools: join(build, 'tools/amqp-'),
    examples: join(build, 'examples/amqp_'),
    build,
  };
  // CMake writes full names into its files, so what it builds cannot be moved.
  const done = join(build, 'done');
  if (existsSync(done)) return programs;
  await rm(build, { recursive: true, force: true });
  const source = await debianSource(place, 'librabbitmq', release);
  const options = ['BUILD_EXAMPLES', 'BUILD_TOOLS', 'BUILD_TESTS', 'BUILD_TESTING'];
  const settings = [...options.map((name) => `-D${name}=ON`), '-DBUILD_TOOLS_DOCS=OFF'];
  await place.must('cmake', ['-S', source, '-B', build, ...settings]);
  await place.must('cmake', ['--build', build], { seconds: 300 });
  await writeFile(done, '');
  return programs;
}

async function runCase(
  place: Place,
  broker: TestedBroker,
  programs: Programs,
  { script, status = 0, prints = /^/ }: Case,
): Promise<Outcome> {
  const folder = await mkdtemp(join(place.work, 'case-'));
  const prelude = await readFile(join(import.meta.dirname, 'support/prelude.sh'), 'utf8');
  const ended = await place.run('bash', ['-c', `${prelude}\n${script}`], {
    folder,
    seconds: 60,
    environment: {
      TOOLS: programs.tools,
      EXAMPLES: programs.examples ?? '',
      PORT: String(broker.port),
      TLS_PORT: String(broker.tlsPort),
      CA: broker.tls.ca,
      KEY: broker.tls.clientKey,
      CERTIFICATE: broker.tls.clientCertificate,
      CTL: broker.ctl,
    },
  });
  return ended.status === status && prints.test(ended.output) ? 'passed' : 'failed';
}

async function ownTests(place: Place, broker: TestedBroker, build: string): Promise<Score> {
  const report = join(await mkdtemp(join(place.work, 'ctest-')), 'report.xml');
  const environment = await redirection(place, new Map([[5672, broker.port]]));
  await place.run('ctest', ['--test-dir', build, '--timeout', '60', '--output-junit', report], {
    environment,
  });
  return existsSync(report) ? junitScore(await readFile(report, 'utf8')) : new Map();
}

async function run(
  place: Place,
  broker: TestedBroker,
  programs: Programs,
  only?: readonly string[],
): Promise<Score> {
  const wanted = (name: string): boolean => only === undefined || only.includes(name);
  const score = new Map<string, Outcome>();
  const cases = programs.examples === undefined ? toolCases : [...toolCases, ...exampleCases];
  for (const each of cases) {
    if (!wanted(each.name)) continue;
    if (each.needs !== undefined && !existsSync(`${programs.examples}${each.needs}`)) continue;
    score.set(each.name, await runCase(place, broker, programs, each));
  }
  if (programs.build === undefined) return score;
  for (const [name, outcome] of await ownTests(place, broker, programs.build)) {
    if (wanted(name)) score.set(name, outcome);
  }
  return score;
}

function sourceSuite(name: string, release: string): Suite {
  return {
    name,
    seconds: SUITE_SECONDS,
    tls: true,
    async install(place) {
      await mkdir(place.cache, { recursive: true });
      await debianPackages(place, BUILD_PACKAGES);
      await built(place, release);
    },
    run: async (place, broker, only) => run(place, broker, await built(place, release), only),
  };
}

const packaged: Programs = { tools: '/usr/bin/amqp-', examples: undefined, build: undefined };

export const suites: readonly Suite[] = [
  sourceSuite('rabbitmq-c-0.11', 'bookworm'),
  sourceSuite('rabbitmq-c-0.15', 'trixie'),
  {
    name: 'amqp-tools',
    seconds: SUITE_SECONDS,
    tls: true,
    install: (place) => debianPackages(place, ['amqp-tools']),
    run: (place, broker, only) => run(place, broker, packaged, only),
  },
];
