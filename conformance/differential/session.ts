/** A script on one broker: what it sends there, and what comes back. */
import type { Properties } from '../kit/content.ts';
import type { Incoming } from '../kit/inbox.ts';
import type { MethodName } from '../kit/spec.ts';
import type { Table } from '../kit/wire.ts';
import { describe, type Entry, type HeadersView } from './entry.ts';
import { Lane } from './lane.ts';
import type { Link, LinkUser } from './link.ts';
import { OBSERVER_CHANNEL, type Observer } from './observer.ts';
import { Pulse } from './pulse.ts';
import type { Side } from './side.ts';
import type { At, ExpiringStep, Fields, Plain, PublishStep, SettlingMethod } from './steps.ts';

/** How long a broker may take for an answer, in milliseconds. */
const ANSWER_MS = 8000;
const GENERATED = /amq\.(?:(gen|ctag)-[\w-]{22}|rabbitmq\.(reply)-to\.[\w+/=.@-]+)/g;

/** A queue, and the connection that alone may see it. */
export interface KnownQueue {
  readonly name: string;
  readonly owner: number | undefined;
}

const keyOf = ({ connection, channel }: At): string => `c${connection}.${channel}`;

export class Session implements LinkUser {
  readonly #side: Side;
  readonly #prefix: string;
  readonly #view: HeadersView;
  readonly #links = new Map<number, Link>();
  readonly #lanes = new Map<string, Lane>();
  readonly #pulse = new Pulse();
  readonly #aliases = new Map<string, string>();
  #admin: Link | undefined;
  #entries: Entry[] = [];

  constructor(side: Side, prefix: string, view: HeadersView) {
    this.#side = side;
    this.#prefix = prefix;
    this.#view = view;
  }

  incoming(link: Link, channel: number, item: Incoming): void {
    if (channel === OBSERVER_CHANNEL) {
      this.#side.observer(link).take(item);
      return;
    }
    const connection = this.#connectionOf(link);
    if (connection === undefined) return;
    if (channel === 0) this.#connectionSays(connection, link, item);
    else this.#lanes.get(keyOf({ connection, channel }))?.take(item);
    this.#pulse.beat();
  }

  ended(link: Link): void {
    this.#side.observer(link).ended();
    const connection = this.#connectionOf(link);
    if (connection === undefined) return;
    this.#say(`c${connection}`, 'the socket is closed');
    this.#forget(connection);
    this.#pulse.beat();
  }

  /** The broker's name for one of the script's. */
  actual(name: string): string {
    if (name.startsWith('~')) return this.#prefix + name.slice(1);
    return this.#aliases.get(name) ?? name;
  }

  lane(at: At): Lane | undefined {
    const lane = this.#lanes.get(keyOf(at));
    return lane?.isOpen ? lane : undefined;
  }

  async open(at: At): Promise<void> {
    if (this.lane(at) !== undefined) return;
    let link = this.#links.get(at.connection);
    if (link === undefined) {
      link = await this.#side.take(this);
      this.#links.set(at.connection, link);
    }
    const name = keyOf(at);
    const lane = new Lane(link, at.channel, {
      name,
      view: this.#view,
      plain: (text) => this.#plain(text),
      record: (entry) => this.#entries.push(entry),
    });
    this.#lanes.set(name, lane);
    lane.ask('channel.open', {});
    await this.#answered(lane);
  }

  async ask(at: At, method: MethodName, args: Fields): Promise<void> {
    const lane = this.lane(at);
    if (lane === undefined) return;
    const sent = this.#actualFields(args);
    if (method === 'basic.recover-async') lane.tell(method, sent);
    else lane.ask(method, sent);
    await this.#answered(lane);
  }

