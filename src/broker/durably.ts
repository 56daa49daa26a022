import { BrokerError } from '../model/broker-error.ts';
import type { AppendLog, Position } from '../store/append-log.ts';

type Refuse = (error: Error) => void;

// Of each log, those who wait for it: it calls back once, whoever many they are.
const waiting = new WeakMap<AppendLog, Set<Refuse>>();

/**
 * Does something and resolves with its result as soon as all is durable that it appended.
 * @throws BrokerError INTERNAL_ERROR when nothing becomes durable any more; what `run` throws
 */
export async function durably<T>(log: AppendLog, run: () => T): Promise<T> {
  const since = log.appended;
  const result = run();
  if (log.appended !== since) await untilDurable(log, log.appended);
  return result;
}

/** Resolves when all up to this position is durable. @throws BrokerError INTERNAL_ERROR if it never will be */
export async function untilDurable(log: AppendLog, position: Position): Promise<void> {
  if (position <= log.durable) return;
  if (log.failure !== undefined) throw failed(log.failure);
  const refusals = refusalsOf(log);
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => reject(failed(error));
    refusals.add(refuse);
    log.whenDurable(position, () => {
      refusals.delete(refuse);
      resolve();
    });
  });
}

function refusalsOf(log: AppendLog): Set<Refuse> {
  const known = waiting.get(log);
  if (known !== undefined) return known;
  const refusals = new Set<Refuse>();
  waiting.set(log, refusals);
  log.whenFailed((error) => {
    for (const refuse of refusals) refuse(error);
    refusals.clear();
  });
  return refusals;
}

function failed(error: Error): BrokerError {
  return new BrokerError('INTERNAL_ERROR', `the disk has failed: ${error.message}`);
}
