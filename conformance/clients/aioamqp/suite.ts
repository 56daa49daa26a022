// aioamqp's tests, each in a vhost of its own, from Debian's source of it. They are written for
// asynctest, in whose place is support/asynctest.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { debianSource } from '../kit/debian.ts';
import { pytest, virtualEnvironment } from '../kit/python.ts';
import { redirection } from '../kit/redirect.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

const TOOLS: readonly string[] = ['pamqp==3.2.1', 'pyrabbit2==1.0.7', 'pytest==9.2.0'];

function source(place: Place): Promise<string> {
  return debianSource(place, 'python-aioamqp');
}

function python(place: Place): Promise<string> {
  return virtualEnvironment(place, TOOLS);
}

async function run(
  place: Place,
  { host, port, managementPort }: TestedBroker,
  only: readonly string[] | undefined,
): Promise<Score> {
  const folder = join(place.work, 'source');
  await cp(await source(place), folder, { recursive: true });
  const environment = {
    ...(await redirection(
      place,
      new Map([
        [5672, port],
        [15_672, managementPort],
      ]),
    )),
    AMQP_HOST: host,
    PYTHONPATH: join(place.here, 'support'),
  };
  return pytest(place, await python(place), ['-q', 'aioamqp/tests'], {
    folder,
    environment,
    seconds: 300,
    only,
  });
}

export const suites: readonly Suite[] = [
  {
    name: 'aioamqp',
    seconds: 320,
    async install(place) {
      await source(place);
      await python(place);
    },
    run,
  },
];
