// Kombu's tests of its transport `pyamqp`, each version with a py-amqp of its time.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { pytest, sourceDistribution, virtualEnvironment } from '../kit/python.ts';
import type { Place, Suite } from '../kit/suite.ts';

interface Version {
  readonly name: string;
  readonly requirement: string;
  readonly transport: string;
}

const VERSIONS: readonly Version[] = [
  { name: 'kombu-5.2', requirement: 'kombu==5.2.4', transport: 'amqp==5.1.1' },
  { name: 'kombu-5.7', requirement: 'kombu==5.7.0', transport: 'amqp==5.4.2' },
];

function python(place: Place, { requirement, transport }: Version): Promise<string> {
  return virtualEnvironment(place, [requirement, transport, 'pytest']);
}

export const suites: readonly Suite[] = VERSIONS.map((version) => ({
  name: version.name,
  seconds: 150,
  async install(place) {
    await sourceDistribution(place, version.requirement);
    await python(place, version);
  },
  async run(place, broker, only) {
    const source = await sourceDistribution(place, version.requirement);
    await cp(join(source, 't'), join(place.work, 't'), { recursive: true });
    return pytest(
      place,
      await python(place, version),
      [
        ...['-q', '--disable-warnings', '-o', 'python_classes=test_*', '-p', 'no:rerunfailures'],
        't/integration/test_py_amqp.py',
      ],
      {
        folder: place.work,
        seconds: 120,
        environment: { RABBITMQ_HOST: broker.host, RABBITMQ_5672_TCP: String(broker.port) },
        only,
      },
    );
  },
}));
