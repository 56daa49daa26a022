import type { Broker } from '../../broker/broker.ts';
import type { Clock, Timer } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import {
  brokerLengths,
  brokerRates,
  brokerTraffic,
  churnFigures,
} from '../figures/broker-figures.ts';
import { channelRates } from '../figures/channel-figures.ts';
import { connectionTraffic } from '../figures/connection-figures.ts';
import { exchangeRates } from '../figures/exchange-figures.ts';
import type { FigureSet } from '../figures/figure-set.ts';
import { FigureCatalogue } from '../figures/figures-of.ts';
import { queueLengths, queueRates } from '../figures/queue-figures.ts';
import { vhostLengths, vhostRates, vhostTraffic } from '../figures/vhost-figures.ts';
import type { NodeFacts } from '../node-facts.ts';
import { ByteBudget } from './byte-budget.ts';
import type { FigureKind, History } from './history.ts';
import type { Range, Ranges } from './ranges.ts';
import { Reading } from './reading.ts';
import { type Retention, retention, SAMPLE_SECONDS } from './retention.ts';
import { Series } from './series.ts';

export interface HistoryOptions {
  readonly broker: Broker;
  readonly node: NodeFacts;
  /** Whose wall clock is what samples are dated by. */
  readonly clock: Clock;
  /** Bytes that samples may take. */
  readonly budgetBytes?: number;
}

const DEFAULT_BUDGET_BYTES = 64 * 1024 * 1024;
const TICK_MS = SAMPLE_SECONDS * 1000;
// Subjects looked at in one turn of the event loop: about a millisecond.
const SUBJECTS_A_TURN = 1000;
// A wall clock that was set back by more makes what was before worthless.
const TICKS_BACK_MAX = 12;
// What has not changed for so many ticks may lose its samples to what does.
const TICKS_IDLE = 12;

type Samples = Map<object, Series>;

