/** What a metric is to Prometheus. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'untyped';

/** What stands before a metric's samples. The format is Prometheus' text format, version 0.0.4. */
export function head(name: string, type: MetricType, help: string): string {
  return `# TYPE ${name} ${type}\n# HELP ${name} ${escapedHelp(help)}\n`;
}

/** @param labels as `labelled` writes them, or nothing */
export function sample(name: string, labels: string, value: number): string {
  return `${name}${labels} ${number(value)}\n`;
}

/** `{vhost="/",queue="a"}`; nothing when there are none. */
export function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function number(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapedHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
