import type { Random } from '../../src/kit/random.ts';
import type { Habit } from './consuming.ts';

const PRESENT_SHARE = 0.85;
/** The backlog is left alone in between. */
const BACKLOG_EVERY = 4;
const PREFETCHES = [1, 10, 50, 300];

/** Of a consumer that does as it is told. */
export const diligent = {
  requeue: 0,
  reject: 0,
  hold: 0,
  delayMs: 0,
  noAck: false,
  gets: false,
} as const;

/** Who consumes what in one round. */
export function habitsOf(random: Random, round: number): readonly Habit[] {
  const some = (from: number, to: number): number =>
    from + Math.floor(random.next() * (to - from + 1));
  const prefetch = (): number => PREFETCHES[some(0, PREFETCHES.length - 1)] ?? 1;
  const often = (queue: string, so: Partial<Habit> = {}): Habit => {
    const habit = { ...diligent, prefetch: prefetch(), batch: some(1, 40), ...so, queue };
    // A larger batch than is sent ahead would never be full.
    return { ...habit, batch: Math.min(habit.batch, Math.ceil(habit.prefetch / 2)) };
  };
  const habits = [
    often('plain', { requeue: 0.02 }),
    often('plain', { batch: 1, hold: 0.01, prefetch: 300 }),
    often('fan.1'),
    often('fan.2', { batch: 1, prefetch: 20, delayMs: 5, hold: 0.02 }),
    often('fan.3', { batch: 1, prefetch: 1, gets: true, requeue: 0.1, hold: 0.05 }),
    often('topic.1'),
    often('topic.2', { batch: 1, requeue: 0.1 }),
    often('quick', { noAck: true }),
    often('silent', { hold: 1 }),
    often('priority'),
    often('priority', { requeue: 0.05 }),
    often('reject', { batch: 1, reject: 0.4 }),
    often('reject.dead'),
    often('ttl.dead'),
    often('short.dead'),
    often('full', { delayMs: 3 }),
    often('quorum', { batch: 1, prefetch: 300, requeue: 0.4, reject: 0.05, hold: 0.05 }),
    often('quorum.dead'),
    often('expiring', { hold: 0.02 }),
    often('chain.3'),
    often('fleeting'),
  ].filter(() => random.next() < PRESENT_SHARE);
  return round % BACKLOG_EVERY === BACKLOG_EVERY - 1 ? [...habits, often('backlog')] : habits;
}
