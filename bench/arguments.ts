/** The command line of the bench. */
import { parseArgs } from 'node:util';
import { type Address, parseAddress } from './generator/address.ts';
import { scenarioNames } from './scenarios.ts';

export interface BenchArguments {
  readonly scenarios: readonly string[];
  /** Another broker to measure in the same invocation. */
  readonly against: { readonly address: Address; readonly pids: readonly number[] } | undefined;
  /** False: only the other broker is measured. */
  readonly leveret: boolean;
  readonly runs: number;
  readonly durationSeconds: number;
  readonly warmupSeconds: number;
  /** Divides the message and connection counts of the scenarios that have a fixed number. */
  readonly scale: number;
  readonly jsonFile: string | undefined;
  /** Given to node when it runs Leveret. */
  readonly nodeArgs: readonly string[];
  /** Given to `leveret start`. */
  readonly startArgs: readonly string[];
  readonly help: boolean;
}

export class UsageError extends Error {}

export const USAGE = `npm run bench -- [SCENARIO...] [options]

  --against URL   measure this broker too, in turns: amqp://user:pass@host:port/vhost
  --pid N[,N]     its processes, for CPU and RSS; required with --against
  --only-against  do not measure Leveret
  --runs N        runs of each scenario (3)
  --duration S    measured seconds of a run (8)
  --warmup S      seconds before that (3)
  --scale N       divide the fixed counts of h, m and k by N (1)
  --json FILE     write every run there, one JSON object a line
  --node-arg A    argument for Leveret's node, may be repeated
  --start-arg A   argument for 'leveret start', may be repeated

scenarios: ${scenarioNames().join(' ')} (all of them without any)
`;

const OPTIONS = {
  against: { type: 'string' },
  pid: { type: 'string' },
  'only-against': { type: 'boolean', default: false },
  runs: { type: 'string', default: '3' },
  duration: { type: 'string', default: '8' },
  warmup: { type: 'string', default: '3' },
  scale: { type: 'string', default: '1' },
  json: { type: 'string' },
  'node-arg': { type: 'string', multiple: true, default: [] as string[] },
  'start-arg': { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} as const;

export function parseBenchArguments(argv: readonly string[]): BenchArguments {
  const { values, positionals } = parseKnown(argv);
  const known = scenarioNames();
  for (const name of positionals) {
    if (!known.includes(name)) throw new UsageError(`unknown scenario ${name}`);
  }
  const leveret = !values['only-against'];
  if (!leveret && values.against === undefined) {
    throw new UsageError('--only-against needs --against');
  }
  return {
    scenarios: positionals.length > 0 ? positionals : known,
    against: parseAgainst(values.against, values.pid),
    leveret,
    runs: count('runs', values.runs),
    durationSeconds: positive('duration', values.duration),
    warmupSeconds: positive('warmup', values.warmup),
    scale: positive('scale', values.scale),
    jsonFile: values.json,
    nodeArgs: values['node-arg'],
    startArgs: values['start-arg'],
    help: values.help,
  };
}

function parseKnown(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseAgainst(url: string | undefined, pid: string | undefined) {
  if (url === undefined) {
    if (pid !== undefined) throw new UsageError('--pid belongs to --against');
    return undefined;
  }
  if (pid === undefined) throw new UsageError('--against needs --pid');
  const pids = pid.split(',').map((text) => count('pid', text));
  try {
    return { address: parseAddress(url), pids };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new UsageError(`--${name}: not a positive number: ${text}`);
  }
  return value;
}

function count(name: string, text: string): number {
  const value = positive(name, text);
  if (!Number.isInteger(value)) throw new UsageError(`--${name}: not a whole number: ${text}`);
  return value;
}
