/** Measures loads in which messages move while they are measured. */
import { withCrew } from './crew.ts';
import { deliveriesPerMessage, type LoadPlan } from './generator/plan.ts';
import { phase, type SharedState } from './generator/shared-state.ts';
import type { Histogram } from './kit/statistics.ts';
import { readUsage } from './process-usage.ts';
import {
  costBetween,
  percentileFacts,
  type Result,
  sleep,
  type Target,
  type Timing,
} from './result.ts';

/** Publishers and consumers at once: a warm-up, then the measured time. */
export function measureSteady(plan: LoadPlan, target: Target, timing: Timing): Promise<Result> {
  return withCrew(target, plan, async (crew) => {
    const consumer = await crew.add('consume');
    const publisher = await crew.add('publish');
    consumer.start();
    await consumer.subscribed();
    publisher.start();
    const window = await crew.guard(measureWindow(crew.shared, target, timing));
    const fan = deliveriesPerMessage(plan);
    const backlogEnd = crew.shared.read('sent') * fan - crew.shared.read('received');
    crew.shared.enter(phase.stopPublishing);
    const published = await publisher.done();
    crew.shared.enter(phase.stopAll);
    const { latency } = await consumer.done();
    return {
      ...window,
      backlogEnd,
      ...latencies(latency, published.latency),
      ...(plan.rate > 0 ? { facts: percentileFacts('late', published.lateness) } : {}),
      trouble: crew.shared.read('nacked') + crew.shared.read('returned'),
    };
  });
}

export function measurePingPong(plan: LoadPlan, target: Target, timing: Timing): Promise<Result> {
  return withCrew(target, plan, async (crew) => {
    const thread = await crew.add('ping-pong');
    thread.start();
    const window = await crew.guard(measureWindow(crew.shared, target, timing));
    crew.shared.enter(phase.stopPublishing);
    const { latency } = await thread.done();
    return { ...window, ...latencies(latency, undefined), trouble: 0 };
  });
}

async function measureWindow(shared: SharedState, target: Target, timing: Timing) {
  await sleep(timing.warmupSeconds);
  target.gc?.reset();
  const before = readUsage(target.pids);
  const sent = shared.read('sent');
  const received = shared.read('received');
  shared.enter(phase.measuring);
  await sleep(timing.durationSeconds);
  const after = readUsage(target.pids);
  const units = shared.read('received') - received;
  const published = shared.read('sent') - sent;
  if (units <= 0) throw new Error('nothing was delivered in the measured time');
  return { ...costBetween(before, after, units, target), published };
}

function latencies(delivery: Histogram, confirm: Histogram | undefined) {
  const deliveryLatencyUs = delivery.percentiles();
  const confirmLatencyUs = confirm?.percentiles();
  return {
    ...(deliveryLatencyUs === undefined ? {} : { deliveryLatencyUs }),
    ...(confirmLatencyUs === undefined ? {} : { confirmLatencyUs }),
  };
}
