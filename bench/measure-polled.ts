/** Measures a load while a management API is asked about it. */
import type { LoadPlan } from './generator/plan.ts';
import { measureSteady } from './measure-load.ts';
import { Polling } from './polling.ts';
import type { Result, Target, Timing } from './result.ts';

/** A target without the API is measured as it is: that is what the other is compared with. */
export async function measurePolled(
  plan: LoadPlan,
  target: Target,
  timing: Timing,
): Promise<Result> {
  if (target.managementPort === undefined) return measureSteady(plan, target, timing);
  const polling = new Polling(target.managementPort);
  await polling.warmUp();
  polling.start();
  let times: readonly number[] = [];
  let result: Result;
  try {
    result = await measureSteady(plan, target, timing);
  } finally {
    times = await polling.stop();
  }
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  return {
    ...result,
    facts: { 'pages seen': times.length, 'page p50 ms': at(0.5), 'page p99 ms': at(0.99) },
  };
}
