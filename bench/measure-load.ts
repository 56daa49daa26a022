/** Measures scenarios in which messages move. */
import type { RawConnection } from './generator/connection.ts';
import { deliveriesPerMessage, type LoadPlan } from './generator/plan.ts';
import { phase, SharedState } from './generator/shared-state.ts';
import { GeneratorThread, type ThreadTask } from './generator/thread-handle.ts';
import { readyMessages } from './generator/topology.ts';
import type { Histogram } from './kit/statistics.ts';
import { readUsage } from './process-usage.ts';
import { costBetween, type Result, sleep, type Target, type Timing } from './result.ts';

const POLL_SECONDS = 0.005;
const STALL_SECONDS = 20;
/** Time for the last garbage collections and their report to arrive. */
const SETTLE_SECONDS = 1;

/** The threads of one run; stops them all when one fails. */
class Crew {
  readonly shared = new SharedState();
  readonly #threads: GeneratorThread[] = [];
  readonly #target: Target;
  readonly #plan: LoadPlan;

  constructor(target: Target, plan: LoadPlan) {
    this.#target = target;
    this.#plan = plan;
  }

  /** A thread whose connections are open, but that does nothing yet. */
  async add(role: ThreadTask['role'], limit = Number.POSITIVE_INFINITY): Promise<GeneratorThread> {
    const thread = new GeneratorThread({
      role,
      address: this.#target.address,
      plan: this.#plan,
      memory: this.shared.memory,
      limit,
    });
    this.#threads.push(thread);
    await thread.ready();
    return thread;
  }

  /** The same promise, unless a thread fails first. */
  guard<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, ...this.#threads.map((thread) => thread.failed)]);
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

async function withCrew<T>(
  target: Target,
  plan: LoadPlan,
  work: (crew: Crew) => Promise<T>,
): Promise<T> {
  const crew = new Crew(target, plan);
  try {
    return await work(crew);
  } finally {
    await crew.dismiss();
  }
}

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
    const confirmLatency = await publisher.done();
    crew.shared.enter(phase.stopAll);
    const latency = await consumer.done();
    return {
      ...window,
      backlogEnd,
      ...latencies(latency, confirmLatency),
      ...(plan.rate > 0 ? { lagMaxUs: crew.shared.read('lagMaxUs') } : {}),
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
    return { ...window, ...latencies(await thread.done(), undefined), trouble: 0 };
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

/** Publishes a number of messages to a queue without consumers, then consumes them: two results. */
export async function measureBacklog(
  plan: LoadPlan,
  messages: number,
  control: RawConnection,
  target: Target,
): Promise<Result[]> {
  const fill = await measureFill(plan, messages, control, target);
  return [fill, await measureDrain(plan, messages, target)];
}

function measureFill(
  plan: LoadPlan,
  messages: number,
  control: RawConnection,
  target: Target,
): Promise<Result> {
  // Nothing is received, so the limit on the backlog would stop the publishers.
  return withCrew(target, { ...plan, maxBacklog: messages }, async (crew) => {
    const publisher = await crew.add('publish', messages);
    target.gc?.reset();
    const before = readUsage(target.pids);
    publisher.start();
    await publisher.done();
    await reached(messages, () => readyMessages(control, plan));
    const filled = readUsage(target.pids);
    await sleep(SETTLE_SECONDS);
    const rss = readUsage(target.pids).brokerRssBytes;
    const cost = costBetween(before, filled, messages, target);
    return {
      part: 'fill',
      ...cost,
      published: messages,
      rssEndBytes: rss,
      rssBytesPerUnit: (rss - before.brokerRssBytes) / messages,
      trouble: crew.shared.read('nacked') + crew.shared.read('returned'),
    };
  });
}

function measureDrain(plan: LoadPlan, messages: number, target: Target): Promise<Result> {
  return withCrew(target, plan, async (crew) => {
    const consumer = await crew.add('consume');
    target.gc?.reset();
    const before = readUsage(target.pids);
    consumer.start();
    await crew.guard(reached(messages, async () => crew.shared.read('received')));
    const after = readUsage(target.pids);
    crew.shared.enter(phase.stopAll);
    await consumer.done();
    await sleep(SETTLE_SECONDS);
    return { part: 'drain', ...costBetween(before, after, messages, target), trouble: 0 };
  });
}

/** Waits until a count is there; fails when it has not moved for long. */
async function reached(wanted: number, count: () => Promise<number>): Promise<void> {
  let last = -1;
  let movedAt = performance.now();
  for (;;) {
    const now = await count();
    if (now >= wanted) return;
    if (now !== last) movedAt = performance.now();
    last = now;
    if (performance.now() - movedAt > STALL_SECONDS * 1e3) {
      throw new Error(`nothing moved for ${STALL_SECONDS} s: ${now} of ${wanted} messages`);
    }
    await sleep(POLL_SECONDS);
  }
}

function latencies(delivery: Histogram, confirm: Histogram | undefined) {
  const deliveryLatencyUs = delivery.percentiles();
  const confirmLatencyUs = confirm?.percentiles();
  return {
    ...(deliveryLatencyUs === undefined ? {} : { deliveryLatencyUs }),
    ...(confirmLatencyUs === undefined ? {} : { confirmLatencyUs }),
  };
}
