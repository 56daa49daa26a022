// Programs of this repository on other people's clients. Each compares by itself with what it has
// recorded from RabbitMQ; most start what brokers they need.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linesScore, type OwnSuite } from '../kit/own-suite.ts';
import { junitScore } from '../kit/reports.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

const clients = join(import.meta.dirname, '..');

async function nothing(): Promise<void> {}

function byLines(name: string, script: string, seconds: number): OwnSuite {
  return {
    name,
    seconds,
    compares: 'by itself',
    install: nothing,
    async run(place) {
      const { output } = await place.run(join(clients, script), [], { seconds });
      return linesScore(output);
    },
  };
}

async function runCelery(
  place: Place,
  broker: TestedBroker,
  version: string,
  seconds: number,
  only: readonly string[] | undefined,
): Promise<Score> {
  const report = join(place.work, 'report.xml');
  const args = [`amqp://guest:guest@${broker.host}:${broker.port}//`, `--junitxml=${report}`];
  const names = only?.map((name) => name.replace(/^.*::/, '').replace(/\[.*$/, ''));
  if (names !== undefined) args.push('-k', [...new Set(names)].join(' or '));
  const environment = {
    CELERY_VERSIONS: version,
    CELERY_SECONDS: String(seconds - 30),
    SUITE_MANAGEMENT_PORT: String(broker.managementPort),
  };
  await place.run(join(clients, 'celery/run.sh'), args, { environment, seconds });
  return junitScore(await readFile(report, 'utf8'));
}

function celery(version: string, seconds: number): OwnSuite {
  return {
    name: `programs-celery-${version}`,
    seconds,
    compares: 'by itself',
    install: nothing,
    run: (place, broker, only) => runCelery(place, broker, version, seconds, only),
  };
}

export const suites: readonly Suite[] = [
  celery('newest', 900),
  celery('debian', 900),
  byLines('programs-node', 'node/run.sh', 420),
  byLines('programs-rabbitmqadmin', 'rabbitmqadmin/run.sh', 300),
  byLines('programs-prometheus', '../prometheus/run.sh', 240),
];
