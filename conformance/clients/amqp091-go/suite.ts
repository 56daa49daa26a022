// RabbitMQ's own client for Go.

import type { Suite } from '../kit/suite.ts';
import { goSuite } from './live-tests.ts';

/** The tests of recovery wait most of the time, each for its own connection. */
const STREAMS = 4;

/** An alarm concerns all connections. */
const isAlone = (test: string): boolean => test.includes('MemoryAlarm');
const recovers = (test: string): boolean => test.startsWith('TestConnectionRecovery');

function rounds(tests: readonly string[]): readonly (readonly (readonly string[])[])[] {
  const recovery = tests.filter(recovers);
  const streams = Array.from({ length: STREAMS }, (_, stream) =>
    recovery.filter((_test, at) => at % STREAMS === stream),
  );
  const others = tests.filter((test) => !recovers(test) && !isAlone(test));
  return [[others, ...streams], [tests.filter(isAlone)]];
}

export const suites: readonly Suite[] = [
  goSuite({
    name: 'amqp091-go-1.5',
    module: 'github.com/rabbitmq/amqp091-go@v1.5.0',
    seconds: 400,
  }),
  goSuite({
    name: 'amqp091-go-1.16',
    module: 'github.com/rabbitmq/amqp091-go@v1.16.0',
    seconds: 400,
    rounds,
  }),
];
