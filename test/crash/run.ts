import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';
import { type Random, SeededRandom } from '../../src/kit/random.ts';
import type { CrashBroker, Settings } from './broker.ts';
import { Churn } from './churn.ts';
import { type Habit, QueueConsumer } from './consuming.ts';
import { diligent, habitsOf } from './habits.ts';
import { Messages } from './messages.ts';
import { type Counts, Oracle } from './oracle.ts';
import { Publisher } from './publishing.ts';
import type { Ending, Objection, QueueRules } from './rules.ts';
import { Shift } from './shift.ts';
import { exchanges, fleeting, queues } from './topology.ts';
import { Transactor } from './transacting.ts';

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  /** How long a round loads the broker at most, in milliseconds. */
  readonly durationMs: number;
  readonly broker: CrashBroker;
  /** Takes a line about what was done. */
  readonly say: (line: string) => void;
}

export interface CrashReport {
  readonly rounds: number;
  /** Those during a start included. */
  readonly kills: number;
  readonly counts: Counts;
  /** Promises that the broker has broken; the run ends with the first round that has any. */
  readonly objections: readonly Objection[];
}

const PUBLISHERS = 3;
const CONNECTIONS = 3;
const DRAIN_EVERY = 10;
const DRAIN_PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 100;
const STOP_SHARE = 0.12;
const CUT_SHARE = 0.08;
/** Stopped, but killed before it has. */
const KILLED_STOP_SHARE = 0.1;
const KILLED_STOP_MS = 200;
const BULKY_SHARE = 0.25;
const EARLY_KILL_SHARE = 0.25;
const EARLY_KILLS_MAX = 3;

/** How a round is to end. */
interface Plan {
  readonly how: Ending;
  /** The kill comes so long after SIGTERM. */
  readonly stopsForMs?: number;
}

/** Loads a broker, ends it, starts it again, and so on; at the end nothing may be missing. */
export async function runCrashTest(options: CrashOptions): Promise<CrashReport> {
  const run = new Run(options);
  for (let round = 1; round <= options.rounds; round++) {
    await run.guarded(() => run.round(round));
    const isLast = round === options.rounds;
    if (!run.failed && (isLast || round % DRAIN_EVERY === 0)) {
      await run.guarded(() => run.drain(round));
    }
    if (run.failed) break;
  }
  if (!run.failed) await run.guarded(() => run.lastLook());
  return run.report();
}

class Run {
  readonly #options: CrashOptions;
  readonly #oracle: Oracle;
  readonly #messages: Messages;
  readonly #numbers = new Map<string, number>();
  readonly #churn = new Churn();
  readonly #beganMs = performance.now();
  #ended: Ending | undefined;
  #drained = false;
  #startMs = 0;
  #settings: Settings = [];
  #rounds = 0;
  #kills = 0;

  constructor(options: CrashOptions) {
    this.#options = options;
    const nowMs = (): number => performance.now() - this.#beganMs;
    this.#oracle = new Oracle(rulesFor(options.broker), nowMs);
    this.#messages = new Messages(this.#random('pool'));
  }

  get failed(): boolean {
    return this.#oracle.objections.length > 0;
  }

