import type { Properties } from '../../conformance/kit/content.ts';
import { type Got, show } from '../../conformance/kit/inbox.ts';
import { Peer } from '../../conformance/kit/peer.ts';
import type { PeerChannel } from '../../conformance/kit/peer-channel.ts';
import type { MethodName } from '../../conformance/kit/spec.ts';
import type { Random } from '../../src/kit/random.ts';
import { propertiesOf } from './messages.ts';
import { nextMessage } from './publishing.ts';
import type { Line } from './rules.ts';
import type { Shift } from './shift.ts';
import type { Target } from './topology.ts';

const PATIENCE_MS = 60_000;
const QUEUE = 'tx';
const PUBLISHES_MAX = 6;
const GETS_MAX = 4;
const ROLLBACK_SHARE = 0.2;
const HOLD_SHARE = 0.3;
const OWN_SHARE = 0.8;

const TARGETS: readonly Target[] = [
  { exchange: '', key: QUEUE, queues: [QUEUE], weight: 3 },
  { exchange: 'fan', key: '', queues: ['fan.1', 'fan.2', 'fan.3'], weight: 1 },
];

interface Held {
  readonly id: string;
  readonly tag: number;
}

/** Publishes and acknowledges in transactions, some of which it rolls back. */
export class Transactor {
  readonly #shift: Shift;
  readonly #random: Random;
  readonly #name: string;
  readonly #line: Line = { sureTo: 0 };
  #held: Held[] = [];
  #peer: Peer | undefined;

  constructor(shift: Shift, random: Random, name: string) {
    this.#shift = shift;
    this.#random = random;
    this.#name = name;
  }

  /** Until the connection ends. */
  async run(): Promise<void> {
    const peer = await Peer.connect(this.#shift.url);
    this.#peer = peer;
    const channel = await peer.channel();
    channel.send('queue.declare', { queue: this.#shift.nextSign(), exclusive: true });
    await answer(channel, 'queue.declare');
    await ask(channel, 'tx.select');
    this.#shift.oracle.opened(QUEUE, 1);
    try {
      for (;;) await this.#transaction(channel);
    } catch (error) {
      this.#shift.failed(this.#name, error);
      peer.destroy();
    }
  }

  cut(): void {
    this.#peer?.destroy();
  }

  async #transaction(channel: PeerChannel): Promise<void> {
    const { oracle } = this.#shift;
    const random = this.#random;
    const published = this.#publish(channel);
    const gets = Math.floor(random.next() * (GETS_MAX + 1));
    for (let i = 0; i < gets; i++) await this.#get(channel);
    const settled = this.#held.filter(() => random.next() >= HOLD_SHARE);
    for (const { tag } of settled) channel.send('basic.ack', { deliveryTag: tag });
    if (random.next() < ROLLBACK_SHARE) {
      oracle.rolledBack(published);
      await ask(channel, 'tx.rollback');
      return;
    }
    oracle.committing(published);
    for (const { id } of settled) oracle.acked(id, QUEUE, this.#line);
    this.#held = this.#held.filter((each) => !settled.includes(each));
    await ask(channel, 'tx.commit');
    oracle.committed(published, this.#line);
  }

  #publish(channel: PeerChannel): string[] {
    const { oracle, messages } = this.#shift;
    const random = this.#random;
    const count = Math.floor(random.next() * (PUBLISHES_MAX + 1));
    return Array.from({ length: count }, () => {
      const target = TARGETS[random.next() < OWN_SHARE ? 0 : 1];
      const next = nextMessage(this.#shift, random, this.#name, this.#line, target);
      const { exchange, key } = next.target;
      oracle.sent(next.sending, 'uncommitted');
      const properties = propertiesOf(next.outline) as Properties;
      channel.publish({ exchange, routingKey: key }, messages.body(next.outline), properties);
      return next.outline.id;
    });
  }

  async #get(channel: PeerChannel): Promise<void> {
    channel.send('basic.get', { queue: QUEUE });
    const { name, got } = await channel.any(PATIENCE_MS);
    if (name === 'basic.get-empty') return;
    if (name !== 'basic.get-ok') throw new Error(`basic.get: ${name} ${show(got)}`);
    const { deliveryTag, redelivered, content } = got as Got<'basic.get-ok'>;
    const { messages, oracle, number } = this.#shift;
    const { body, properties } = content;
    const id = properties.messageId ?? '';
    oracle.delivered({
      queue: QUEUE,
      session: `${this.#name} ${number}`,
      id,
      redelivered,
      count: 0,
      death: undefined,
      damage: messages.damage(body, { ...properties }, false),
    });
    this.#held.push({ id, tag: Number(deliveryTag) });
  }
}

async function ask(channel: PeerChannel, method: MethodName): Promise<void> {
  channel.send(method);
  await answer(channel, method);
}

async function answer(channel: PeerChannel, method: MethodName): Promise<void> {
  const { name, got } = await channel.any(PATIENCE_MS);
  if (name !== `${method}-ok`) throw new Error(`${method}: ${name} ${show(got)}`);
}
