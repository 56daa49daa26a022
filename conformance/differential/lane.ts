/** One channel of a script, as one broker has it. */
import type { Properties } from '../kit/content.ts';
import type { Incoming } from '../kit/inbox.ts';
import type { MethodName, Sent } from '../kit/spec.ts';
import { describe, type Entry, type HeadersView } from './entry.ts';
import type { Link } from './link.ts';

interface Confirms {
  next: number;
  readonly due: Set<number>;
  readonly acked: Set<number>;
  readonly nacked: Set<number>;
  readonly bodies: Map<string, number>;
}

/** What a lane needs of its surroundings. */
export interface LaneContext {
  /** How entries of this lane begin, such as `c0.1`. */
  readonly name: string;
  readonly view: HeadersView;
  /** Puts the script's names in place of a broker's. */
  plain(text: string): string;
  record(entry: Entry): void;
}

const tagOf = (item: Incoming): number =>
  Number((item.got as { deliveryTag: number | bigint }).deliveryTag);

export class Lane {
  readonly #context: LaneContext;
  readonly #noAck = new Map<string, boolean>();
  #confirms: Confirms | undefined;
  #asked: MethodName | undefined;
  #askedNoAck = false;
  #repliesDue = 0;
  #flowsDue = 0;
  lastTag = 0;
  isOpen = true;
  readonly link: Link;
  readonly number: number;

  constructor(link: Link, number: number, context: LaneContext) {
    this.link = link;
    this.number = number;
    this.#context = context;
  }

  /** Nothing that was asked for is still to come. */
  get isAnswered(): boolean {
    return !this.isOpen || (this.#repliesDue <= 0 && this.#flowsDue <= 0);
  }

  get isConfirmed(): boolean {
    return !this.isOpen || (this.#confirms?.due.size ?? 0) === 0;
  }

  /** Sends a method that is answered, unless `noWait` is among its arguments. */
  ask(method: MethodName, args: Record<string, unknown>): void {
    if (args['noWait'] !== true) this.#repliesDue += 1;
    this.#asked = method;
    this.#askedNoAck = args['noAck'] === true;
    if (method === 'basic.consume' && args['noWait'] === true) {
      this.#noAck.set(String(args['consumerTag']), this.#askedNoAck);
    }
    if (method === 'confirm.select' && args['noWait'] === true) this.#startConfirms();
    this.link.send(this.number, method, args as Sent<MethodName>);
  }

  /** Sends a method that has no answer. */
  tell(method: MethodName, args: Record<string, unknown>): void {
    this.link.send(this.number, method, args as Sent<MethodName>);
  }

  /** Asks for nothing but an answer, which comes after everything that the channel did before. */
  ping(): void {
    this.#flowsDue += 1;
    this.link.send(this.number, 'channel.flow', { active: true });
  }

  publish(args: Sent<'basic.publish'>, body: Buffer, properties: Properties): void {
    if (this.#confirms !== undefined) {
      this.#confirms.due.add(this.#confirms.next);
      this.#confirms.bodies.set(body.toString(), this.#confirms.next);
      this.#confirms.next += 1;
    }
    this.link.publish(this.number, args, body, properties);
  }

  take(item: Incoming): void {
    if (item.name === 'channel.flow-ok') this.#flowsDue -= 1;
    else if (item.name === 'basic.deliver') this.#deliver(item);
    else if (item.name === 'basic.return') this.#return(item);
    else if (item.name === 'basic.ack' || item.name === 'basic.nack') this.#confirm(item);
    else if (item.name === 'basic.cancel') this.#record(this.#consumer(item), item);
    else this.#reply(item);
  }

  /** What has been confirmed since the last time, however it was grouped. */
  get confirmed(): readonly Entry[] {
    const { acked = [], nacked = [] } = this.#confirms ?? {};
    const list = (tags: Iterable<number>): string => [...tags].sort((a, b) => a - b).join(' ');
    const told = [`acked ${list(acked)}`, `nacked ${list(nacked)}`].filter((text) =>
      /\d/.test(text),
    );
    const stream = `${this.#context.name} confirms`;
    return told.map((text) => ({ stream, text, deliveryTag: undefined }));
  }

  forgetConfirmed(): void {
    this.#confirms?.acked.clear();
    this.#confirms?.nacked.clear();
  }

  /** Stops waiting for what does not come, and says so. */
  giveUp(): void {
    const missing = [
      ...(this.#repliesDue > 0 ? [`an answer to ${this.#asked}`] : []),
      ...(this.#flowsDue > 0 ? ['channel.flow-ok'] : []),
      ...(this.isConfirmed ? [] : [`confirms of ${[...(this.#confirms?.due ?? [])].join(' ')}`]),
    ];
    this.#say(`${this.#context.name} faults`, `${missing.join(', ')} did not come`);
    this.#repliesDue = 0;
    this.#flowsDue = 0;
    this.#confirms?.due.clear();
  }

  #reply(item: Incoming): void {
    const stream = `${this.#context.name} replies`;
    if (item.name === 'channel.close') this.link.send(this.number, 'channel.close-ok');
    if (item.name.startsWith('channel.close')) this.isOpen = false;
    else this.#repliesDue -= 1;
    if (item.name === 'confirm.select-ok') this.#startConfirms();
    if (item.name === 'basic.consume-ok' || item.name === 'basic.cancel-ok') {
      const tag = String((item.got as { consumerTag: string }).consumerTag);
      if (item.name === 'basic.consume-ok') this.#noAck.set(tag, this.#askedNoAck);
      this.#record(this.#consumer(item), item);
    } else if (item.name === 'basic.get-ok') {
      const held = this.#asked === 'basic.get' && !this.#askedNoAck;
      this.#number(item);
      this.#record(stream, item, ['deliveryTag'], held ? tagOf(item) : undefined);
    } else this.#record(stream, item);
  }

  #consumer(item: Incoming): string {
    const { consumerTag } = item.got as { consumerTag: string };
    return `${this.#context.name} consumer ${this.#context.plain(consumerTag)}`;
  }

  #deliver(item: Incoming): void {
    const { consumerTag } = item.got as { consumerTag: string };
    this.#number(item);
    const held = this.#noAck.get(consumerTag) === false ? tagOf(item) : undefined;
    this.#record(this.#consumer(item), item, ['deliveryTag', 'consumerTag'], held);
  }

  /** Delivery tags of a channel count from 1; which delivery has which is open between consumers. */
  #number(item: Incoming): void {
    const tag = tagOf(item);
    if (tag !== this.lastTag + 1) {
      this.#say(`${this.#context.name} faults`, `tag ${tag} after ${this.lastTag}`);
    }
    this.lastTag = tag;
  }

