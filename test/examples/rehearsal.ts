import { type ChannelModel, connect } from 'amqplib';
import { expect } from 'vitest';
import type { Print } from '../../examples/run.ts';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

export interface RehearsalOptions {
  readonly clock?: 'real' | 'virtual';
  /** Looks into the broker, or moves its clock, at the moment when the example prints a line. */
  onLine?(line: string, broker: EmbeddedBroker): unknown;
}

/**
 * Runs an example to its end, against a broker of its own in this process.
 * @returns the lines that it printed
 * @throws what `onLine` throws, and when the example leaves queues or exchanges behind
 */
export async function rehearse(
  example: (connection: ChannelModel, print: Print) => Promise<void>,
  { clock = 'real', onLine }: RehearsalOptions = {},
): Promise<readonly string[]> {
  const broker = await startBroker({ clock });
  const exchanges = broker.exchanges();
  try {
    const connection = await connect(broker.url);
    const lines: string[] = [];
    const looks: Promise<unknown>[] = [];
    await new Promise<void>((resolve, reject) => {
      connection.on('error', reject);
      const print: Print = (line) => {
        lines.push(line);
        const look = (async () => onLine?.(line, broker))();
        look.catch(reject);
        looks.push(look);
      };
      example(connection, print).then(resolve, reject);
    });
    await Promise.all(looks);
    await connection.close();
    await expect.poll(() => broker.queues()).toEqual([]);
    expect(broker.exchanges()).toEqual(exchanges);
    return lines;
  } finally {
    await broker.close();
  }
}

/** The texts of the messages that wait in a queue, the next to leave first. */
export function waiting(broker: EmbeddedBroker, queue: string): readonly string[] {
  return broker
    .queue(queue)
    .messages()
    .map((message) => message.text());
}
