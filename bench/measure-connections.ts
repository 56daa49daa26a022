/** Measures what connections cost that carry no messages. */
import { RawConnection, SMALL } from './generator/connection.ts';
import { readUsage } from './process-usage.ts';
import { costBetween, type Result, sleep, type Target, type Timing } from './result.ts';

/** Opens connections with a channel each, one by one, and holds them for the measured time. */
export async function measureIdle(count: number, target: Target, timing: Timing): Promise<Result> {
  // The first connection pays for what is loaded once.
  const first = await RawConnection.open(target.address, SMALL);
  await sleep(timing.warmupSeconds);
  target.gc?.reset();
  const before = readUsage(target.pids);
  const held: RawConnection[] = [];
  try {
    while (held.length < count) held.push(await RawConnection.open(target.address, SMALL));
    await sleep(timing.durationSeconds);
    const after = readUsage(target.pids);
    const grown = after.brokerRssBytes - before.brokerRssBytes;
    const cost = costBetween(before, after, count, target);
    return { ...cost, rssBytesPerUnit: grown / count, trouble: 0 };
  } finally {
    for (const connection of held) await connection.close();
    await first.close();
  }
}

/** Opens connections with a channel and closes them in order, `abreast` at a time. */
export async function measureChurn(
  abreast: number,
  target: Target,
  timing: Timing,
): Promise<Result> {
  let closed = 0;
  let failed = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      try {
        const connection = await RawConnection.open(target.address, SMALL);
        await connection.close();
        closed++;
      } catch {
        failed++;
        await sleep(0.01);
      }
    }
  };
  const workers = Array.from({ length: abreast }, worker);
  await sleep(timing.warmupSeconds);
  target.gc?.reset();
  const before = readUsage(target.pids);
  const closedBefore = closed;
  await sleep(timing.durationSeconds);
  const after = readUsage(target.pids);
  const units = closed - closedBefore;
  stopped = true;
  await Promise.all(workers);
  if (units === 0) throw new Error('no connection was opened and closed');
  return { ...costBetween(before, after, units, target), trouble: failed };
}
