// Runs other people's test suites against Leveret and compares with what RabbitMQ came to.

import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { allPassing, compare, type Known, passedIn } from './kit/compare.ts';
import { discover } from './kit/discover.ts';
import { isOwnSuite } from './kit/own-suite.ts';
import { killGroups, tail } from './kit/place.ts';
import { readKnown, readRecording, writeRecording } from './kit/recorded.ts';
import type { Score } from './kit/suite.ts';
import { faultsOf, type Row, remarksOf, sumOf, tableOf } from './kit/table.ts';
import { type FoundSuite, type TrialOptions, tryOut } from './kit/trial.ts';

const LOG_LINES = 100;

interface Settings {
  readonly only: readonly string[] | undefined;
  readonly keep: boolean;
  readonly results: string;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function among(score: Score, only: readonly string[] | undefined): Score {
  return only === undefined ? score : new Map([...score].filter(([name]) => only.includes(name)));
}

/** What is expected of a suite: RabbitMQ's score, or that of a program that compares by itself. */
async function expectation(found: FoundSuite, score: Score): Promise<Score> {
  if (isOwnSuite(found.suite)) return allPassing(score);
  const recording = await readRecording(found.here, found.suite.name);
  return recording?.tests ?? new Map();
}

async function problemOf(
  found: FoundSuite,
  { only }: Settings,
  score: Score,
  problem: string | undefined,
): Promise<string | undefined> {
  if (problem !== undefined) return problem;
  const { suite, here } = found;
  if (passedIn(score).length === 0 && only === undefined) return 'it ran no test that passed';
  if (score.size === 0) return 'it has no such test';
  if (!isOwnSuite(suite) && (await readRecording(here, suite.name)) === undefined) {
    return "RabbitMQ's score was never recorded";
  }
  return undefined;
}

async function held(found: FoundSuite, settings: Settings): Promise<Row> {
  const { suite, here } = found;
  const { only } = settings;
  const whole = await readKnown(here, suite.name);
  const known: Known = Object.fromEntries(
    Object.entries(whole).filter(([name]) => only === undefined || only.includes(name)),
  );
  const expected = (await readRecording(here, suite.name))?.tests ?? new Map();
  const options: TrialOptions = {
    ...settings,
    product: 'leveret',
    retry: (score) => {
      const wanted = isOwnSuite(suite) ? allPassing(score) : among(expected, only);
      return compare(score, wanted, known).missed;
    },
  };
  say(`-- ${suite.name}: begins`);
  const trial = await tryOut(found, options);
  const { score, secondTry, seconds } = trial;
  const verdict = compare(score, among(await expectation(found, score), only), known);
  const problem = await problemOf(found, settings, score, trial.problem);
  const row: Row = { suite: suite.name, verdict, secondTry, problem, seconds };
  const faults = faultsOf(row);
  if (verdict.missed.length > 0 || trial.problem !== undefined) {
    say(`-- ${suite.name}: what its commands said at last (all of it: ${trial.log})`);
    say(tail(await readFile(trial.log, 'utf8'), LOG_LINES));
    if (trial.problem !== undefined) say(trial.problem);
  }
  const spent = `${seconds} s, and ${trial.installSeconds} s to install`;
  say(`-- ${suite.name}: ${verdict.passed} passed, ${faults.length} failed; ${spent}`);
  return row;
}

async function record(found: FoundSuite, settings: Settings): Promise<Row> {
  const { suite, here } = found;
  say(`-- ${suite.name}: begins`);
  const trial = await tryOut(found, {
    ...settings,
    product: 'rabbitmq',
    retry: (score) => [...score].flatMap(([name, outcome]) => (outcome === 'failed' ? [name] : [])),
  });
  const { score, secondTry, seconds, broker } = trial;
  const problem =
    trial.problem ?? (passedIn(score).length === 0 ? 'it ran no test that passed' : undefined);
  if (problem === undefined) await writeRecording(here, suite.name, { broker, tests: score });
  else say(tail(await readFile(trial.log, 'utf8'), LOG_LINES));
  const failed = [...score].filter(([, outcome]) => outcome === 'failed');
  for (const [name] of failed) say(`fails on RabbitMQ: ${suite.name}: ${name}`);
  say(`-- ${suite.name}: ${passedIn(score).length} of ${score.size} passed; ${seconds} s`);
  const verdict = { ...compare(score, score, {}), missed: [] };
  return { suite: suite.name, verdict, secondTry, problem, seconds };
}

/** So many at a time, in this order. */
async function sideBySide<T, R>(
  items: readonly T[],
  jobs: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const left = [...items.entries()];
  const results = new Map<number, R>();
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      results.set(next[0], await act(next[1]));
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

function endWithChildren(): void {
  process.on('exit', killGroups);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(1));
  }
}

function tell(rows: readonly Row[], results: string): void {
  const table = tableOf([...rows].sort((a, b) => (a.suite < b.suite ? -1 : 1)));
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'table.txt'), `${table}\n`);
  say(`${table}\n`);
}

async function main(): Promise<void> {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const options = await yargs(hideBin(process.argv))
    .scriptName('npm run conformance --')
    .usage('$0 [options]\n\nRuns the test suites of RabbitMQ’s clients against Leveret.')
    .option('client', { string: true, array: true, describe: 'only this client, or suite' })
    .option('record', { boolean: true, describe: 'records RabbitMQ’s scores' })
    .option('only', { string: true, array: true, describe: 'only this test' })
    .option('keep', { boolean: true, default: false, describe: 'keeps the working folders' })
    .option('jobs', { number: true, default: 2, describe: 'suites side by side' })
    .option('results', {
      string: true,
      default: join(caches, 'leveret-clients/results'),
      describe: 'folder for scores and logs',
    })
    .conflicts('record', 'only')
    .strict()
    .parseAsync();
  endWithChildren();
  const all = await discover(import.meta.dirname, options.client ?? []);
  const recording = options.record === true;
  const suites = recording ? all.filter(({ suite }) => !isOwnSuite(suite)) : all;
  const { only, keep, results, jobs } = options;
  const settings: Settings = { only, keep, results };
  const act = recording ? record : held;
  const rows = await sideBySide(suites, jobs, (found) => act(found, settings));
  say('');
  for (const line of rows.flatMap(remarksOf)) say(line);
  if (!recording) tell(rows, results);
  for (const line of rows.flatMap(faultsOf)) say(line);
  const { passed, failed } = sumOf(rows);
  say(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
