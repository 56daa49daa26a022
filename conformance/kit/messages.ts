// What the tests of messages share: send some, take some, wait until something has happened.

import type { Properties } from './content.ts';
import { type Got, patienceMs } from './inbox.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { Sent } from './spec.ts';

/** Publishes each body to the queue through the default exchange. */
export function fill(
  channel: PeerChannel,
  queue: string,
  bodies: readonly string[],
  properties: Properties = {},
): void {
  for (const body of bodies) channel.publish({ routingKey: queue }, body, properties);
}

/** `numbered(3)` is m1, m2, m3. */
export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `m${at + 1}`);

/** Starts a consumer and gives its tag. */
export async function consume(
  channel: PeerChannel,
  queue: string,
  consumerTag: string,
  args: Sent<'basic.consume'> = {},
): Promise<string> {
  return (await channel.call('basic.consume', { queue, consumerTag, ...args })).consumerTag;
}

/** The next `count` deliveries, with nothing else between them. */
export async function deliveries(
  channel: PeerChannel,
  count: number,
): Promise<Got<'basic.deliver'>[]> {
  const all: Got<'basic.deliver'>[] = [];
  while (all.length < count) all.push(await channel.expect('basic.deliver'));
  return all;
}

/** The bodies of the next `count` deliveries. */
export const bodies = async (channel: PeerChannel, count: number): Promise<string[]> =>
  (await deliveries(channel, count)).map(({ content }) => content.text);

/** The next `count` deliveries as `tag:body`. */
export const tagged = async (channel: PeerChannel, count: number): Promise<string[]> =>
  (await deliveries(channel, count)).map(
    ({ consumerTag, content }) => `${consumerTag}:${content.text}`,
  );

/** Takes `count` messages by basic.get and leaves them unacknowledged. */
export async function hold(
  channel: PeerChannel,
  queue: string,
  count: number,
): Promise<Got<'basic.get-ok'>[]> {
  const all: Got<'basic.get-ok'>[] = [];
  while (all.length < count) all.push(await got(channel, queue, { noAck: false }));
  return all;
}

/**
 * For tests of what happens within so many milliseconds. The broker's clock is the real one: where the
 * machine stood still in between, a test has seen nothing, and looks again.
 */
export const realTime = { retry: 3 } as const;

/** Looks again and again until `look` finds something. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = patienceMs,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await pause(5);
  }
}

/** The queue's next message by basic.get, waiting until there is one. */
export const got = (
  channel: PeerChannel,
  queue: string,
  args: Sent<'basic.get'> = {},
): Promise<Got<'basic.get-ok'>> =>
  eventually(`a message in ${queue}`, () => channel.get(queue, args));

/** Waits until the queue has this many ready messages. */
export const ready = (channel: PeerChannel, queue: string, count: number): Promise<true> =>
  eventually(`${count} messages in ${queue}`, async () => {
    const { messageCount } = await channel.counts(queue);
    return messageCount === count || undefined;
  });

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
