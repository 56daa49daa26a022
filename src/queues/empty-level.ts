import { dropReference } from '../model/record.ts';
import type { Level } from './level.ts';
import type { QueueLog } from './queue-log.ts';

/**
 * Drops all that waits in a level. Everything from the first number that waits was never delivered:
 * one range of them, while those that came back lie anywhere among those that are out.
 * @param log of a durable queue
 * @param forgetDisk drops what lies on disk
 */
export function emptyLevel(level: Level, log: QueueLog | undefined, forgetDisk: () => void): void {
  const { returned, tail } = level;
  for (; returned !== undefined && returned.size > 0; returned.removeFirst()) {
    log?.settled(returned.firstRecord, returned.firstSeq);
    dropReference(returned.firstRecord);
  }
  const from = level.firstSeq;
  const kept = level.backlog?.runs.some(({ logged }) => logged) ?? false;
  forgetDisk();
  const dropped = [level.head, tail].map((ring) => ring.empty());
  if (kept || dropped.includes(true)) log?.settledRange(level.priority, from, tail.nextSeq);
  level.join();
}
