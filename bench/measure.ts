/** Runs one scenario against one broker. */
import { BULK, RawConnection } from './generator/connection.ts';
import { declareTopology, deleteTopology } from './generator/topology.ts';
import { measureChurn, measureIdle } from './measure-connections.ts';
import { measureBacklog, measurePingPong, measureSteady } from './measure-load.ts';
import type { Result, Target, Timing } from './result.ts';
import type { Work } from './scenarios.ts';

export async function measure(
  work: Work,
  target: Target,
  timing: Timing,
  scale: number,
): Promise<Result[]> {
  if (work.kind === 'churn') return [await measureChurn(work.connections, target, timing)];
  if (work.kind === 'idle') {
    return [await measureIdle(Math.ceil(work.connections / scale), target, timing)];
  }
  const control = await RawConnection.open(target.address, BULK);
  try {
    await deleteTopology(control, work.plan);
    await declareTopology(control, work.plan);
    if (work.kind === 'steady') return [await measureSteady(work.plan, target, timing)];
    if (work.kind === 'ping-pong') return [await measurePingPong(work.plan, target, timing)];
    const messages = Math.ceil(work.messages / scale);
    return await measureBacklog(work.plan, messages, control, target);
  } finally {
    await deleteTopology(control, work.plan).catch(() => {});
    await control.close().catch(() => {});
  }
}
