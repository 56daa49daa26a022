import { head, labelled, type MetricType, sample } from './exposition.ts';
import type { Source } from './source.ts';

/** One metric of a family. */
export interface Metric<Subject> {
  /** Without the prefix. */
  readonly name: string;
  readonly type: Exclude<MetricType, 'histogram'>;
  readonly help: string;
  /** undefined where the subject has no such thing. */
  readonly of: (subject: Subject, source: Source) => number | undefined;
  /**
   * All subjects together, where it is more than the sum of those that are there: counters go on
   * counting what ended things have done.
   */
  readonly total?: (source: Source) => number | undefined;
}

interface Description<Subject> {
  /** What RabbitMQ calls it: `queue_coarse_metrics`. */
  readonly name: string;
  readonly metrics: readonly Metric<Subject>[];
  /** @param vhosts names of the vhosts whose things are wanted; undefined for all */
  readonly subjects: (source: Source, vhosts: ReadonlySet<string> | undefined) => Iterable<Subject>;
  readonly labels: (subject: Subject, source: Source) => Readonly<Record<string, string>>;
}

/** Metrics that are read from the same subjects. */
export interface Family {
  readonly name: string;
  /** A text for each metric, all subjects together. */
  together(source: Source, prefix: string): Generator<string, void>;
  /** A text for each metric, and one for each of its samples. */
  apart(
    source: Source,
    prefix: string,
    vhosts: ReadonlySet<string> | undefined,
  ): Generator<string, void>;
}

export function family<Subject>(description: Description<Subject>): Family {
  const { name, metrics, subjects, labels } = description;
  return {
    name,
    *together(source, prefix) {
      const sums = metrics.map(() => 0);
      if (metrics.some(({ total }) => total === undefined)) {
        for (const subject of subjects(source, undefined)) {
          metrics.forEach((metric, i) => {
            sums[i] = (sums[i] ?? 0) + (metric.of(subject, source) ?? 0);
          });
        }
      }
      for (const [i, metric] of metrics.entries()) {
        const value = metric.total === undefined ? sums[i] : metric.total(source);
        const line = value === undefined ? '' : sample(prefix + metric.name, '', value);
        yield start(prefix, metric) + line;
      }
    },
    *apart(source, prefix, vhosts) {
      for (const metric of metrics) {
        yield start(prefix, metric);
        for (const subject of subjects(source, vhosts)) {
          const value = metric.of(subject, source);
          if (value === undefined) continue;
          yield sample(prefix + metric.name, labelled(labels(subject, source)), value);
        }
      }
    },
  };
}

function start(prefix: string, { name, type, help }: Metric<never>): string {
  return head(prefix + name, type, help);
}
