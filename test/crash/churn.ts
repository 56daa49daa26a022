import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import type { Random } from '../../src/kit/random.ts';
import {
  anyChange,
  type Binding,
  boundNames,
  type Change,
  changed,
  changeText,
  counted,
  type Definitions,
  differences,
  exchangeNames,
  type Findings,
  filledNames,
  keys,
  miscounts,
  noDefinitions,
  outlived,
  routeText,
} from './definitions.ts';
import type { Ending } from './rules.ts';
import type { Shift } from './shift.ts';

const DIARY_LINES_SHOWN = 100;

/** Declares, binds, fills and deletes while others load the broker, and later looks what is there. */
export class Churn {
  // What is certain, and what there is if the change that was under way was made.
  #before: Definitions = noDefinitions;
  #after: Definitions = noDefinitions;
  #underWay: Change | undefined;
  // What was done and found since the beginning, a line each.
  readonly #diary: string[] = [];
  /** Changes that were answered. */
  changes = 0;

  /** Until the connection ends. */
  async run(shift: Shift, random: Random): Promise<void> {
    try {
      const connection = await shift.connect();
      const channel = await shift.channel(connection, 'churn');
      for (;;) {
        const change = anyChange(random, this.#before);
        this.#after = changed(this.#before, change);
        this.#underWay = change;
        const line = this.#diary.push(`${changeText(change)}: no answer`) - 1;
        await make(channel, change, this.#before);
        this.#diary[line] = `${changeText(change)}: done`;
        this.#before = this.#after;
        this.#underWay = undefined;
        this.changes += 1;
      }
    } catch (error) {
      shift.failed('churn', error);
    }
  }

  /** The broker or the connections to it have ended. */
  end(how: Ending): void {
    this.#diary.push(how);
    const restarted = how !== 'cut';
    this.#before = outlived(this.#before, restarted);
    this.#after = outlived(this.#after, restarted);
  }

  /** Takes what was in doubt as it is found. @returns what is not as it should be */
  async check(connection: ChannelModel): Promise<readonly Fault[]> {
    const found = await look(connection, this.#before, this.#after);
    const candidates = [this.#before, this.#after].map((so) => ({
      so,
      faults: differences(so, found),
    }));
    const best = candidates.reduce((one, other) =>
      other.faults.length < one.faults.length ? other : one,
    );
    const faults = [...best.faults, ...miscounts(this.#before, this.#after, found)];
    this.#before = counted(best.so, this.#before, this.#after, found);
    await this.#makeSure(connection);
    this.#after = this.#before;
    const counts = filledNames.map((name) => `${name} has ${found.queues.get(name) ?? 'gone'}`);
    this.#diary.push(`found: ${counts.join(', ')}`);
    return faults.map((text) => ({ text, history: this.#about(text) }));
  }

  // Not every binding shows: one that was under way is made, or undone, once more.
  async #makeSure(connection: ChannelModel): Promise<void> {
    const change = this.#underWay;
    this.#underWay = undefined;
    if (change === undefined || !('binding' in change)) return;
    const { source, to, name } = change.binding;
    const { exchanges, queues } = this.#before;
    if (!exchanges.has(source) || !(to === 'queue' ? queues : exchanges).has(name)) return;
    const channel = await connection.createChannel();
    await bindOrUnbind(channel, change.do, change.binding, this.#before);
    await channel.close();
    this.#before = changed(this.#before, change);
    this.#diary.push(`once more: ${changeText(change)}`);
  }

  #about(text: string): readonly string[] {
    const names = text.match(/churn\.\w+\.\d+/g) ?? [];
    return this.#diary
      .filter((line) => !line.includes('churn.') || names.some((name) => line.includes(name)))
      .slice(-DIARY_LINES_SHOWN);
  }
}

/** Something that is not as it should be, and what was done before. */
export interface Fault {
  readonly text: string;
  readonly history: readonly string[];
}

async function make(channel: ConfirmChannel, change: Change, so: Definitions): Promise<void> {
  switch (change.do) {
    case 'declare queue': {
      const { durable, exclusive, arguments: args } = change.so;
      const options = { durable, exclusive, arguments: args };
      await channel.assertQueue(change.name, options);
      return;
    }
    case 'delete queue':
      await channel.deleteQueue(change.name);
      return;
    case 'purge':
      await channel.purgeQueue(change.name);
      return;
    case 'fill':
      for (let i = 0; i < change.count; i++) {
        channel.sendToQueue(change.name, Buffer.from(`${i}`), { persistent: change.kept });
      }
      await channel.waitForConfirms();
      return;
    case 'declare exchange': {
      const { type, durable, autoDelete } = change.so;
      await channel.assertExchange(change.name, type, { durable, autoDelete });
      return;
    }
    case 'delete exchange':
      await channel.deleteExchange(change.name);
      return;
    case 'bind':
    case 'unbind':
      await bindOrUnbind(channel, change.do, change.binding, so);
  }
}

async function bindOrUnbind(
  channel: Channel,
  what: 'bind' | 'unbind',
  { source, to, name, key }: Binding,
  so: Definitions,
): Promise<void> {
  const byHeader = so.exchanges.get(source)?.type === 'headers';
  const args = byHeader ? { 'x-match': 'all', k: key } : {};
  const method = `${what}${to === 'queue' ? 'Queue' : 'Exchange'}` as const;
  await channel[method](name, source, byHeader ? '' : key, args);
}

async function look(connection: ChannelModel, ...known: readonly Definitions[]): Promise<Findings> {
  const queues = new Map<string, number>();
  const exchanges = new Set<string>();
  const differing: string[] = [];
  for (const name of [...boundNames, ...filledNames]) {
    const there = await tried(connection, (channel) => channel.checkQueue(name));
    if (there === undefined) continue;
    queues.set(name, there.messageCount);
    const shapes = known.flatMap(({ queues: each }) => each.get(name) ?? []);
    const isKnown = await anyOf(shapes, ({ durable, exclusive, arguments: args }) =>
      tried(connection, (channel) =>
        channel.assertQueue(name, { durable, exclusive, arguments: args }),
      ),
    );
    if (!isKnown) differing.push(`queue ${name} is not what it was declared as`);
  }
  for (const name of exchangeNames) {
    const there = await tried(connection, (channel) => channel.checkExchange(name));
    if (there === undefined) continue;
    exchanges.add(name);
    const shapes = known.flatMap(({ exchanges: each }) => each.get(name) ?? []);
    const isKnown = await anyOf(shapes, ({ type, durable, autoDelete }) =>
      tried(connection, (channel) => channel.assertExchange(name, type, { durable, autoDelete })),
    );
    if (!isKnown) differing.push(`exchange ${name} is not what it was declared as`);
  }
  const routes = await probe(connection, exchanges, queues.keys());
  return { queues, exchanges, differing, routes };
}

// Whatever is not there or differs ends the channel, so each question has one of its own.
async function tried<T>(
  connection: ChannelModel,
  ask: (channel: Channel) => Promise<T>,
): Promise<T | undefined> {
  const channel = await connection.createChannel();
  let refused = false;
  channel.on('error', (error: { code?: number }) => {
    refused = error.code === 404 || error.code === 406;
  });
  try {
    const answer = await ask(channel);
    await channel.close();
    return answer;
  } catch (error) {
    if (refused) return undefined;
    throw error;
  }
}

async function anyOf<T>(all: readonly T[], holds: (one: T) => Promise<unknown>): Promise<boolean> {
  for (const one of all) if ((await holds(one)) !== undefined) return true;
  return false;
}

/** Sends a message by every way there may be, and sees where it arrives. */
async function probe(
  connection: ChannelModel,
  exchanges: ReadonlySet<string>,
  queues: Iterable<string>,
): Promise<Map<string, Set<string>>> {
  const channel = await connection.createConfirmChannel();
  const routes = new Map<string, Set<string>>();
  for (const exchange of exchanges) {
    for (const key of keys) {
      const route = routeText(exchange, key);
      routes.set(route, new Set());
      channel.publish(exchange, key, Buffer.alloc(0), { headers: { k: key }, messageId: route });
    }
  }
  await channel.waitForConfirms();
  for (const queue of queues) {
    if (!boundNames.includes(queue)) continue;
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) break;
      const id: string = message.properties.messageId;
      const reached = routes.get(id) ?? new Set();
      routes.set(id, reached.add(queue));
    }
  }
  await channel.close();
  return routes;
}
