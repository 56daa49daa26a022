import type { JsonObject, JsonValue } from '../../kit/json.ts';
import type { FigureNames } from '../figures/figure-set.ts';
import type { Range } from './ranges.ts';
import { SAMPLE_SECONDS } from './retention.ts';
import type { Series } from './series.ts';

/** The last two passes of the sampler; a tick is `SAMPLE_SECONDS` of wall clock time. */
export interface Passes {
  readonly latest: number;
  readonly before: number;
}

/** Figures now, what they change by, and what they were at the times that a range asks for. */
export class Reading {
  readonly #set: FigureNames;
  readonly #now: number[];
  /** Per second. */
  readonly #rates: number[];
  readonly #range: Range | undefined;
  // Wall clock milliseconds, the newest first, and for each of them the figures.
  readonly #timestamps: readonly number[];
  readonly #samples: number[];

  constructor(set: FigureNames, range: Range | undefined, wall: number) {
    const width = set.names.length;
    this.#set = set;
    this.#now = new Array<number>(width).fill(0);
    this.#rates = new Array<number>(width).fill(0);
    this.#range = range;
    this.#timestamps = range === undefined ? [] : timestampsOf(range, wall);
    this.#samples = new Array<number>(width * this.#timestamps.length).fill(0);
  }

  /** Adds a subject: its figures now, and what is known of it. */
  add(now: Float64Array, series: Series | undefined, passes: Passes): void {
    for (let i = 0; i < now.length; i++) add(this.#now, i, now[i] ?? 0);
    if (series === undefined) return;
    const seconds = (passes.latest - passes.before) * SAMPLE_SECONDS;
    if (seconds > 0 && series.changedAt > passes.before) {
      for (let i = 0; i < now.length; i++) {
        add(this.#rates, i, series.change(passes.before, passes.latest, i) / seconds);
      }
    }
    if (this.#range === undefined) return;
    const { age } = this.#range;
    this.#timestamps.forEach((timestamp, row) => {
      const tick = Math.floor(timestamp / (SAMPLE_SECONDS * 1000));
      for (let i = 0; i < now.length; i++) {
        add(this.#samples, row * now.length + i, series.at(age, tick, i));
      }
    });
  }

  /** In the words of the API; undefined when nothing ever happened. */
  view(): JsonObject | undefined {
    const { names, detailNames, groups, always } = this.#set;
    const view: Record<string, JsonValue> = {};
    let isEmpty = true;
    for (const { from, to } of groups) {
      if (!always && !this.#happened(from, to)) continue;
      isEmpty = false;
      for (let i = from; i < to; i++) {
        view[names[i] ?? ''] = this.#now[i] ?? 0;
        view[detailNames[i] ?? ''] = this.#details(i);
      }
    }
    return isEmpty ? undefined : view;
  }

  /** Per second; 0 for a figure that is not among them. */
  rate(name: string): number {
    return this.#rates[this.#set.names.indexOf(name)] ?? 0;
  }

  #happened(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#now[i] !== 0) return true;
    return false;
  }

  #details(figure: number): JsonObject {
    const rate = this.#rates[figure] ?? 0;
    if (this.#range === undefined) return { rate };
    const width = this.#now.length;
    const samples = this.#timestamps.map((timestamp, row) => ({
      sample: this.#samples[row * width + figure] ?? 0,
      timestamp,
    }));
    const newest = samples[0];
    const oldest = samples.at(-1);
    if (newest === undefined || oldest === undefined || newest === oldest) return { rate, samples };
    const seconds = (newest.timestamp - oldest.timestamp) / 1000;
    return {
      rate,
      samples,
      avg_rate: (newest.sample - oldest.sample) / seconds,
      avg: samples.reduce((sum, { sample }) => sum + sample, 0) / samples.length,
    };
  }
}

function timestampsOf({ age, incr }: Range, wall: number): readonly number[] {
  const step = incr * 1000;
  const newest = wall - (wall % step);
  return Array.from({ length: Math.floor(age / incr) + 1 }, (_, i) => newest - i * step);
}

function add(array: number[], index: number, value: number): void {
  array[index] = (array[index] ?? 0) + value;
}
