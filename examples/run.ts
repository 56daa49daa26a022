// What the examples share: how they are started, and how they wait for one another's messages.

import { fileURLToPath } from 'node:url';
import { type ChannelModel, connect } from 'amqplib';

export type Print = (line: string) => void;

/**
 * Runs an example when its file is the program: `npx tsx examples/saga.ts [amqp url]`. Does nothing
 * when the file is imported, as the tests do.
 */
export async function runAsProgram(
  moduleUrl: string,
  example: (connection: ChannelModel, print: Print) => Promise<void>,
): Promise<void> {
  if (process.argv[1] !== fileURLToPath(moduleUrl)) return;
  const url = process.argv[2] ?? process.env['AMQP_URL'] ?? 'amqp://localhost';
  const connection = await connect(url);
  await example(connection, (line) => console.log(line));
  await connection.close();
}

/** `done` is fulfilled when `tick` has been called `count` times. */
export function countdown(count: number): {
  readonly done: Promise<void>;
  readonly tick: () => void;
} {
  let left = count;
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const tick = (): void => {
    left -= 1;
    if (left === 0) finish();
  };
  return { done, tick };
}
