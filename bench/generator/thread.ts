/** A generator thread: opens its connections, works until the shared phase says stop, hands its latencies back. */
import { parentPort, workerData } from 'node:worker_threads';
import { Histogram } from '../kit/statistics.ts';
import type { RawConnection } from './connection.ts';
import { Consumer } from './consumer.ts';
import { Pacer } from './pacer.ts';
import { PingPong } from './ping-pong.ts';
import { queuesOf } from './plan.ts';
import { assertStampFits, Publisher } from './publisher.ts';
import { nowUs, phase, SharedState } from './shared-state.ts';
import type { FromThread, ThreadTask } from './thread-handle.ts';

const POLL_MS = 5;
const BACKLOG_POLL_MS = 1;
const SETTLE_PATIENCE_MS = 5_000;

interface Role {
  readonly connections: readonly RawConnection[];
  /** Returns when the work is over. */
  run(): Promise<void>;
}

const task: ThreadTask = workerData;
const shared = new SharedState(task.memory);
const latency = new Histogram();
const lateness = new Histogram();

function post(message: FromThread): void {
  parentPort?.postMessage(message);
}

function fail(reason: unknown): void {
  post({ kind: 'failed', text: reason instanceof Error ? reason.message : String(reason) });
  process.exit(1);
}

async function openRole(): Promise<Role> {
  if (task.role === 'publish') return openPublishers();
  if (task.role === 'consume') return openConsumers();
  const pingPong = await PingPong.open(task.address, task.plan, shared, latency);
  return {
    connections: pingPong.connections,
    run: async () => {
      await pingPong.start();
      await phaseReached(phase.stopPublishing);
    },
  };
}

async function openPublishers(): Promise<Role> {
  assertStampFits(task.plan);
  const { publishers: count } = task.plan;
  const publishers: Publisher[] = [];
  for (let id = 0; id < count; id++) {
    const limit = Math.floor(task.limit / count) + (id < task.limit % count ? 1 : 0);
    const samples = { confirmLatency: latency, lateness };
    const opened = await Publisher.open(task.address, task.plan, id, shared, samples, limit);
    publishers.push(opened);
  }
  return {
    connections: publishers.map((publisher) => publisher.connection),
    run: () => publish(publishers),
  };
}

async function publish(publishers: readonly Publisher[]): Promise<void> {
  const start = nowUs();
  const gapUs = task.plan.rate > 0 ? 1e6 / task.plan.rate : 0;
  publishers.forEach((publisher, i) => {
    publisher.startUs = start + (gapUs * i) / publishers.length;
  });
  const pumpAll = (): void => {
    const now = nowUs();
    for (const publisher of publishers) publisher.pump(now);
  };
  // Publishers go on by themselves; the polls wake those that wait for the backlog to shrink.
  pumpAll();
  const poll = setInterval(pumpAll, BACKLOG_POLL_MS);
  const isOver = (): boolean =>
    shared.phase >= phase.stopPublishing ||
    publishers.every((publisher) => publisher.exhausted && publisher.settled);
  const pacer =
    task.plan.rate > 0 ? new Pacer(start, gapUs / publishers.length, pumpAll) : undefined;
  await until(isOver);
  pacer?.stop();
  clearInterval(poll);
  const deadline = nowUs() + SETTLE_PATIENCE_MS * 1e3;
  await until(() => nowUs() > deadline || publishers.every((publisher) => publisher.settled));
}

async function openConsumers(): Promise<Role> {
  const consumers: Consumer[] = [];
  for (let i = 0; i < task.plan.consumers; i++) {
    consumers.push(await Consumer.open(task.address, task.plan, shared, latency));
  }
  return {
    connections: consumers.map((consumer) => consumer.connection),
    run: async () => {
      const { consumers: count, queues } = task.plan;
      await Promise.all(
        consumers.map((consumer, i) => consumer.subscribe(queuesOf(i, count, queues))),
      );
      post({ kind: 'subscribed' });
      await phaseReached(phase.stopAll);
      for (const consumer of consumers) consumer.settle();
    },
  };
}

function phaseReached(wanted: number): Promise<void> {
  return until(() => shared.phase >= wanted);
}

function until(reached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const poll = setInterval(() => {
      if (!reached()) return;
      clearInterval(poll);
      resolve();
    }, POLL_MS);
  });
}

async function main(): Promise<void> {
  const role = await openRole();
  for (const connection of role.connections) connection.onFailure = fail;
  post({ kind: 'ready' });
  await new Promise((resolve) => parentPort?.once('message', resolve));
  await role.run();
  for (const connection of role.connections) await connection.close();
  post({ kind: 'done', latency: latency.state, lateness: lateness.state });
  parentPort?.close();
}

process.on('uncaughtException', fail);
main().catch(fail);
