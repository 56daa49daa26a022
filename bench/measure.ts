/** Runs one scenario against one broker. */
import { withControl } from './control.ts';
import { probeSync } from './disk.ts';
import type { LoadPlan } from './generator/plan.ts';
import { declareTopology, deleteTopology } from './generator/topology.ts';
import { Histogram } from './kit/statistics.ts';
import {
  measureBacklog,
  measureManyQueues,
  measureRestarts,
  measureStragglers,
} from './measure-backlog.ts';
import { measureChurn, measureIdle } from './measure-connections.ts';
import { measurePingPong, measureSteady } from './measure-load.ts';
import { measurePolled } from './measure-polled.ts';
import { measureQueueChurn } from './measure-queues.ts';
import { percentileFacts, type Result, type Target, type Timing } from './result.ts';
import type { Work } from './scenarios.ts';

const PROBE_SECONDS = 1;

export interface Conditions extends Timing {
  /** Divides the counts of scenarios that have a fixed number. */
  readonly scale: number;
  /** Where brokers keep their data, so that the disk there can be asked what a durable write takes. */
  readonly folder: string;
}

export async function measure(
  work: Work,
  target: Target,
  conditions: Conditions,
): Promise<Result[]> {
  const { scale } = conditions;
  if (work.kind === 'churn') return [await measureChurn(work.connections, target, conditions)];
  if (work.kind === 'queue-churn') {
    return [await measureQueueChurn(work.connections, target, conditions)];
  }
  if (work.kind === 'idle') {
    return [await measureIdle(Math.ceil(work.connections / scale), target, conditions)];
  }
  if (work.kind === 'many-queues') {
    const plan = { ...work.plan, queues: Math.ceil(work.plan.queues / scale) };
    await withControl(target, (control) => deleteTopology(control, plan));
    return measureManyQueues(plan, work.perQueue, target);
  }
  const { plan } = work;
  return withTopology(plan, target, async () => {
    if (work.kind === 'steady') return [await steady(plan, target, conditions)];
    if (work.kind === 'polled') return [await measurePolled(plan, target, conditions)];
    if (work.kind === 'ping-pong') return [await measurePingPong(plan, target, conditions)];
    const messages = Math.ceil(work.messages / scale);
    if (work.kind === 'restarts') return measureRestarts(plan, messages, target);
    if (work.kind === 'stragglers') return measureStragglers(plan, messages, target);
    return measureBacklog(plan, messages, target);
  });
}

/** Where latencies of durable messages are measured, the disk is asked before and after what they can be at best. */
async function steady(plan: LoadPlan, target: Target, conditions: Conditions): Promise<Result> {
  if (!(plan.latency && plan.durable)) return measureSteady(plan, target, conditions);
  const probe = new Histogram();
  probeSync(conditions.folder, PROBE_SECONDS, probe);
  const result = await measureSteady(plan, target, conditions);
  probeSync(conditions.folder, PROBE_SECONDS, probe);
  const share = (result.confirmLatencyUs?.p99 ?? Number.NaN) / probe.quantile(0.99);
  return {
    ...result,
    facts: {
      ...result.facts,
      ...percentileFacts('fdatasync', probe),
      'confirm p99 / fdatasync p99 ×': share,
    },
  };
}

async function withTopology<T>(plan: LoadPlan, target: Target, work: () => Promise<T>): Promise<T> {
  await withControl(target, async (control) => {
    await deleteTopology(control, plan);
    await declareTopology(control, plan);
  });
  try {
    return await work();
  } finally {
    await withControl(target, (control) => deleteTopology(control, plan)).catch(() => {});
  }
}