  #return(item: Incoming): void {
    this.#record(`${this.#context.name} returns`, item);
    const { content } = item.got as { content: { text: string } };
    const seqNo = this.#confirms?.bodies.get(content.text);
    if (seqNo === undefined || this.#confirms?.due.has(seqNo)) return;
    this.#say(`${this.#context.name} faults`, `message ${seqNo} is returned after its confirm`);
  }

  #confirm(item: Incoming): void {
    const { multiple } = item.got as { multiple: boolean };
    const tag = tagOf(item);
    const confirms = this.#confirms;
    const settled = [...(confirms?.due ?? [])].filter((one) =>
      multiple ? tag === 0 || one <= tag : one === tag,
    );
    if (settled.length === 0 || confirms === undefined) {
      this.#say(`${this.#context.name} faults`, `${item.name} of ${tag}, which is not due`);
      return;
    }
    for (const one of settled) {
      confirms.due.delete(one);
      (item.name === 'basic.ack' ? confirms.acked : confirms.nacked).add(one);
    }
  }

  #startConfirms(): void {
    this.#confirms ??= {
      next: 1,
      due: new Set(),
      acked: new Set(),
      nacked: new Set(),
      bodies: new Map(),
    };
  }

  #record(stream: string, item: Incoming, without: string[] = [], deliveryTag?: number): void {
    const text = this.#context.plain(describe(item, this.#context.view, without));
    this.#context.record({ stream, text, deliveryTag });
  }

  #say(stream: string, text: string): void {
    this.#context.record({ stream, text, deliveryTag: undefined });
  }
}