  report(): CrashReport {
    const { counts, objections } = this.#oracle;
    return { rounds: this.#rounds, kills: this.#kills, counts, objections };
  }

  /** What fails here for no reason that anybody foresaw is the broker's fault until it is explained. */
  async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#oracle.object('failed', `${text}\n${this.#options.broker.lastWords()}`);
    }
    if (this.failed) await this.#options.broker.kill().catch(() => {});
  }

  async round(round: number): Promise<void> {
    const random = this.#random(`round ${round}`);
    const { durationMs } = this.#options;
    const early = await this.#killEarly(random);
    await this.#start(random);
    if (this.failed) return;
    const before = { ...this.#oracle.counts };
    const shift = this.#shift();
    shift.bulky = random.next() < BULKY_SHARE;
    const plan = this.#anyEnding(random);
    const afterMs = Math.round(durationMs * (0.05 + 0.95 * random.next()));
    const transactor = new Transactor(shift, this.#random(`tx ${round}`), 'tx');
    const work = [
      transactor.run(),
      this.#churn.run(shift, this.#random(`churn ${round}`)),
      ...(await this.#load(shift, round, random)),
    ];
    await sleep(afterMs);
    shift.dying = true;
    if (plan.how === 'cut') transactor.cut();
    await this.#endShift(shift, plan, work);
    this.#rounds = round;
    const bulky = shift.bulky ? 'large messages; ' : '';
    this.#say(round, `${early}${bulky}${textOf(plan)} at ${afterMs} ms`, before);
  }

  /** Empties every queue, and asks for what is missing. */
  async drain(round: number): Promise<void> {
    const chance = this.#random(`drained ${round}`);
    await this.#start(chance);
    if (this.failed) return;
    const before = { ...this.#oracle.counts };
    const shift = this.#shift();
    const connection = await shift.connect();
    const consumers: QueueConsumer[] = [];
    const channels = [];
    for (const { name } of [...queues, fleeting]) {
      const random = this.#random(`drain ${round} ${name}`);
      const channel = await shift.channel(connection, `drain ${name}`);
      const publisher = new Publisher(shift, channel, `drain.${name}`, random);
      const consumer = new QueueConsumer(shift, channel, publisher, drainer(name), random, 'drain');
      channels.push(channel);
      consumers.push(consumer);
      await consumer.run();
    }
    await this.#untilEmpty(connection, consumers);
    // Whoever has had an answer has been heard; what is confirmed then makes all of it durable.
    for (const channel of channels) await channel.prefetch(1);
    const fence = await connection.createConfirmChannel();
    await fence.assertQueue('drained', { durable: true });
    fence.sendToQueue('drained', Buffer.alloc(0), { persistent: true });
    await fence.waitForConfirms();
    this.#oracle.finish();
    const followed = this.#oracle.size;
    this.#oracle.forget();
    this.#messages.forget();
    this.#drained = true;
    shift.dying = true;
    const plan = this.#anyEnding(chance);
    await this.#endShift(shift, plan);
    this.#say(round, `drained, ${followed} messages looked for, then ${textOf(plan)}`, before);
  }

  async lastLook(): Promise<void> {
    await this.#start(this.#random('last look'));
    await this.#options.broker.kill();
  }

  get #isDown(): boolean {
    return this.#ended !== 'cut';
  }

  #shift(): Shift {
    const { url } = this.#options.broker;
    return new Shift(url, this.#oracle, this.#messages, this.#numbers, this.#oracle.epoch);
  }

  async #killEarly(random: Random): Promise<string> {
    const { broker } = this.#options;
    const wanted = random.next() < EARLY_KILL_SHARE;
    const times = 1 + Math.floor(random.next() * EARLY_KILLS_MAX);
    if (!wanted || !this.#isDown || this.#ended === undefined) return '';
    const moments: number[] = [];
    for (let i = 0; i < times; i++) {
      const afterMs = Math.round(random.next() * this.#startMs * 1.1);
      await broker.startAndKill(anySettings(random), afterMs);
      this.#kills += 1;
      moments.push(afterMs);
    }
    return `start killed at ${moments.join(', ')} ms; `;
  }

  /** Starts the broker, looks whether all is there, and declares what is not durable. */
  async #start(random: Random): Promise<void> {
    const settings = anySettings(random);
    if (this.#isDown) {
      this.#startMs = await this.#options.broker.start(settings);
      this.#settings = settings;
    }
    const shift = this.#shift();
    const connection = await shift.connect();
    if (this.#ended === undefined) await declare(connection);
    for (const { text, history } of await this.#churn.check(connection)) {
      this.#oracle.object('definitions', text, history);
    }
    await this.#check(connection);
    shift.dying = true;
    await connection.close();
  }

  async #check(connection: ChannelModel): Promise<void> {
    const channel = await connection.createChannel();
    let gone = '';
    channel.on('error', (error: Error) => {
      gone = error.message;
    });
    try {
      for (const { name, leaves, arguments: args } of queues) {
        const { messageCount } = await channel.checkQueue(name);
        await channel.assertQueue(name, { durable: true, arguments: args });
        // What only refuses may have to take back more than it would accept.
        const limit = leaves.includes('maxlen') ? Number(args['x-max-length']) : Infinity;
        const most = this.#drained ? 0 : limit;
        if (messageCount <= most) continue;
        this.#oracle.object('count', `${name} has ${messageCount} messages, more than ${most}`);
      }
      for (const { name, type } of exchanges) {
        await channel.checkExchange(name);
        await channel.assertExchange(name, type);
      }
    } catch (error) {
      if (gone === '') throw error;
      this.#oracle.object('definitions', gone);
      return;
    }
    const restarted = this.#ended === 'kill' || this.#ended === 'stop';
    const { messageCount } = await channel.assertQueue(fleeting.name, { durable: false });
    if (restarted && messageCount > 0) {
      this.#oracle.object('transient', `${fleeting.name} has kept ${messageCount} messages`);
    }
    await channel.close();
    this.#drained = false;
  }

  async #load(shift: Shift, round: number, random: Random): Promise<Promise<void>[]> {
    const connections: ChannelModel[] = [];
    for (let i = 0; i < CONNECTIONS; i++) connections.push(await shift.connect());
    const any = (): ChannelModel => connections[Math.floor(random.next() * CONNECTIONS)]!;
    const work: Promise<void>[] = [];
    for (const [index, habit] of habitsOf(random, round).entries()) {
      const name = `c${index}.${habit.queue}`;
      const channel = await shift.channel(any(), name);
      const own = this.#random(`${name} ${round}`);
      const publisher = new Publisher(shift, channel, name, own);
      const consumer = new QueueConsumer(shift, channel, publisher, habit, own, name);
      work.push(consumer.run().catch((error: unknown) => shift.failed(name, error)));
    }
    for (let i = 1; i <= PUBLISHERS; i++) {
      const name = `p${i}`;
      const channel = await shift.channel(any(), name);
      const publisher = new Publisher(shift, channel, name, this.#random(`${name} ${round}`));
      work.push(publisher.run().catch((error: unknown) => shift.failed(name, error)));
    }
    return work;
  }

  async #untilEmpty(connection: ChannelModel, consumers: readonly QueueConsumer[]): Promise<void> {
    const deadline = performance.now() + DRAIN_PATIENCE_MS;
    const channel = await connection.createChannel();
    for (let empty = 0; empty < 2; ) {
      await sleep(LOOK_EVERY_MS);
      let left = consumers.reduce((sum, { held }) => sum + held, 0);
      for (const { name } of [...queues, fleeting]) {
        left += (await channel.checkQueue(name)).messageCount;
      }
      empty = left === 0 ? empty + 1 : 0;
      if (performance.now() > deadline) throw new Error(`${left} messages cannot be drained`);
    }
  }

  async #endShift(shift: Shift, plan: Plan, work: readonly Promise<void>[] = []): Promise<void> {
    const { broker } = this.#options;
    const { how, stopsForMs } = plan;
    if (how !== 'kill' || stopsForMs !== undefined) this.#oracle.closing();
    if (how === 'cut') shift.cut();
    else if (how === 'stop') await broker.stop();
    else if (stopsForMs !== undefined) await broker.stopAndKill(stopsForMs);
    else await broker.kill();
    // Until all that the broker has said has been heard.
    await Promise.all([...work, shift.over()]);
    this.#oracle.end(how);
    this.#churn.end(how);
    this.#ended = how;
    if (how === 'kill') this.#kills += 1;
    if (how === 'cut') await shift.noticed();
  }

  #anyEnding(random: Random): Plan {
    const drawn = random.next();
    if (!this.#options.broker.canDie || drawn < CUT_SHARE) return { how: 'cut' };
    if (drawn < CUT_SHARE + STOP_SHARE) return { how: 'stop' };
    if (drawn > 1 - KILLED_STOP_SHARE) {
      return { how: 'kill', stopsForMs: Math.round(random.next() * KILLED_STOP_MS) };
    }
    return { how: 'kill' };
  }

  #random(purpose: string): Random {
    return new SeededRandom(hash(`${this.#options.seed} ${purpose}`));
  }

  #say(round: number, what: string, before: Counts): void {
    const { counts } = this.#oracle;
    const since = (key: keyof Counts): string => `${key} ${counts[key] - before[key]}`;
    const figures = [
      ...(['sent', 'confirmed', 'delivered', 'acked', 'letters'] as const).map(since),
      ...(['acksUndone', 'flagsLost', 'unseen', 'copies'] as const).map(since),
    ];
    const settings = this.#settings.length === 0 ? '' : ` with ${this.#settings.join(', ')}`;
    const up = this.#options.broker.canDie ? `up in ${this.#startMs} ms${settings}; ` : '';
    const done = `${figures.join(', ')}, changes ${this.#churn.changes}`;
    this.#options.say(`round ${round}: ${up}${what}; ${done}`);
  }
}

