// For suites that know no other ports than RabbitMQ's usual ones.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackages } from './debian.ts';
import type { Place } from './suite.ts';

/**
 * An environment in which connect() to a port of this machine goes to another port of it. Programs
 * that are linked statically, such as Go's, do not notice it.
 * @param ports from the port that a program asks for to the one that it gets
 */
export async function redirection(
  place: Place,
  ports: ReadonlyMap<number, number>,
): Promise<Record<string, string>> {
  const library = join(place.work, 'redirect.so');
  if (!existsSync(library)) {
    await debianPackages(place, ['gcc', 'libc6-dev']);
    const source = join(import.meta.dirname, 'redirect.c');
    await place.must('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  }
  const pairs = [...ports].map(([from, to]) => `${from}:${to}`);
  return { LD_PRELOAD: library, REDIRECT_PORTS: pairs.join(',') };
}
