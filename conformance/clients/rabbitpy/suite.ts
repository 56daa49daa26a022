// rabbitpy's integration tests, from its source distribution.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { pytest, sourceDistribution, virtualEnvironment } from '../kit/python.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

const VERSION = '3.0.2';
/** The others put a mock in the place of the connection. */
const TESTS: readonly string[] = ['tests/test_integration.py', 'tests/integration'];

function source(place: Place): Promise<string> {
  return sourceDistribution(place, `rabbitpy==${VERSION}`);
}

function python(place: Place): Promise<string> {
  return virtualEnvironment(place, [`rabbitpy==${VERSION}`, 'python-dotenv', 'pytest']);
}

async function run(
  place: Place,
  { host, port, managementPort }: TestedBroker,
  only: readonly string[] | undefined,
): Promise<Score> {
  // Not the client that lies beside them: it is installed.
  await cp(join(await source(place), 'tests'), join(place.work, 'tests'), { recursive: true });
  return pytest(place, await python(place), ['-q', ...TESTS], {
    folder: place.work,
    environment: {
      RABBITMQ_URL: `amqp://guest:guest@${host}:${port}/%2f`,
      MANAGEMENT_URL: `http://${host}:${managementPort}/%2f`,
    },
    seconds: 200,
    only,
  });
}

export const suites: readonly Suite[] = [
  {
    name: 'rabbitpy',
    seconds: 220,
    async install(place) {
      await source(place);
      await python(place);
    },
    run,
  },
];
