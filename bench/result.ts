/** The figures of one run, and how they come out of two readings of the kernel's counters. */
import { cpus } from 'node:os';
import type { GcTrace } from './gc-trace.ts';
import type { Address } from './generator/address.ts';
import type { Histogram, Percentiles } from './kit/statistics.ts';
import type { MemoryCage } from './memory-cage.ts';
import type { Usage } from './process-usage.ts';

export interface Target {
  readonly name: string;
  readonly address: Address;
  /** Of its management API on this machine, where it is to be asked. */
  readonly managementPort?: number | undefined;
  readonly pids: readonly number[];
  /** Only for a broker that runs on V8 with --trace-gc. */
  readonly gc: GcTrace | undefined;
  /** Only for a broker that the bench has started. */
  readonly host: Host | undefined;
}

/** Who can end a broker and start it again on the same data. Times are seconds. */
export interface Host {
  readonly dataDir: string;
  readonly cage: MemoryCage | undefined;
  /** @returns how long it took until a login was accepted */
  start(): Promise<number>;
  /** SIGTERM. @returns how long it took to end */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface Timing {
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
}

export interface Cost {
  readonly seconds: number;
  /** What the broker's CPU time is divided by: deliveries, messages published or connections. */
  readonly units: number;
  readonly brokerUsPerUnit: number;
  readonly brokerCores: number;
  readonly rssStartBytes: number;
  readonly rssEndBytes: number;
  readonly generatorUsPerUnit: number;
  /** Share of the machine that neither the broker nor the bench used, in %. */
  readonly othersPercent: number;
  readonly gcPauseMaxMs?: number;
}

export type Facts = Readonly<Record<string, number>>;

export interface Result extends Cost {
  /** Put behind the scenario's label where it has several results. */
  readonly part?: string;
  /** Messages published in that time. */
  readonly published?: number;
  /** Published, not delivered at the end. */
  readonly backlogEnd?: number;
  /** Growth of RSS for each waiting message or idle connection. */
  readonly rssBytesPerUnit?: number;
  readonly deliveryLatencyUs?: Percentiles;
  readonly confirmLatencyUs?: Percentiles;
  /** What only some scenarios tell; each name ends in its unit. */
  readonly facts?: Facts;
  /** Nacked, returned, lost or doubled messages, failed connections: none is normal. */
  readonly trouble: number;
}

export function costBetween(before: Usage, after: Usage, units: number, target: Target): Cost {
  const seconds = (after.atMs - before.atMs) / 1e3;
  const broker = after.brokerCpuSeconds - before.brokerCpuSeconds;
  const own = after.ownCpuSeconds - before.ownCpuSeconds;
  const machine = after.machineCpuSeconds - before.machineCpuSeconds;
  const others = Math.max(0, machine - broker - own);
  return {
    seconds,
    units,
    brokerUsPerUnit: (broker * 1e6) / units,
    brokerCores: broker / seconds,
    rssStartBytes: before.brokerRssBytes,
    rssEndBytes: after.brokerRssBytes,
    generatorUsPerUnit: (own * 1e6) / units,
    othersPercent: (others / seconds / cpus().length) * 100,
    ...(target.gc === undefined ? {} : { gcPauseMaxMs: target.gc.longestMs }),
  };
}

/** Of a histogram of µs. */
export function percentileFacts(name: string, histogram: Histogram): Facts {
  const all = histogram.percentiles();
  if (all === undefined) return {};
  return { [`${name} p50 µs`]: all.p50, [`${name} p99 µs`]: all.p99, [`${name} max µs`]: all.max };
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1e3));
}
