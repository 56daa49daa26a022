/** The thread of a pacer: sleeps to each due time and says so. */
import { readlinkSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { PacerTask } from './pacer.ts';
import { nowUs } from './shared-state.ts';

const TIMER_SLACK_NS = 1000;

/** The kernel may let a thread sleep 50 µs longer than asked; it allows to change that. */
function sharpenTimers(): void {
  try {
    const thread = readlinkSync('/proc/thread-self').split('/').at(-1);
    writeFileSync(`/proc/${thread}/timerslack_ns`, String(TIMER_SLACK_NS));
  } catch {
    // Then messages are written later by that much, which the report shows.
  }
}

const task: PacerTask = workerData;
const stopped = new Int32Array(task.memory);
sharpenTimers();
for (let turn = 0; Atomics.load(stopped, 0) === 0; ) {
  const waitMs = (task.startUs + turn * task.gapUs - nowUs()) / 1e3;
  if (waitMs > 0) Atomics.wait(stopped, 0, 0, waitMs);
  parentPort?.postMessage(turn);
  turn = Math.max(turn + 1, Math.ceil((nowUs() - task.startUs) / task.gapUs));
}
