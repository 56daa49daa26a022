// AMQPStorm's functional tests, over AMQP and over the management API.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { pytest, sourceDistribution, virtualEnvironment } from '../kit/python.ts';
import { redirection } from '../kit/redirect.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

const VERSION = '3.1.4';
const FOLDER = 'amqpstorm/tests/functional';

/** What reaches for another machine than this one, or expects the name of its author's. */
const ELSEWHERE = ['test_api_with_inaccessible', 'test_api_cluster_name', 'test_api_ssl_test'];
/** A thousand basic.get, one after the other, once more for each way to get there. */
const LONG = ['Consume1kUntilEmptySelect', 'Consume1kUntilEmptyPoll', 'Consume1kWithSSLUntilEmpty'];

function source(place: Place): Promise<string> {
  return sourceDistribution(place, `amqpstorm==${VERSION}`);
}

function python(place: Place): Promise<string> {
  return virtualEnvironment(place, [`amqpstorm[management]==${VERSION}`, 'pytest']);
}

async function run(
  place: Place,
  broker: TestedBroker,
  only: readonly string[] | undefined,
): Promise<Score> {
  const work = join(place.work, 'source');
  await cp(await source(place), work, { recursive: true });
  const { host, port, managementPort } = broker;
  const ports = new Map([
    [5672, port],
    [5671, broker.tlsPort],
  ]);
  const environment = {
    ...(await redirection(place, ports)),
    AMQP_HOST: host,
    AMQP_USERNAME: 'guest',
    AMQP_PASSWORD: 'guest',
    AMQP_URI: `amqp://guest:guest@${host}:${port}/%2F`,
    AMQP_HTTP_URL: `http://${host}:${managementPort}`,
    AMQP_SSL_HOST: host,
    AMQP_SSL_URI: `amqps://guest:guest@${host}:${broker.tlsPort}/%2F`,
    AMQP_CAFILE: broker.tls.ca,
    AMQP_CERTFILE: broker.tls.clientCertificate,
    AMQP_KEYFILE: broker.tls.clientKey,
  };
  const without = [...ELSEWHERE, ...LONG].map((each) => `not ${each}`).join(' and ');
  const words = ['-q', '-o', 'addopts=', '-k', without, FOLDER];
  return pytest(place, await python(place), words, {
    folder: work,
    seconds: 280,
    environment,
    only,
  });
}

export const suites: readonly Suite[] = [
  {
    name: 'amqpstorm',
    seconds: 300,
    tls: true,
    async install(place) {
      await source(place);
      await python(place);
    },
    run,
  },
];
