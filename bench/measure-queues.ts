/** Measures what it costs to declare and delete durable queues. */
import { RawConnection, SMALL } from './generator/connection.ts';
import { declareQueue, deleteQueue } from './generator/topology.ts';
import { Histogram } from './kit/statistics.ts';
import { readUsage } from './process-usage.ts';
import {
  costBetween,
  percentileFacts,
  type Result,
  sleep,
  type Target,
  type Timing,
} from './result.ts';

/** `abreast` connections declare a durable queue and delete it, over and over; the unit is one of each. */
export async function measureQueueChurn(
  abreast: number,
  target: Target,
  timing: Timing,
): Promise<Result> {
  let pairs = 0;
  let stopped = false;
  let declaring = new Histogram();
  let deleting = new Histogram();
  const worker = async (id: number): Promise<void> => {
    const on = await RawConnection.open(target.address, SMALL);
    const name = `leveret-bench.churn-${id}`;
    while (!stopped) {
      await timed(declaring, () => declareQueue(on, name, true, {}));
      await timed(deleting, () => deleteQueue(on, name));
      pairs++;
    }
    await on.close();
  };
  const workers = Promise.all(Array.from({ length: abreast }, (_, id) => worker(id)));
  const measured = async (): Promise<Result> => {
    await sleep(timing.warmupSeconds);
    target.gc?.reset();
    declaring = new Histogram();
    deleting = new Histogram();
    const before = readUsage(target.pids);
    const pairsBefore = pairs;
    await sleep(timing.durationSeconds);
    const after = readUsage(target.pids);
    if (pairs === pairsBefore) throw new Error('no queue was declared and deleted');
    return {
      ...costBetween(before, after, pairs - pairsBefore, target),
      facts: { ...percentileFacts('declare', declaring), ...percentileFacts('delete', deleting) },
      trouble: 0,
    };
  };
  const failed = new Promise<never>((_, reject) => {
    workers.catch(reject);
  });
  const result = await Promise.race([measured(), failed]);
  stopped = true;
  await workers;
  return result;
}

async function timed(into: Histogram, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  into.add((performance.now() - start) * 1e3);
}
