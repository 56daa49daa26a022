import type { Extent } from '../store/overflow.ts';

/**
 * Messages that follow one another in a queue and lie on disk: in the log, or in an extent of the
 * overflow. All of them have numbers from `from` up to, not including, `to`.
 */
export class Run {
  from: number;
  to: number;
  count: number;
  /** Sum of the bodies. */
  bytes: number;
  /** The log keeps some of them. */
  readonly logged: boolean;
  /** Where they lie; undefined when that is the log. */
  readonly extent: Extent | undefined;

  constructor(
    from: number,
    to: number,
    count: number,
    bytes: number,
    logged: boolean,
    extent: Extent | undefined,
  ) {
    this.from = from;
    this.to = to;
    this.count = count;
    this.bytes = bytes;
    this.logged = logged;
    this.extent = extent;
  }
}

/** Appends a run; it becomes one with the last if both lie in the log. */
export function appendRun(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last === undefined || last.extent !== undefined || run.extent !== undefined) {
    runs.push(run);
    return;
  }
  last.to = run.to;
  last.count += run.count;
  last.bytes += run.bytes;
}

/** The same in front of all others. */
export function prependRun(runs: Run[], run: Run): void {
  const first = runs[0];
  if (first === undefined || first.extent !== undefined || run.extent !== undefined) {
    runs.unshift(run);
    return;
  }
  first.from = run.from;
  first.count += run.count;
  first.bytes += run.bytes;
}
