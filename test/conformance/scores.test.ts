import { describe, expect, it } from 'vitest';
import { allPassing, compare } from '../../conformance/clients/kit/compare.ts';
import { linesScore } from '../../conformance/clients/kit/own-suite.ts';
import { goTestScore, junitScore, rspecScore } from '../../conformance/clients/kit/reports.ts';
import type { Outcome, Score } from '../../conformance/clients/kit/suite.ts';
import {
  faultsOf,
  type Row,
  remarksOf,
  sumOf,
  tableOf,
} from '../../conformance/clients/kit/table.ts';

const scoreOf = (tests: Readonly<Record<string, Outcome>>): Score => new Map(Object.entries(tests));

describe('a comparison of scores', () => {
  it('misses what passed on RabbitMQ and fails, is skipped or is not there', () => {
    const recorded = scoreOf({ a: 'passed', b: 'passed', c: 'passed', d: 'passed' });
    const found = compare(scoreOf({ a: 'passed', b: 'failed', c: 'skipped' }), recorded, {});
    expect(found.missed).toEqual(['b', 'c', 'd']);
    expect(found).toMatchObject({ tests: 4, recorded: 4, passed: 1 });
  });

  it('does not hold against Leveret what RabbitMQ did not pass', () => {
    const recorded = scoreOf({ a: 'passed', b: 'failed', c: 'skipped' });
    const found = compare(scoreOf({ a: 'passed', b: 'failed', e: 'failed' }), recorded, {});
    expect(found.missed).toEqual([]);
    expect(found.tests).toBe(4);
  });

  it('excuses what is known, and tells of what is known and passes or is no test', () => {
    const recorded: Score = new Map([...'ab', 'toString'].map((name) => [name, 'passed']));
    const known = { a: 'reason', b: 'reason', z: 'reason' };
    const found = compare(scoreOf({ a: 'failed', b: 'passed' }), recorded, known);
    expect(found.missed).toEqual(['toString']);
    expect(found.excused).toEqual(['a']);
    expect(found.needless).toEqual(['b']);
    expect(found.unheardOf).toEqual(['z']);
  });

  it('expects of programs that compare by themselves all but what they skip', () => {
    const score = scoreOf({ a: 'passed', b: 'failed', c: 'skipped' });
    expect(compare(score, allPassing(score), {}).missed).toEqual(['b']);
  });
});

describe('a table of scores', () => {
  const row = (suite: string, score: Score, problem?: string): Row => ({
    suite,
    verdict: compare(score, scoreOf({ a: 'passed', b: 'passed' }), { b: 'reason' }),
    secondTry: ['a'],
    problem,
    seconds: 7,
  });
  const same = row('same', scoreOf({ a: 'passed', b: 'failed' }));
  const below = row('below', scoreOf({ b: 'passed' }));
  const cut = row('cut', scoreOf({ b: 'passed' }), 'not done\nin time');
  const broken = row('broken', new Map(), 'it ran no test');

  it('has a line for each suite with both scores and a verdict', () => {
    expect(tableOf([same, below, broken]).split('\n')).toEqual([
      'suite   tests  RabbitMQ  Leveret  seconds  verdict',
      'same        2         2        1        7  the same, 1 known',
      'below       2         2        1        7  1 below',
      'broken      2         2        0        7  not run to its end',
    ]);
  });

  it('counts a suite that was not run to its end as a failure beside what it misses', () => {
    expect(faultsOf(cut)).toEqual(['FAIL cut: a', 'FAIL cut: not done']);
    expect(faultsOf(broken)).toEqual(['FAIL broken: it ran no test']);
    expect(sumOf([same, below, cut, broken])).toEqual({ passed: 3, failed: 4 });
  });

  it('tells of second tries and of what is known', () => {
    expect(remarksOf(same)).toEqual(['second try: same: a', 'known: same: b']);
    expect(remarksOf(below)).toContain('known, and passes: below: b');
  });
});

describe('a report in the format of JUnit', () => {
  it('is read however deep its suites are nested', () => {
    const xml = `<?xml version="1.0"?><testsuites><testsuite name="x">
      <testcase classname="t.a" name="one[&lt;1&gt;]" time="0.1"/>
      <testsuite><testcase class="B" name="two"><failure type="E">not &lt; so</failure></testcase>
      <testcase classname="t.a" name="three"><skipped message="no"/></testcase>
      <testcase classname="t.a" name="four"><system-out>text</system-out></testcase>
      <testcase name="five" status="notrun"/></testsuite></testsuite></testsuites>`;
    expect(Object.fromEntries(junitScore(xml))).toEqual({
      't.a::one[<1>]': 'passed',
      'B::two': 'failed',
      't.a::three': 'skipped',
      't.a::four': 'passed',
      five: 'skipped',
    });
  });

  it('may have a test twice, as when its end goes wrong: then the worst counts', () => {
    const xml = `<testsuite><testcase name="a"><error/></testcase><testcase name="a"/></testsuite>`;
    expect([...junitScore(xml)]).toEqual([['a', 'failed']]);
  });

  it('may be long and full of escapes', () => {
    const many = Array.from({ length: 5000 }, (_, at) => `<testcase name="&quot;${at}&quot;"/>`);
    expect(junitScore(`<testsuite>${many.join('')}</testsuite>`).size).toBe(5000);
  });
});

describe('what go test -json prints', () => {
  const event = (Action: string, Test?: string): string =>
    JSON.stringify(Test === undefined ? { Action } : { Action, Test });

  it('is read test by test, and a test without an end has failed', () => {
    const lines = [
      event('start'),
      event('run', 'A'),
      'not JSON',
      event('output', 'A'),
      event('pass', 'A'),
      event('run', 'B'),
      event('skip', 'B'),
      event('run', 'C/d'),
      event('fail'),
    ];
    expect(Object.fromEntries(goTestScore(lines.join('\n')))).toEqual({
      A: 'passed',
      B: 'skipped',
      'C/d': 'failed',
    });
  });
});

describe("what RSpec's JSON formatter writes", () => {
  it('is found among other output', () => {
    const examples = ['passed', 'failed', 'pending'].map((status) => {
      return { full_description: `is ${status}`, status };
    });
    const output = `warning\n${JSON.stringify({ version: '3', examples })}\n`;
    expect([...rspecScore(output).values()]).toEqual(['passed', 'failed', 'skipped']);
  });
});

describe('what our own programs print', () => {
  it('names tests, and counts those without a name', () => {
    const score = linesScore('ok   a (1.2 s)\n  detail\nFAIL b: c\n3 passed, 2 failed\n');
    expect(Object.fromEntries(score)).toEqual({
      a: 'passed',
      'b: c': 'failed',
      'without a name 2': 'passed',
      'without a name 3': 'passed',
      'failed, without a name 2': 'failed',
    });
  });

  it('fails when it ends before it has counted', () => {
    expect([...linesScore('ok   a\n').values()]).toEqual(['passed', 'failed']);
  });
});
