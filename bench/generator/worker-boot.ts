/** Runs a TypeScript module in a thread. */
import { Worker } from 'node:worker_threads';

/** Node 20 gives a thread no loader of its own, so the thread registers one before it imports its module. */
export function startWorker(module: URL, workerData: unknown): Worker {
  const target = JSON.stringify(module.href);
  const boot = `import('tsx/esm/api').then(({ register }) => { register(); return import(${target}); });`;
  return new Worker(boot, { eval: true, execArgv: [], workerData });
}
