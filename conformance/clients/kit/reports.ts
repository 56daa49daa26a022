// What the reports of other people's test tools say, as scores.

import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import type { Outcome, Score } from './suite.ts';

const WEIGHTS: readonly Outcome[] = ['skipped', 'passed', 'failed'];

/** Of several tests with one name the worst counts, and one that ran before one that did not. */
function enter(score: Map<string, Outcome>, name: string, outcome: Outcome): void {
  const before = score.get(name);
  if (before === undefined || WEIGHTS.indexOf(before) < WEIGHTS.indexOf(outcome)) {
    score.set(name, outcome);
  }
}

const testCase = z.looseObject({
  name: z.string(),
  classname: z.string().optional(),
  class: z.string().optional(),
  status: z.string().optional(),
});

function outcomeOf(found: z.infer<typeof testCase>): Outcome {
  if ('failure' in found || 'error' in found) return 'failed';
  if ('skipped' in found) return 'skipped';
  // CTest says in an attribute what was not run at all.
  return found.status === 'notrun' || found.status === 'disabled' ? 'skipped' : 'passed';
}

/** All test cases, however deep the suites are nested. */
function* casesIn(node: unknown): Generator<z.infer<typeof testCase>> {
  if (Array.isArray(node)) {
    for (const each of node) yield* casesIn(each);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === 'testcase') for (const each of [value].flat()) yield testCase.parse(each);
    else if (name === 'testsuite' || name === 'testsuites') yield* casesIn(value);
  }
}

/** A report in JUnit's format, as pytest, PHPUnit, CTest and Surefire write it: `classname::name`. */
export function junitScore(xml: string): Score {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    // What a test has printed is of no interest here, and may be long.
    stopNodes: ['*.system-out', '*.system-err', '*.failure', '*.error', '*.skipped'],
  });
  const score = new Map<string, Outcome>();
  for (const found of casesIn(parser.parse(xml))) {
    const group = found.classname ?? found.class;
    const name = group === undefined || group === '' ? found.name : `${group}::${found.name}`;
    enter(score, name, outcomeOf(found));
  }
  return score;
}

const goEvent = z.object({ Action: z.string(), Test: z.string().optional() });

/** What `go test -json` prints. A test that began and never ended has failed. */
export function goTestScore(jsonLines: string): Score {
  const outcomes = new Map<string, Outcome>([
    ['pass', 'passed'],
    ['fail', 'failed'],
    ['skip', 'skipped'],
  ]);
  const score = new Map<string, Outcome>();
  const begun = new Set<string>();
  for (const line of jsonLines.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { Action: action, Test: test } = goEvent.parse(JSON.parse(line));
    if (test === undefined) continue;
    if (action === 'run') begun.add(test);
    const outcome = outcomes.get(action);
    if (outcome === undefined) continue;
    begun.delete(test);
    enter(score, test, outcome);
  }
  for (const test of begun) enter(score, test, 'failed');
  return score;
}

const rspecReport = z.object({
  examples: z.array(z.object({ full_description: z.string(), status: z.string() })),
});

/** What RSpec's JSON formatter writes, or output with that in one of its lines. */
export function rspecScore(json: string): Score {
  const line = json.split('\n').find((each) => each.startsWith('{"version"')) ?? json;
  const score = new Map<string, Outcome>();
  for (const { full_description: name, status } of rspecReport.parse(JSON.parse(line)).examples) {
    const outcome = status === 'passed' ? 'passed' : status === 'pending' ? 'skipped' : 'failed';
    enter(score, name, outcome);
  }
  return score;
}
