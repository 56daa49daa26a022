/** Medians of the runs as one table, with what the other broker costs in multiples of what Leveret costs. */
import { median, type Percentiles } from './kit/statistics.ts';
import type { Result } from './result.ts';

export interface Run {
  readonly label: string;
  readonly about: string;
  readonly broker: string;
  readonly run: number;
  readonly result: Result;
}

const HEAD = [
  'scenario',
  'broker',
  'units/s',
  'CPU µs/unit (range)',
  'ratio',
  'cores',
  'backlog',
  'RSS MB',
  'B/unit',
  'GC max ms',
  'latency µs p50/p90/p99/p99.9/max',
  'confirm µs',
  'gen µs',
  'others %',
  'trouble',
];

/** The rows of the same label stand together; the ratio is on the rows of the brokers after the first. */
export function renderTable(runs: readonly Run[]): string {
  const rows: string[][] = [];
  for (const label of new Set(runs.map((run) => run.label))) {
    const ofLabel = runs.filter((run) => run.label === label);
    const brokers = [...new Set(ofLabel.map((run) => run.broker))];
    const baseline = medianOf(resultsOf(ofLabel, brokers[0]), (result) => result.brokerUsPerUnit);
    for (const broker of brokers) {
      const results = resultsOf(ofLabel, broker);
      const cost = medianOf(results, (result) => result.brokerUsPerUnit);
      const ratio = broker === brokers[0] ? '' : `× ${figure(cost / baseline)}`;
      rows.push(row(label, broker, ratio, results));
    }
  }
  return align([HEAD, ...rows]);
}

/** What only some scenarios tell, one figure a row and one broker a column; medians with the range. */
export function renderFacts(runs: readonly Run[]): string {
  const brokers = [...new Set(runs.map((run) => run.broker))];
  const rows: string[][] = [];
  for (const label of new Set(runs.map((run) => run.label))) {
    const ofLabel = runs.filter((run) => run.label === label);
    const names = new Set(ofLabel.flatMap((run) => Object.keys(run.result.facts ?? {})));
    for (const name of names) {
      const cells = brokers.map((broker) => {
        const results = resultsOf(ofLabel, broker);
        return ranged(results.flatMap((result) => result.facts?.[name] ?? []));
      });
      rows.push([label, name, ...cells]);
    }
  }
  return rows.length === 0 ? '' : align([['scenario', 'figure', ...brokers], ...rows]);
}

function ranged(values: readonly number[]): string {
  const middle = figure(median(values));
  if (values.length < 2) return middle;
  return `${middle} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;
}

function resultsOf(runs: readonly Run[], broker: string | undefined): Result[] {
  return runs.filter((run) => run.broker === broker).map((run) => run.result);
}

function row(label: string, broker: string, ratio: string, results: readonly Result[]): string[] {
  const pick = (of: (result: Result) => number | undefined): string =>
    figure(medianOf(results, of));
  const costs = results.map((result) => result.brokerUsPerUnit);
  const trouble = results.reduce((sum, result) => sum + result.trouble, 0);
  return [
    label,
    broker,
    Math.round(medianOf(results, (result) => result.units / result.seconds)).toLocaleString('en'),
    ranged(costs),
    ratio,
    pick((result) => result.brokerCores),
    pick((result) => result.backlogEnd),
    pick((result) => result.rssEndBytes / 2 ** 20),
    pick((result) => result.rssBytesPerUnit),
    figure(Math.max(...results.map((result) => result.gcPauseMaxMs ?? Number.NaN))),
    percentiles(results, (result) => result.deliveryLatencyUs),
    percentiles(results, (result) => result.confirmLatencyUs),
    pick((result) => result.generatorUsPerUnit),
    pick((result) => result.othersPercent),
    trouble === 0 ? '' : String(trouble),
  ];
}

function percentiles(
  results: readonly Result[],
  of: (result: Result) => Percentiles | undefined,
): string {
  const names = ['p50', 'p90', 'p99', 'p999', 'max'] as const;
  const texts = names.map((name) => figure(medianOf(results, (result) => of(result)?.[name])));
  return texts[0] === '' ? '' : texts.join(' / ');
}

function medianOf(results: readonly Result[], of: (result: Result) => number | undefined): number {
  return median(results.map(of).filter((value) => value !== undefined));
}

/** Three digits that count; nothing where there is no figure. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
}

function align(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