/** Looks at all figures every 5 seconds, aligned to the wall clock, and keeps what they were. */
export class NodeHistory implements History {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #catalogue: FigureCatalogue;
  readonly #budget: ByteBudget;
  readonly #kept: Readonly<Record<FigureKind, Samples>> = {
    lengths: new Map(),
    msgRates: new Map(),
    dataRates: new Map(),
    nodeStats: new Map(),
    churn: new Map(),
  };
  #timer: Timer | undefined = undefined;
  // Of the last two passes that are complete, and of the one that runs; -1 while there was none.
  #before = -1;
  #tick = -1;
  #current = -1;
  #pass = 0;

  constructor({ broker, node, clock, budgetBytes = DEFAULT_BUDGET_BYTES }: HistoryOptions) {
    this.#broker = broker;
    this.#clock = clock;
    this.#catalogue = new FigureCatalogue(node);
    this.#budget = new ByteBudget(budgetBytes);
  }

  /** Bytes that samples take. */
  get usedBytes(): number {
    return this.#budget.used;
  }

  /** Takes the first samples now, and goes on until it is closed. */
  start(): void {
    this.#begin();
  }

  /** Forgets all that was. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#forget();
  }

  view(subject: object, kind: FigureKind, ranges: Ranges): JsonObject | undefined {
    return this.sum([subject], kind, ranges);
  }

  sum(subjects: readonly object[], kind: FigureKind, ranges: Ranges): JsonObject | undefined {
    return this.#read(subjects, kind, rangeFor(kind, ranges))?.view();
  }

  rate(subject: object, figure: string): number {
    for (const kind of kinds) {
      const rate = this.#read([subject], kind, undefined)?.rate(figure);
      if (rate !== undefined && rate !== 0) return rate;
    }
    return 0;
  }

  #read(
    subjects: readonly object[],
    kind: FigureKind,
    range: Range | undefined,
  ): Reading | undefined {
    let reading: Reading | undefined;
    const passes = { latest: this.#tick, before: this.#before };
    for (const subject of subjects) {
      const figures = this.#catalogue.of(subject, kind);
      if (figures === undefined) continue;
      reading ??= new Reading(figures.set, range, this.#clock.wall());
      reading.add(figures.now, this.#kept[kind].get(subject), passes);
    }
    return reading;
  }

  #begin(): void {
    const tick = Math.floor(this.#clock.wall() / TICK_MS);
    if (tick < this.#tick - TICKS_BACK_MAX) this.#forget();
    if (tick <= this.#tick) {
      this.#schedule();
      return;
    }
    this.#current = tick;
    this.#pass += 1;
    this.#goOn(this.#all());
  }

  #goOn(subjects: Generator<undefined, void>): void {
    for (let i = 0; i < SUBJECTS_A_TURN; i++) {
      if (subjects.next().done !== true) continue;
      this.#finish();
      return;
    }
    this.#timer = this.#clock.after(0, () => this.#goOn(subjects));
  }

  #finish(): void {
    for (const kind of kinds) {
      const samples = this.#kept[kind];
      for (const [subject, series] of samples) {
        if (series.pass === this.#pass) continue;
        series.drop();
        samples.delete(subject);
      }
    }
    this.#before = this.#tick;
    this.#tick = this.#current;
    if (this.#budget.wasShort) this.#makeRoom();
    this.#schedule();
  }

  #schedule(): void {
    const untilNext = TICK_MS - (this.#clock.wall() % TICK_MS);
    this.#timer = this.#clock.after(untilNext, () => this.#begin());
  }

  // Stops after each subject, so that others get their turn.
  *#all(): Generator<undefined, void> {
    const broker = this.#broker;
    const { global, basic } = retention;
    this.#sample('lengths', brokerLengths, broker, global);
    this.#sample('msgRates', brokerRates, broker, global);
    this.#sample('dataRates', brokerTraffic, broker, global);
    this.#sample('churn', churnFigures, broker, global);
    this.#sample('nodeStats', this.#catalogue.node, broker, global);
    for (const connection of broker.connections) {
      this.#sample('dataRates', connectionTraffic, connection, basic);
      for (const channel of connection.channelViews()) {
        this.#sample('msgRates', channelRates, channel, basic);
        yield;
      }
      yield;
    }
    for (const vhost of broker.vhosts.values()) {
      this.#sample('lengths', vhostLengths, vhost, global);
      this.#sample('msgRates', vhostRates, vhost, global);
      this.#sample('dataRates', vhostTraffic, vhost, global);
      this.#sample('msgRates', exchangeRates, vhost.ledger.defaultExchange, basic);
      for (const exchange of vhost.exchanges.values()) {
        this.#sample('msgRates', exchangeRates, exchange, basic);
        yield;
      }
      for (const queue of vhost.queues.values()) {
        this.#sample('lengths', queueLengths, queue, basic);
        this.#sample('msgRates', queueRates, queue, basic);
        yield;
      }
    }
  }

  #sample<Subject extends object>(
    kind: FigureKind,
    set: FigureSet<Subject>,
    subject: Subject,
    policy: readonly Retention[],
  ): void {
    const figures = set.read(subject);
    const samples = this.#kept[kind];
    let series = samples.get(subject);
    if (series === undefined) {
      if (figures.every((figure) => figure === 0)) return;
      series = new Series(figures.length, policy, this.#budget);
      samples.set(subject, series);
      // What is there when the node starts has not come in the last 5 seconds.
      if (this.#tick < 0) series.beginWith(this.#current, figures);
    }
    series.pass = this.#pass;
    series.note(this.#tick, this.#current, figures);
  }

  // What has been idle for the longest time loses its samples first, but for the last one.
  #makeRoom(): void {
    this.#budget.wasShort = false;
    const idle = kinds
      .flatMap((kind) => [...this.#kept[kind].values()])
      .filter((series) => series.changedAt < this.#tick - TICKS_IDLE && series.spareBytes > 0)
      .sort((a, b) => a.changedAt - b.changedAt);
    const goal = this.#budget.limit * 0.875;
    for (const series of idle) {
      if (this.#budget.used <= goal) return;
      series.shrink();
    }
  }

  #forget(): void {
    for (const kind of kinds) {
      for (const series of this.#kept[kind].values()) series.drop();
      this.#kept[kind].clear();
    }
    this.#tick = -1;
    this.#before = -1;
  }
}

const kinds = ['lengths', 'msgRates', 'dataRates', 'nodeStats', 'churn'] as const;

function rangeFor(kind: FigureKind, ranges: Ranges): Range | undefined {
  // As RabbitMQ: the churn of the overview goes with its message rates.
  return kind === 'churn' ? ranges.msgRates : ranges[kind];
}
