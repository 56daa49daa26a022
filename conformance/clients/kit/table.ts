// What came of all suites, for a reader.

import type { Verdict } from './compare.ts';

export interface Row {
  readonly suite: string;
  readonly verdict: Verdict;
  readonly secondTry: readonly string[];
  readonly problem: string | undefined;
  readonly seconds: number;
}

/**
 * What counts as failed: tests, and whatever kept a suite from being run to its end, which stands for
 * its tests where none was passed.
 */
export function faultsOf({ suite, verdict, problem }: Row): readonly string[] {
  const faults = verdict.missed.map((name) => `FAIL ${suite}: ${name}`);
  if (problem === undefined) return faults;
  const fault = `FAIL ${suite}: ${problem.split('\n')[0] ?? ''}`;
  return verdict.passed === 0 ? [fault] : [...faults, fault];
}

/** What is worth telling, and no failure. */
export function remarksOf({ suite, verdict, secondTry }: Row): readonly string[] {
  return [
    ...secondTry.map((name) => `second try: ${suite}: ${name}`),
    ...verdict.excused.map((name) => `known: ${suite}: ${name}`),
    ...verdict.needless.map((name) => `known, and passes: ${suite}: ${name}`),
    ...verdict.unheardOf.map((name) => `known, and not a test: ${suite}: ${name}`),
  ];
}

function inWords(row: Row): string {
  const { verdict, problem } = row;
  if (problem !== undefined) return 'not run to its end';
  if (verdict.missed.length > 0) return `${verdict.missed.length} below`;
  const known = verdict.excused.length > 0 ? `, ${verdict.excused.length} known` : '';
  const above = verdict.passed - (verdict.recorded - verdict.excused.length);
  return `${above > 0 ? `${above} above` : 'the same'}${known}`;
}

export function tableOf(rows: readonly Row[]): string {
  const head = ['suite', 'tests', 'RabbitMQ', 'Leveret', 'seconds', 'verdict'];
  const cells = rows.map((row) => [
    row.suite,
    ...[row.verdict.tests, row.verdict.recorded, row.verdict.passed, row.seconds].map(String),
    inWords(row),
  ]);
  const all = [head, ...cells];
  const widths = head.map((_, at) => Math.max(...all.map((line) => (line[at] ?? '').length)));
  const isText = (at: number): boolean => at === 0 || at === head.length - 1;
  return all
    .map((line) =>
      line
        .map((cell, at) =>
          isText(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The last line. */
export function sumOf(rows: readonly Row[]): { readonly passed: number; readonly failed: number } {
  let [passed, failed] = [0, 0];
  for (const row of rows) {
    passed += row.verdict.passed;
    failed += faultsOf(row).length;
  }
  return { passed, failed };
}
