// The client that RabbitMQ's own for Go has grown out of; many programs still use it.

import { goSuite } from '../amqp091-go/live-tests.ts';
import type { Suite } from '../kit/suite.ts';

export const suites: readonly Suite[] = [
  goSuite({ name: 'streadway-amqp-1.1', module: 'github.com/streadway/amqp@v1.1.0', seconds: 400 }),
];
