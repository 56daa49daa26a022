import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfirmChannel } from 'amqplib';
import type { Random } from '../../src/kit/random.ts';
import { type Outline, propertiesOf } from './messages.ts';
import type { Line, Sending } from './rules.ts';
import type { Shift } from './shift.ts';
import { type Target, targets } from './topology.ts';

const PERSISTENT_SHARE = 0.85;
const MANDATORY_SHARE = 0.3;
const PRIORITY_MAX = 5;
/** How many messages may be without an answer. */
const WINDOWS = [1, 20, 200, 1000];
const BURST_MAX = 40;
const LAZY_SHARE = 0.3;
const LAZY_PAUSE_MS = 10;
const TOTAL_WEIGHT = targets.reduce((sum, { weight }) => sum + weight, 0);

/** A message to be published, and how. */
export interface Publication {
  readonly outline: Outline;
  readonly sending: Sending;
  readonly target: Target;
  readonly mandatory: boolean;
}

/** The next message of a publisher. */
export function nextMessage(
  shift: Shift,
  random: Random,
  publisher: string,
  line: Line,
  target: Target = anyTarget(random),
  persistent: boolean = random.next() < PERSISTENT_SHARE,
): Publication {
  const seq = (shift.numbers.get(publisher) ?? 0) + 1;
  shift.numbers.set(publisher, seq);
  const id = `${publisher}.${seq}`;
  const priority = target.kind === 'priority' ? anyPriority(random) : undefined;
  const expiration = target.kind === 'expiring' ? anyExpiration(random) : undefined;
  const about = { id, seq, persistent, priority, expiration };
  const outline = shift.messages.outline(random, about, shift.bulky);
  const sending = {
    id,
    publisher,
    seq,
    persistent,
    priority: Math.min(priority ?? 0, PRIORITY_MAX),
    targets: target.queues,
    expirationMs: expiration === undefined ? Infinity : Number(expiration),
    line,
  };
  const mandatory = target.queues.length === 0 || random.next() < MANDATORY_SHARE;
  return { outline, sending, target, mandatory };
}

function anyTarget(random: Random): Target {
  let left = random.next() * TOTAL_WEIGHT;
  for (const target of targets) {
    left -= target.weight;
    if (left < 0) return target;
  }
  return targets[0]!;
}

// Beyond the queue's highest as well, and none at all.
function anyPriority(random: Random): number | undefined {
  const drawn = Math.floor(random.next() * (PRIORITY_MAX + 3));
  return drawn > PRIORITY_MAX + 1 ? undefined : drawn;
}

function anyExpiration(random: Random): string {
  const drawn = random.next();
  if (drawn < 0.4) return '200';
  if (drawn < 0.6) return '2000';
  return '3600000';
}

/** Publishes on a channel in confirm mode. */
export class Publisher {
  readonly line: Line = { sureTo: 0 };
  /** Messages without an answer. */
  unconfirmed = 0;
  readonly #shift: Shift;
  readonly #channel: ConfirmChannel;
  readonly #name: string;
  readonly #random: Random;
  #answered: () => void = () => {};

  constructor(shift: Shift, channel: ConfirmChannel, name: string, random: Random) {
    this.#shift = shift;
    this.#channel = channel;
    this.#name = name;
    this.#random = random;
    channel.on('return', ({ properties }) => shift.oracle.returned(properties.messageId));
  }

  /** @returns false when the channel's buffer is full */
  publish(target?: Target, persistent?: boolean): boolean {
    const { oracle, messages } = this.#shift;
    const next = nextMessage(this.#shift, this.#random, this.#name, this.line, target, persistent);
    const { outline, sending, mandatory } = next;
    const { exchange, key } = next.target;
    oracle.sent(sending);
    this.unconfirmed += 1;
    const options = { ...propertiesOf(outline), mandatory };
    const answer = (error: Error | null): void => {
      this.unconfirmed -= 1;
      if (error === null) oracle.confirmed(outline.id);
      else if (error.message === 'message nacked') oracle.refused(outline.id);
      this.#answered();
    };
    return this.#channel.publish(exchange, key, messages.body(outline), options, answer);
  }

  /** Publishes until the channel ends. */
  async run(): Promise<void> {
    const random = this.#random;
    const window = WINDOWS[Math.floor(random.next() * WINDOWS.length)] ?? 1;
    const longestPauseMs = random.next() < LAZY_SHARE ? LAZY_PAUSE_MS : 0;
    let closed = false;
    this.#channel.once('close', () => {
      closed = true;
      this.#answered();
    });
    while (!closed) {
      const burst = Math.min(window - this.unconfirmed, 1 + Math.floor(random.next() * BURST_MAX));
      const full = this.#burst(burst);
      if (full || this.unconfirmed >= window) await this.#answer();
      await sleep(random.next() * longestPauseMs);
    }
  }

  /** @returns whether the channel takes no more for the moment */
  #burst(count: number): boolean {
    try {
      for (let i = 0; i < count; i++) if (!this.publish()) return true;
    } catch {
      // The channel has ended between two messages.
      return true;
    }
    return false;
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }
}
