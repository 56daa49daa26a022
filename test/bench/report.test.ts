import { describe, expect, it } from 'vitest';
import { figure, type Run, renderFacts, renderTable } from '../../bench/report.ts';
import type { Result } from '../../bench/result.ts';

const RESULT: Result = {
  seconds: 2,
  units: 1000,
  brokerUsPerUnit: 1,
  brokerCores: 0.5,
  rssStartBytes: 0,
  rssEndBytes: 2 ** 20 * 64,
  generatorUsPerUnit: 0.1,
  othersPercent: 3,
  trouble: 0,
};

function run(label: string, broker: string, result: Partial<Result>): Run {
  return { label, about: '', broker, run: 1, result: { ...RESULT, ...result } };
}

function cellsOf(table: string): string[][] {
  const lines = table.split('\n');
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the report', () => {
  it('prints medians, and what the other broker costs as a multiple', () => {
    const table = renderTable([
      run('a', 'leveret', { brokerUsPerUnit: 1 }),
      run('a', 'leveret', { brokerUsPerUnit: 2 }),
      run('a', 'leveret', { brokerUsPerUnit: 9 }),
      run('a', 'other', { brokerUsPerUnit: 30 }),
    ]);
    const [head = [], , leveret = [], other = []] = cellsOf(table);
    const cost = head.indexOf('CPU µs/unit (range)');
    expect(leveret[cost]).toBe('2.00 (1.00–9.00)');
    expect(leveret[head.indexOf('ratio')]).toBe('');
    expect(other[head.indexOf('ratio')]).toBe('× 15.0');
    expect(other[head.indexOf('units/s')]).toBe('500');
  });

  it('compares within a scenario only', () => {
    const table = renderTable([
      run('a', 'leveret', { brokerUsPerUnit: 1 }),
      run('b', 'leveret', { brokerUsPerUnit: 4 }),
      run('b', 'other', { brokerUsPerUnit: 8 }),
    ]);
    const [head = [], , , , other = []] = cellsOf(table);
    expect(other[head.indexOf('ratio')]).toBe('× 2.00');
  });

  it('leaves cells empty that have no figure', () => {
    const [head = [], , row = []] = cellsOf(renderTable([run('a', 'leveret', {})]));
    expect(row[head.indexOf('GC max ms')]).toBe('');
    expect(row[head.indexOf('latency µs p50/p90/p99/p99.9/max')]).toBe('');
    expect(row[head.indexOf('trouble')]).toBe('');
  });

  it('adds up what went wrong', () => {
    const table = renderTable([run('a', 'x', { trouble: 1 }), run('a', 'x', { trouble: 2 })]);
    const [head = [], , row = []] = cellsOf(table);
    expect(row[head.indexOf('trouble')]).toBe('3');
  });

  it('puts what only some scenarios tell below, a column for each broker', () => {
    const facts = renderFacts([
      run('h', 'leveret', { facts: { 'start s': 1, 'stop s': 2 } }),
      run('h', 'leveret', { facts: { 'start s': 3 } }),
      run('h', 'other', { facts: { 'start s': 30 } }),
      run('a', 'leveret', {}),
    ]);
    const [head, , ...rows] = cellsOf(facts);
    expect(head).toEqual(['scenario', 'figure', 'leveret', 'other']);
    expect(rows).toEqual([
      ['h', 'start s', '2.00 (1.00–3.00)', '30.0'],
      ['h', 'stop s', '2.00', ''],
    ]);
  });

  it('says nothing more where no scenario tells more', () => {
    expect(renderFacts([run('a', 'leveret', {})])).toBe('');
  });

  it('keeps three digits of a figure', () => {
    expect([0.1234, 12.34, 123.4, 12_345.6].map(figure)).toEqual(['0.12', '12.3', '123', '12,346']);
    expect(figure(Number.NaN)).toBe('');
  });
});
