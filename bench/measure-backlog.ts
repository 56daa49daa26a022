/** Measures brokers that hold what nobody consumes: filling, restarts, draining. */
import { withControl } from './control.ts';
import { reached, withCrew } from './crew.ts';
import { diskBytesOf, settledDiskBytesOf } from './disk.ts';
import type { RawConnection } from './generator/connection.ts';
import type { LoadPlan } from './generator/plan.ts';
import { phase } from './generator/shared-state.ts';
import { declareTopology, deleteTopology, readyMessages } from './generator/topology.ts';
import { peakRssBytes, readUsage, resetPeakRss } from './process-usage.ts';
import {
  costBetween,
  type Facts,
  type Host,
  percentileFacts,
  type Result,
  sleep,
  type Target,
} from './result.ts';

/** Time for the last garbage collections and their report to arrive. */
const SETTLE_SECONDS = 1;
const DISK_QUIET_SECONDS = 3;
const DISK_PATIENCE_SECONDS = 30;
/** Of what waits, this share is published anew before a broker is killed, so that it has a log to replay. */
const STIR_SHARE = 0.1;
const SPARE_EVERY = 1000;
const MB = 1e6;
const MIB = 2 ** 20;

/** Publishes so many messages, then consumes them: two results. */
export async function measureBacklog(
  plan: LoadPlan,
  messages: number,
  target: Target,
): Promise<Result[]> {
  return [await measureFill(plan, messages, target), await measureDrain(plan, messages, target)];
}

/** The same with a clean stop and a kill -9 between; without those where the bench did not start the broker. */
export async function measureRestarts(
  plan: LoadPlan,
  messages: number,
  target: Target,
): Promise<Result[]> {
  const { host } = target;
  if (host === undefined) return measureBacklog(plan, messages, target);
  const fill = await measureFill(plan, messages, target);
  const stopSeconds = await host.stop();
  const clean = await measureStart(plan, messages, target, host);
  const stir = Math.ceil(messages * STIR_SHARE);
  await publish(plan, stir, target);
  await host.kill();
  const crash = await measureStart(plan, messages + stir, target, host);
  return [
    fill,
    { ...clean, part: 'clean-start', facts: { 'stop s': stopSeconds, ...clean.facts } },
    { ...crash, part: 'crash-start' },
    await measureDrain(plan, messages + stir, target),
  ];
}

/** All but every thousandth message are acknowledged; what is left comes back and is consumed by itself. */
export async function measureStragglers(
  plan: LoadPlan,
  messages: number,
  target: Target,
): Promise<Result[]> {
  const fill = await measureFill(plan, messages, target);
  const spared = Math.floor(messages / SPARE_EVERY);
  const thinning = {
    ...plan,
    ackEvery: 1,
    spareEvery: SPARE_EVERY,
    prefetch: spared + SPARE_EVERY,
  };
  const thinned = await measureDrain(thinning, messages, target);
  const left = await countReady(plan, target);
  const missing = Math.abs(left - spared);
  const rest = await measureDrain(plan, left, target);
  return [
    fill,
    { ...thinned, part: 'thin', trouble: thinned.trouble + missing },
    { ...rest, part: 'rest' },
  ];
}

/** Many queues with few messages each: declared, filled, carried over a restart, drained, deleted. */
export async function measureManyQueues(
  plan: LoadPlan,
  perQueue: number,
  target: Target,
): Promise<Result[]> {
  const messages = plan.queues * perQueue;
  const declared = await measureControl(plan.queues, target, (on) => declareTopology(on, plan));
  const results: Result[] = [{ ...declared, part: 'declare' }];
  results.push(await measureFill(plan, messages, target));
  const { host } = target;
  if (host !== undefined) {
    const stopSeconds = await host.stop();
    const start = await measureStart(plan, messages, target, host);
    const facts = { 'stop s': stopSeconds, ...start.facts };
    results.push({ ...start, part: 'clean-start', facts });
  }
  results.push(await measureDrain(plan, messages, target));
  const deleted = await measureControl(plan.queues, target, (on) => deleteTopology(on, plan));
  results.push({ ...deleted, part: 'delete' });
  return results;
}

