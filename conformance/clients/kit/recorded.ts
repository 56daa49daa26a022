// The scores that are kept in the repository, beside each suite.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Known } from './compare.ts';
import type { Score } from './suite.ts';
import { turns } from './turns.ts';

const recordings = z.record(
  z.string(),
  z.object({
    broker: z.string(),
    tests: z.record(z.string(), z.enum(['passed', 'failed', 'skipped'])),
  }),
);
const reasons = z.record(z.string(), z.record(z.string(), z.string()));

export interface Recording {
  /** Such as `RabbitMQ 3.10.8`. */
  readonly broker: string;
  readonly tests: Score;
}

async function contentOf(path: string): Promise<unknown> {
  if (!existsSync(path)) return {};
  const content: unknown = JSON.parse(await readFile(path, 'utf8'));
  return content;
}

function sorted<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

export function scoreAsObject(score: Score): Record<string, string> {
  return sorted(score);
}

/** RabbitMQ's score of a suite; undefined when it was never recorded. */
export async function readRecording(here: string, suite: string): Promise<Recording | undefined> {
  const found = recordings.parse(await contentOf(join(here, 'recorded.json')))[suite];
  if (found === undefined) return undefined;
  return { broker: found.broker, tests: new Map(Object.entries(found.tests)) };
}

/** Puts RabbitMQ's score of a suite in the place of an earlier one. */
export function writeRecording(here: string, suite: string, recording: Recording): Promise<void> {
  const path = join(here, 'recorded.json');
  return turns.take(path, () => replaceIn(path, suite, recording));
}

async function replaceIn(path: string, suite: string, recording: Recording): Promise<void> {
  const all = recordings.parse(await contentOf(path));
  const added = { broker: recording.broker, tests: scoreAsObject(recording.tests) };
  const content = sorted([
    ...Object.entries(all).filter(([name]) => name !== suite),
    [suite, added],
  ]);
  await writeFile(path, `${JSON.stringify(content, undefined, 1)}\n`);
}

export async function readKnown(here: string, suite: string): Promise<Known> {
  return reasons.parse(await contentOf(join(here, 'known.json')))[suite] ?? {};
}
