/** The command line of the bench. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { type Address, parseAddress } from './generator/address.ts';
import { longScenarioNames, scenarioNames } from './scenarios.ts';

export interface BenchArguments {
  readonly scenarios: readonly string[];
  /** Another broker, which runs already, to measure in the same invocation. */
  readonly against: { readonly address: Address; readonly pids: readonly number[] } | undefined;
  /** The command line of another broker that the bench starts, with `{port}` and `{dir}`. */
  readonly startCommand: string | undefined;
  /** False: only the other broker is measured. */
  readonly leveret: boolean;
  readonly runs: number;
  readonly durationSeconds: number;
  readonly warmupSeconds: number;
  /** Where the data directories of started brokers are made. */
  readonly folder: string;
  /** The memory that each started broker may take, page cache included. */
  readonly cageMib: number | undefined;
  /** Divides the message, queue and connection counts of the scenarios that have a fixed number. */
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
  --start CMD     measure the broker that CMD starts, in turns; in CMD {port} and {dir} stand for the port it
                  shall listen on and its data directory; it has to stay in the foreground
  --only-against  do not measure Leveret
  --runs N        runs of each scenario (3)
  --duration S    measured seconds of a run (8)
  --warmup S      seconds before that (3)
  --scale N       divide the fixed counts of h, k, m, n, B and S by N (1)
  --folder DIR    where data directories are made (${tmpdir()}): on the disk that is to be measured
  --cage MIB      allow each started broker so much memory, page cache included; needs root
  --json FILE     write every run there, one JSON object a line
  --node-arg A    argument for Leveret's node, may be repeated
  --start-arg A   argument for 'leveret start', may be repeated

scenarios: ${scenarioNames().join(' ')} (all of them without any)
           ${longScenarioNames().join(' ')} (long: only when named)
`;

const OPTIONS = {
  against: { type: 'string' },
  pid: { type: 'string' },
  start: { type: 'string' },
  folder: { type: 'string', default: tmpdir() },
  cage: { type: 'string' },
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
    if (![...known, ...longScenarioNames()].includes(name))
      throw new UsageError(`unknown scenario ${name}`);
  }
  const leveret = !values['only-against'];
  if (!leveret && values.against === undefined && values.start === undefined) {
    throw new UsageError('--only-against needs --against or --start');
  }
  return {
    scenarios: positionals.length > 0 ? positionals : known,
    against: parseAgainst(values.against, values.pid),
    startCommand: values.start,
    leveret,
    runs: count('runs', values.runs),
    durationSeconds: positive('duration', values.duration),
    warmupSeconds: positive('warmup', values.warmup),
    folder: values.folder,
    cageMib: values.cage === undefined ? undefined : positive('cage', values.cage),
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