async function measureControl(
  units: number,
  target: Target,
  work: (on: RawConnection) => Promise<void>,
): Promise<Result> {
  return withControl(target, async (on) => {
    const before = readUsage(target.pids);
    await work(on);
    const after = readUsage(target.pids);
    return { ...costBetween(before, after, units, target), trouble: 0 };
  });
}

async function measureFill(plan: LoadPlan, messages: number, target: Target): Promise<Result> {
  resetPeaks(target);
  const before = readUsage(target.pids);
  const { after, trouble, latency } = await publish(plan, messages, target);
  await sleep(SETTLE_SECONDS);
  const rss = readUsage(target.pids).brokerRssBytes;
  const lost = messages - (await countReady(plan, target));
  const cost = costBetween(before, after, messages, target);
  return {
    part: 'fill',
    ...cost,
    published: messages,
    rssEndBytes: rss,
    rssBytesPerUnit: (rss - before.brokerRssBytes) / messages,
    facts: {
      'MB/s': (messages * plan.size) / cost.seconds / MB,
      ...peaks(target),
      ...(target.host === undefined ? {} : { 'disk MiB': diskBytesOf(target.host.dataDir) / MIB }),
      ...percentileFacts('confirm', latency),
    },
    trouble: trouble + Math.abs(lost),
  };
}

/** Publishes until all is confirmed or, where confirms are off, waiting in its queues. */
function publish(plan: LoadPlan, messages: number, target: Target) {
  // Nothing is received, so the limit on the backlog would stop the publishers.
  return withCrew(target, { ...plan, maxBacklog: messages }, async (crew) => {
    const publisher = await crew.add('publish', messages);
    publisher.start();
    const { latency } = await publisher.done();
    if (plan.confirmWindow === 0) await reached(messages, () => countReady(plan, target));
    return {
      after: readUsage(target.pids),
      latency,
      trouble: crew.shared.read('nacked') + crew.shared.read('returned'),
    };
  });
}

/** Starts a broker that has ended; its CPU time since then, for each message that it holds. */
async function measureStart(
  plan: LoadPlan,
  messages: number,
  target: Target,
  host: Host,
): Promise<Result> {
  const before = readUsage([]);
  const startSeconds = await host.start();
  const after = readUsage(target.pids);
  const lost = messages - (await countReady(plan, target));
  return {
    ...costBetween(before, after, messages, target),
    facts: { 'start s': startSeconds, ...peaks(target) },
    trouble: Math.abs(lost),
  };
}

function measureDrain(plan: LoadPlan, messages: number, target: Target): Promise<Result> {
  return withCrew(target, plan, async (crew) => {
    const consumer = await crew.add('consume');
    resetPeaks(target);
    const before = readUsage(target.pids);
    consumer.start();
    await crew.guard(reached(messages, async () => crew.shared.read('received')));
    const after = readUsage(target.pids);
    crew.shared.enter(phase.stopAll);
    await consumer.done();
    await sleep(SETTLE_SECONDS);
    const cost = costBetween(before, after, messages, target);
    return {
      part: 'drain',
      ...cost,
      facts: {
        'MB/s': (messages * plan.size) / cost.seconds / MB,
        ...peaks(target),
        ...(await diskAfter(target.host)),
      },
      trouble: 0,
    };
  });
}

async function diskAfter(host: Host | undefined): Promise<Facts> {
  if (host === undefined) return {};
  const settled = await settledDiskBytesOf(host.dataDir, DISK_QUIET_SECONDS, DISK_PATIENCE_SECONDS);
  return { 'disk after MiB': settled.bytes / MIB, 'disk shrank for s': settled.seconds };
}

function resetPeaks(target: Target): void {
  target.gc?.reset();
  resetPeakRss(target.pids);
  target.host?.cage?.resetPeak();
}

function peaks(target: Target): Facts {
  const cage = target.host?.cage;
  return {
    'RSS peak MiB': peakRssBytes(target.pids) / MIB,
    ...(cage === undefined ? {} : { 'with page cache MiB': cage.peakBytes / MIB }),
  };
}

function countReady(plan: LoadPlan, target: Target): Promise<number> {
  return withControl(target, (on) => readyMessages(on, plan));
}