function textOf({ how, stopsForMs }: Plan): string {
  return stopsForMs === undefined ? how : `stop and, ${stopsForMs} ms later, kill`;
}

// Small files are soon full, and little memory makes queues go to disk.
function anySettings(random: Random): Settings {
  const drawn = random.next();
  if (drawn < 0.4) return [];
  if (drawn < 0.6) return ['wal.file_size = 4MiB'];
  if (drawn < 0.8) return ['wal.file_size = 1MiB'];
  return ['wal.file_size = 1MiB', 'message_memory.absolute = 8MiB'];
}

// The quorum queues of RabbitMQ give back in the order in which it came back.
function rulesFor({ canDie }: CrashBroker): readonly QueueRules[] {
  return [...queues, fleeting].map((rules) => {
    return canDie || rules.counts !== true ? rules : { ...rules, inOrder: 'first' };
  });
}

function drainer(queue: string): Habit {
  return { ...diligent, queue, prefetch: 200, batch: 20 };
}

async function declare(connection: ChannelModel): Promise<void> {
  const channel = await connection.createChannel();
  for (const { name, arguments: args } of queues) {
    await channel.assertQueue(name, { durable: true, arguments: args });
  }
  for (const { name, type, bindings } of exchanges) {
    await channel.assertExchange(name, type);
    for (const [queue, key] of bindings) await channel.bindQueue(queue, name, key);
  }
  await channel.close();
}

// FNV-1a: near seeds must not give near sequences.
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  return state ^ (state >>> 13);
}
