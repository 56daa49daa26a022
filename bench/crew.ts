/** The generator threads of one run. */
import type { LoadPlan } from './generator/plan.ts';
import { SharedState } from './generator/shared-state.ts';
import { GeneratorThread, type ThreadTask } from './generator/thread-handle.ts';
import { sleep, type Target } from './result.ts';

const POLL_SECONDS = 0.005;
const STALL_SECONDS = 60;

/** Stops all of its threads when one fails. */
export class Crew {
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

export async function withCrew<T>(
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

/** Waits until a count is there; fails when it has not moved for long. */
export async function reached(wanted: number, count: () => Promise<number>): Promise<void> {
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
