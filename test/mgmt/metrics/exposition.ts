// A reader of Prometheus' text format that refuses what the format does.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LINE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/y;

/** @throws Error for a text that Prometheus would refuse */
export function parse(text: string): Exposition {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const done = new Set<string>();
  let current = '';
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, what, about = '', rest = ''] = /^# (TYPE|HELP) (\S+) (.*)$/.exec(line) ?? [];
    if (what === 'TYPE') {
      if (done.has(about)) throw new Error(`${about} is told of twice`);
      done.add(about);
      current = about;
      types.set(about, rest);
    } else if (what === 'HELP') {
      help.set(about, rest);
    } else {
      const sample = sampleOf(line);
      const base = sample.name.replace(/_(?:bucket|sum|count)$/, '');
      if (sample.name !== current && base !== current) throw new Error(`stray line: ${line}`);
      const key = `${sample.name}${JSON.stringify(sample.labels)}`;
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  return { types, help, samples };
}

/** Samples of one metric. */
export function of(exposition: Exposition, name: string): readonly Sample[] {
  return exposition.samples.filter((sample) => sample.name === name);
}

/** The value of the only sample that has these labels. */
export function valueOf(
  exposition: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const found = of(exposition, name).filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found.length !== 1) throw new Error(`${found.length} samples of ${name}`);
  return found[0]?.value ?? Number.NaN;
}

function sampleOf(line: string): Sample {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
  return { name, labels: labelsOf(labels), value: Number(value.replace('Inf', 'Infinity')) };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? [];
    if (name === '') throw new Error(`no labels: ${text}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  }
  return labels;
}
