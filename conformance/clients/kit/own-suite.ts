// Programs of ours that compare by themselves with what they have recorded from RabbitMQ.

import type { Outcome, Score, Suite } from './suite.ts';

/** A suite that needs no recording: whatever it tests is to pass. */
export interface OwnSuite extends Suite {
  readonly compares: 'by itself';
}

export function isOwnSuite(suite: Suite): suite is OwnSuite {
  return 'compares' in suite && suite.compares === 'by itself';
}

/**
 * Lines such as `ok   name (1.2 s)` and `FAIL name`, and `N passed, N failed` at the end. What that
 * counts and no line names is a test without a name.
 */
export function linesScore(output: string): Score {
  const score = new Map<string, Outcome>();
  const lines = output.trimEnd().split('\n');
  const counts = new Map([
    ['ok', 0],
    ['FAIL', 0],
  ]);
  for (const line of lines) {
    const found = /^(ok|FAIL) +(.+?)(?: \(\d+(?:\.\d+)? s\))?$/.exec(line);
    if (found === null) continue;
    const [, word = '', name = ''] = found;
    counts.set(word, (counts.get(word) ?? 0) + 1);
    if (word === 'FAIL' || !score.has(name)) score.set(name, word === 'ok' ? 'passed' : 'failed');
  }
  const told = /^(\d+) passed, (\d+) failed$/.exec(lines.at(-1) ?? '');
  if (told === null) score.set('says at last how many passed', 'failed');
  const [, passed = 0, failed = 0] = told ?? [];
  for (let at = counts.get('ok') ?? 0; at < Number(passed); at++) {
    score.set(`without a name ${at + 1}`, 'passed');
  }
  for (let at = counts.get('FAIL') ?? 0; at < Number(failed); at++) {
    score.set(`failed, without a name ${at + 1}`, 'failed');
  }
  return score;
}