  async publish(step: PublishStep, label: string): Promise<void> {
    const lane = this.lane(step.at);
    if (lane === undefined) return;
    const { headers, ...rest } = step.properties;
    const table = headers === undefined ? {} : { headers: this.#actualValue(headers as Plain) };
    const properties = { ...this.#actualFields(rest as Fields), ...table } as Properties;
    const args = {
      exchange: this.actual(step.exchange),
      routingKey: this.actual(step.routingKey),
      mandatory: step.mandatory,
    };
    for (let at = 0; at < step.count; at++) {
      const body = Buffer.from(`m${label}.${at}`.padEnd(step.size, '.'));
      lane.publish(args, body, properties);
    }
    await this.#answered(lane, () => lane.isConfirmed);
  }

  settle(at: At, method: SettlingMethod, args: Fields): void {
    this.lane(at)?.tell(method, { ...args });
  }

  async expiring({ at, queue, arguments: table, consumerTag }: ExpiringStep): Promise<void> {
    const lane = this.lane(at);
    if (lane === undefined) return;
    const name = this.actual(queue);
    lane.ask('queue.declare', { queue: name, arguments: this.#actualFields(table) });
    lane.ask('basic.consume', {
      queue: name,
      consumerTag: this.actual(consumerTag),
      noAck: true,
    });
    await this.#answered(lane);
  }

  async end(connection: number, abrupt: boolean): Promise<void> {
    const link = this.#links.get(connection);
    if (link === undefined) return;
    if (!abrupt) {
      link.send(0, 'connection.close', { replyCode: 200, replyText: 'bye' });
      await this.#pulse.until(() => !this.#links.has(connection), ANSWER_MS);
    }
    this.#forget(connection);
    link.drop();
  }

  /** Lets every channel and queue get on with what it has to do, and says how the queues stand. */
  async round(known: readonly KnownQueue[]): Promise<string[]> {
    const open = [...this.#lanes.values()].filter(({ isOpen }) => isOpen);
    for (const lane of open) lane.ping();
    const views = await this.#eachObserver(known, (observer, names) => observer.look(names));
    await Promise.all(open.map((lane) => this.#answered(lane)));
    return views;
  }

  /** What has come since the last time that it was forgotten. */
  get entries(): readonly Entry[] {
    return [...this.#entries, ...[...this.#lanes.values()].flatMap((lane) => lane.confirmed)];
  }

  forgetEntries(): void {
    this.#entries = [];
    for (const lane of this.#lanes.values()) lane.forgetConfirmed();
  }

  async closeChannels(): Promise<void> {
    for (const lane of this.#lanes.values()) {
      if (!lane.isOpen) continue;
      lane.ask('channel.close', { replyCode: 200, replyText: 'bye' });
      await this.#answered(lane);
    }
  }

  /** Takes everything out of the queues, and tells what that was. */
  async drain(known: readonly KnownQueue[]): Promise<void> {
    await this.#eachObserver(known, async (observer, names) => {
      for (const name of names) {
        const got = await observer.drain(name);
        const stream = `left in ${this.#plain(name)}`;
        for (const item of got) {
          const shown = describe(item, this.#view, ['deliveryTag']);
          this.#say(stream, this.#plain(shown));
        }
      }
      return names.map(() => '');
    });
  }

  /** Removes what the script has made; connections that still serve are kept for others. */
  async cleanUp(
    known: readonly KnownQueue[],
    queues: readonly string[],
    exchanges: readonly string[],
    isIntact: boolean,
  ): Promise<void> {
    if (isIntact) {
      await this.closeChannels();
      const owned = known.filter(({ owner }) => owner !== undefined && this.#links.has(owner));
      await this.#eachObserver(owned, async (observer, names) => {
        await observer.remove(names, []);
        return names.map(() => '');
      });
    }
    for (const link of this.#links.values()) {
      if (isIntact) this.#side.giveBack(link);
      else link.drop();
    }
    this.#links.clear();
    const made = [...this.#aliases.values()].filter((name) => name.startsWith('amq.gen-'));
    const names = [...queues.map((name) => this.actual(name)), ...made];
    const admin = await this.#administrator();
    await admin.remove(
      names,
      exchanges.map((name) => this.actual(name)),
    );
  }

  async #administrator(): Promise<Observer> {
    this.#admin ??= await this.#side.admin(this);
    return this.#side.observer(this.#admin);
  }

  async #eachObserver(
    known: readonly KnownQueue[],
    act: (observer: Observer, names: readonly string[]) => Promise<string[]>,
  ): Promise<string[]> {
    const groups = new Map<Link | undefined, number[]>();
    for (const [at, { owner }] of known.entries()) {
      const link = owner === undefined ? undefined : this.#links.get(owner);
      groups.set(link, [...(groups.get(link) ?? []), at]);
    }
    const answers: string[] = known.map(() => '');
    const asked = [...groups].map(async ([link, places]) => {
      const observer = link ? this.#side.observer(link) : await this.#administrator();
      const names = places.map((at) => this.actual(known[at]?.name ?? ''));
      const said = await act(observer, names);
      for (const [index, at] of places.entries()) answers[at] = said[index] ?? 'no answer';
    });
    await Promise.all(asked);
    return answers;
  }

  #connectionOf(link: Link): number | undefined {
    for (const [connection, one] of this.#links) if (one === link) return connection;
    return undefined;
  }

  #connectionSays(connection: number, link: Link, item: Incoming): void {
    this.#say(`c${connection}`, this.#plain(describe(item, this.#view, [])));
    if (item.name !== 'connection.close' && item.name !== 'connection.close-ok') return;
    if (item.name === 'connection.close') link.send(0, 'connection.close-ok');
    this.#forget(connection);
  }

  #forget(connection: number): void {
    this.#links.delete(connection);
    for (const [name, lane] of this.#lanes) {
      if (!name.startsWith(`c${connection}.`)) continue;
      lane.isOpen = false;
    }
  }

  async #answered(lane: Lane, also: () => boolean = () => true): Promise<void> {
    const done = await this.#pulse.until(() => lane.isAnswered && also(), ANSWER_MS);
    if (!done) lane.giveUp();
  }

  #say(stream: string, text: string): void {
    this.#entries.push({ stream, text, deliveryTag: undefined });
  }

  #plain(text: string): string {
    return text
      .replaceAll(this.#prefix, '~')
      .replaceAll(GENERATED, (name: string, kind?: string) => {
        for (const [alias, known] of this.#aliases) if (known === name) return alias;
        const alias = `${kind ?? 'reply'}#${this.#aliases.size + 1}`;
        this.#aliases.set(alias, name);
        return alias;
      });
  }

  #actualFields(fields: Fields): Table {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, this.#actualValue(value)]),
    );
  }

  #actualValue(value: Plain): Table[string] {
    if (typeof value === 'string') return this.actual(value);
    if (Array.isArray(value)) return value.map((item: Plain) => this.#actualValue(item));
    if (typeof value === 'object' && value !== null) return this.#actualFields(value as Fields);
    return value as Table[string];
  }
}
