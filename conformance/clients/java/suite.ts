// The tests of RabbitMQ's Java client that need a broker: functional, server, ssl. Debian has the
// source of 5.0.0; the client that they are run with is that one, and a late one of Maven Central.

import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { debianPackages, debianSource } from '../kit/debian.ts';
import { redirection } from '../kit/redirect.ts';
import type { Outcome, Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { turns } from '../kit/turns.ts';
import { classesIn, narrowed, testName } from './kit/classes.ts';
import { javaPackages } from './kit/java.ts';
import { Maven } from './kit/maven.ts';
import type { Coordinates } from './kit/pom.ts';
import { type RestartableNode, restartable } from './kit/restartable.ts';
import { keyStores } from './kit/stores.ts';

interface Version {
  readonly name: string;
  readonly client: string;
  /** Files of the tests that the client's own later changes have broken. */
  readonly without: readonly string[];
  readonly needs: readonly Coordinates[];
  readonly options: readonly string[];
}

const VERSIONS: readonly Version[] = [
  {
    name: 'java-5.0',
    client: '5.0.0',
    without: [],
    needs: ['io.dropwizard.metrics:metrics-core:3.2.4'],
    options: [],
  },
  {
    name: 'java-5.37',
    client: '5.37.1',
    // They reach into classes that have since been closed or changed, or list those that do.
    without: [
      'impl/WorkPoolTests.java',
      'test/AMQConnectionTest.java',
      'test/BrokenFramesTest.java',
      'test/ClientTests.java',
      'test/FrameTest.java',
      'test/SslContextFactoryTest.java',
      'test/functional/FunctionalTests.java',
      'test/functional/UnexpectedFrames.java',
      'test/ssl/ConnectionFactoryDefaultTlsVersion.java',
      'test/ssl/SSLTests.java',
    ],
    needs: ['io.dropwizard.metrics:metrics-core:4.2.40'],
    options: ['-Duse.nio=true'],
  },
];

const TOOLS: readonly Coordinates[] = [
  'commons-cli:commons-cli:1.1',
  'junit:junit:4.13.2',
  'org.hamcrest:hamcrest-library:1.3',
  'org.awaitility:awaitility:3.1.6',
  'org.mockito:mockito-core:4.11.0',
  'org.slf4j:slf4j-nop:1.7.36',
];

/** Where `without` looks. */
const CLIENT_TESTS = 'src/test/java/com/rabbitmq/client';
/** A list of tests that the tests themselves need. */
const LIST = join(CLIENT_TESTS, 'test/server/HATests.java');
/** After so many seconds a class is left behind. */
const CLASS_SECONDS = 600;
const SUITE_SECONDS = 1200;

interface Built {
  /** The unpacked source with the tests that can be compiled. */
  readonly source: string;
  readonly classPath: string;
}

/** Takes classes that are not there off a list. */
async function unlist(file: string, without: readonly string[]): Promise<void> {
  const names = without.map((each) => basename(each, '.java'));
  const lines = (await readFile(file, 'utf8')).split('\n');
  const kept = lines.filter((line) => !names.some((name) => line.includes(name)));
  await writeFile(file, kept.join('\n'));
}

async function build(place: Place, version: Version): Promise<Built> {
  const maven = new Maven(place);
  const client: Coordinates = `com.rabbitmq:amqp-client:${version.client}`;
  // Connections over Netty are no part of these tests, but the compiler looks for its classes.
  const netty = await maven.optional(client, 'io.netty');
  const jars = await maven.classPath([client, ...version.needs, ...netty, ...TOOLS]);
  const source = join(place.cache, `tests-${version.client}`);
  const output = join(source, 'classes');
  const runner = join(place.work, 'runner');
  if (!existsSync(runner)) {
    const file = join(import.meta.dirname, 'support/Runner.java');
    await place.must('javac', ['-nowarn', '-d', runner, '-cp', jars, file]);
  }
  const classPath = `${runner}:${output}:${jars}`;
  if (existsSync(output)) return { source, classPath };
  const scratch = `${source}.new`;
  await rm(scratch, { recursive: true, force: true });
  await cp(join(await debianSource(place, 'rabbitmq-java-client'), 'src'), join(scratch, 'src'), {
    recursive: true,
  });
  for (const file of version.without) await rm(join(scratch, CLIENT_TESTS, file));
  await unlist(join(scratch, LIST), version.without);
  await mkdir(join(scratch, 'classes'));
  const found = await place.must('find', [join(scratch, 'src/test/java'), '-name', '*.java']);
  const files = found.output.split('\n').filter((file) => file.endsWith('.java'));
  const options = ['-nowarn', '-encoding', 'UTF-8', '-d', join(scratch, 'classes')];
  await place.must('javac', [...options, '-cp', jars, ...files]);
  await rm(source, { recursive: true, force: true });
  await rename(scratch, source);
  return { source, classPath };
}

/** Runs tests in one process after the other, on one broker. */
class Session {
  readonly #place: Place;
  readonly #built: Built;
  readonly #options: readonly string[];
  readonly #score = new Map<string, Outcome>();
  #processes = 0;

  constructor(place: Place, built: Built, options: readonly string[]) {
    this.#place = place;
    this.#built = built;
    this.#options = options;
  }

  get score(): Score {
    return this.#score;
  }

  async run(
    entries: readonly string[],
    broker: TestedBroker,
    node: RestartableNode | undefined,
  ): Promise<void> {
    if (entries.length === 0) return;
    this.#processes += 1;
    const report = join(this.#place.work, `report-${this.#processes}-${broker.port}`);
    const support = join(import.meta.dirname, 'support');
    // The second node of a cluster is looked for at 5673.
    const ports = new Map([
      [5672, broker.port],
      [5671, broker.tlsPort],
      [5673, 1],
    ]);
    await this.#place.run(
      'java',
      [
        ...['-Xmx400m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...this.#options],
        `-Dmake.bin=${join(support, 'make.sh')}`,
        `-Drabbitmqctl.bin=${join(support, 'rabbitmqctl.sh')}`,
        `-Drabbitmq.dir=${this.#place.work}`,
        '-Dtest-broker.A.nodename=a',
        `-Dtest-broker.A.node_port=${broker.port}`,
        '-Dtest-broker.A.config_file=/dev/null',
        ...(await keyStores(this.#place, broker.tls)),
        ...['-cp', this.#built.classPath, 'Runner', report, String(CLASS_SECONDS), ...entries],
      ],
      {
        environment: {
          ...(await turns.take(this.#place.work, () => redirection(this.#place, ports))),
          CTL: broker.ctl,
          STATE: this.#place.work,
          ...(node === undefined ? {} : { RESTARTABLE: node.command }),
        },
        seconds: SUITE_SECONDS,
      },
    );
    await this.#read(report);
  }

  async #read(report: string): Promise<void> {
    if (!existsSync(report)) return;
    const outcomes = new Map<string, Outcome>([
      ['passed', 'passed'],
      ['failed', 'failed'],
      ['skipped', 'skipped'],
    ]);
    for (const line of (await readFile(report, 'utf8')).split('\n')) {
      const [word = '', className = '', method = ''] = line.split(' ');
      const outcome = outcomes.get(word);
      if (outcome !== undefined) this.#score.set(testName(className, method), outcome);
    }
  }
}

async function run(
  place: Place,
  broker: TestedBroker,
  suite: Suite,
  version: Version,
  only?: readonly string[],
): Promise<Score> {
  const built = await build(place, version);
  const all = await classesIn(built.source);
  const classes = only === undefined ? all : narrowed(all, only);
  const session = new Session(place, built, version.options);
  await Promise.all(classes.calm.map((group) => session.run(group, broker, undefined)));
  if (classes.disturbing.length === 0) return session.score;
  if (broker.product === 'rabbitmq') {
    await session.run(classes.disturbing, broker, undefined);
    return session.score;
  }
  const node = await restartable(place, suite);
  try {
    await session.run(classes.disturbing, node.broker, node);
  } finally {
    await node.stop();
  }
  return session.score;
}

function suiteOf(version: Version): Suite {
  const suite: Suite = {
    name: version.name,
    seconds: SUITE_SECONDS,
    tls: true,
    async install(place) {
      await javaPackages(place);
      await debianPackages(place, ['openssl']);
      await build(place, version);
    },
    run: (place, broker, only) => run(place, broker, suite, version, only),
  };
  return suite;
}

export const suites: readonly Suite[] = VERSIONS.map(suiteOf);
