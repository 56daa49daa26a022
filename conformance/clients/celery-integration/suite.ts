// Celery's t/integration: a worker in the test process, its tasks and their results, over the broker.
// Results come over the broker too (`rpc://`). Many of its tests then skip or fail with every broker,
// after long waits, because `rpc://` does not do what they are about. What did not pass on RabbitMQ is
// not run on Leveret, nor what no broker takes part in.
// CELERY_RESULTS=redis takes results from a Redis instead, which chords and most groups need.

import { cp, mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { passedIn } from '../kit/compare.ts';
import { debianPackages } from '../kit/debian.ts';
import { pytest, sourceDistribution, virtualEnvironment } from '../kit/python.ts';
import { readRecording } from '../kit/recorded.ts';
import { redirection } from '../kit/redirect.ts';
import type { Outcome, Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { installRedis, withRedis } from './redis.ts';

interface Version {
  readonly name: string;
  readonly source: string;
  python(place: Place): Promise<string>;
}

const withRedisResults = process.env['CELERY_RESULTS'] === 'redis';

const DEBIANS: Version = {
  name: 'celery-5.2',
  source: 'celery==5.2.6',
  async python(place) {
    await debianPackages(place, [
      ...['python3-celery', 'python3-cryptography', 'python3-redis'],
      ...['python3-pytest', 'python3-pytest-subtests', 'python3-pytest-timeout'],
    ]);
    return '/usr/bin/python3';
  },
};

const NEWEST: Version = {
  name: 'celery-5.7',
  source: 'celery==5.7.0',
  python: (place) =>
    virtualEnvironment(place, [
      ...['celery==5.7.0', 'kombu==5.7.0', 'amqp==5.4.2', 'redis', 'pydantic', 'cryptography'],
      ...['psutil', 'pytest', 'pytest-subtests', 'pytest-timeout'],
    ]),
};

/** What no broker takes part in: other keepers of results, leaks of memory, log files, settings. */
const WITHOUT_BROKER: readonly string[] = [
  ...['test_backend', 'test_cache_backend', 'test_database_backend'],
  ...['test_backend_leak_in_fixture_teardown', 'test_request_backend_down'],
  ...['test_events_state_memory_leak', 'test_mem_leak_in_exception_handling'],
  ...['test_loader', 'test_logfile_format', 'test_upgrade'],
].map((file) => `--ignore=t/integration/${file}.py`);

/** So many workers at a time, each with a vhost of its own: they wait more than they compute. */
const SHARES = 4;

/** How long a test waits for a result: two minutes, as its authors have it. */
const WAIT_SECONDS = 120;

/** The same where many wait for what never comes. What comes comes in a few seconds. */
const RECORDING_WAIT_SECONDS = 40;

const LIMIT_SECONDS = withRedisResults ? 1500 : 540;

function nameOf(version: Version): string {
  return withRedisResults ? `${version.name}-redis` : version.name;
}

/** What there is to win: the tests that pass on RabbitMQ. Undefined is all. */
async function worthRunning(
  place: Place,
  broker: TestedBroker,
  version: Version,
): Promise<readonly string[] | undefined> {
  if (broker.product === 'rabbitmq') return undefined;
  const recording = await readRecording(place.here, nameOf(version));
  return recording === undefined ? undefined : passedIn(recording.tests);
}

/** The same place with a folder of its own. */
async function placeIn(place: Place, name: string): Promise<Place> {
  const work = join(place.work, name);
  await mkdir(work, { recursive: true });
  return {
    cache: place.cache,
    work,
    here: place.here,
    run: (command, args, options) => place.run(command, args, options),
    must: (command, args, options) => place.must(command, args, options),
  };
}

async function makeVhost(broker: TestedBroker, name: string): Promise<void> {
  const everything = { configure: '.*', write: '.*', read: '.*' };
  await broker.ask('PUT', `/api/vhosts/${name}`, {});
  await broker.ask('PUT', `/api/permissions/${name}/guest`, everything);
}

let vhosts = 0;

class Run {
  readonly #version: Version;
  readonly #broker: TestedBroker;
  readonly #only: readonly string[] | undefined;

  constructor(version: Version, broker: TestedBroker, only: readonly string[] | undefined) {
    this.#version = version;
    this.#broker = broker;
    this.#only = only;
  }

  async all(place: Place): Promise<Score> {
    const source = await sourceDistribution(place, this.#version.source);
    const of = Math.min(SHARES, this.#only?.length ?? SHARES);
    const shares = Array.from({ length: of }, async (_, number) => {
      vhosts += 1;
      const name = `share-${vhosts}`;
      const own = await placeIn(place, name);
      await cp(join(source, 't'), join(own.work, 't'), { recursive: true });
      return this.#share(own, `${number}/${of}`, name);
    });
    const score = new Map<string, Outcome>();
    for (const share of await Promise.all(shares)) {
      for (const [name, outcome] of share) score.set(name, outcome);
    }
    return score;
  }

  #share(place: Place, share: string, vhost: string): Promise<Score> {
    if (!withRedisResults) return this.#tests(place, share, vhost, {});
    return withRedis(place, async (port) => {
      const redirected = await redirection(place, new Map([[6379, port]]));
      return this.#tests(place, share, vhost, redirected);
    });
  }

  async #tests(
    place: Place,
    share: string,
    vhost: string,
    redirected: Readonly<Record<string, string>>,
  ): Promise<Score> {
    await makeVhost(this.#broker, vhost);
    const { host, port, product } = this.#broker;
    const wait = product === 'rabbitmq' ? RECORDING_WAIT_SECONDS : WAIT_SECONDS;
    const words = [
      ...['-v', '--disable-warnings', '--tb=short', '-o', 'python_classes=test_*'],
      ...['-p', 'celery.contrib.pytest', '-p', 'share', '-p', 'no:rerunfailures'],
      ...['--continue-on-collection-errors', '--durations=25', 't/integration'],
      ...WITHOUT_BROKER,
      ...['-k', 'not test_django_fixup'],
    ];
    const python = await this.#version.python(place);
    const score = await pytest(place, python, words, {
      folder: place.work,
      seconds: LIMIT_SECONDS,
      environment: {
        ...redirected,
        TEST_BROKER: `pyamqp://guest:guest@${host}:${port}/${vhost}`,
        TEST_BACKEND: withRedisResults ? 'redis://127.0.0.1/0' : 'rpc://',
        REDIS_HOST: '127.0.0.1',
        C_FORCE_ROOT: '1',
        // As its authors have it: tests read what the worker logs.
        WORKER_LOGLEVEL: 'INFO',
        SHARE: share,
        SHARE_SECONDS: String(wait),
        // Some tests start `celery`.
        PATH: [dirname(python), process.env['PATH']].join(delimiter),
        PYTHONPATH: place.here,
      },
      only: this.#only,
    });
    await this.#broker.ask('DELETE', `/api/vhosts/${vhost}`);
    return score;
  }
}

export const suites: readonly Suite[] = [DEBIANS, NEWEST].map((version) => ({
  name: nameOf(version),
  seconds: LIMIT_SECONDS + 60,
  async install(place) {
    await sourceDistribution(place, version.source);
    await version.python(place);
    if (withRedisResults) await installRedis(place);
  },
  async run(place, broker, only) {
    const names = only ?? (await worthRunning(place, broker, version));
    return new Run(version, broker, names).all(place);
  },
}));
