/** `npm run crash`: kills a broker under load again and again, and looks whether it has kept its word. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale } from '../../bench/launch.ts';
import { freePort, LeveretProcess, StandingBroker } from './broker.ts';
import { type CrashReport, runCrashTest } from './run.ts';

const USAGE = `npm run crash -- [--rounds N] [--seed S] [--duration MS] [--data-dir DIR] [--entry FILE] [--url URL]

  --rounds    how often the broker is ended; 50
  --seed      what chance starts from; drawn and printed unless given
  --duration  milliseconds of load before an end, at most; 2000
  --data-dir  a folder that is not there yet; kept afterwards. Beside it: DIR.log, the broker's log,
              DIR.conf, its configuration, and DIR.before, the folder as the last start found it
  --entry     the script that runs leveret; dist/cli/main.js, built first if it is old
  --url       a broker that is there already: its connections are cut, it goes on
`;
const EX_USAGE = 64;
const EX_INTERRUPTED = 130;
const SEEDS = 1_000_000;
const SHOWN_MAX = 20;

interface Arguments {
  readonly rounds: number;
  readonly seed: number;
  readonly durationMs: number;
  readonly dataDir: string | undefined;
  readonly entry: string | undefined;
  readonly url: string | undefined;
}

function parse(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Date.now() % SEEDS) },
      duration: { type: 'string', default: '2000' },
      'data-dir': { type: 'string' },
      entry: { type: 'string' },
      url: { type: 'string' },
    },
  });
  const number = (text: string): number => {
    if (!/^\d+$/.test(text)) throw new Error(`'${text}' is not a number`);
    return Number(text);
  };
  return {
    rounds: number(values.rounds),
    seed: number(values.seed),
    durationMs: number(values.duration),
    dataDir: values['data-dir'],
    entry: values.entry,
    url: values.url,
  };
}

async function main(args: Arguments): Promise<number> {
  const { rounds, seed, durationMs, url } = args;
  const home = mkdtempSync(join(tmpdir(), 'leveret-crash-'));
  const dataDir = resolve(args.dataDir ?? join(home, 'data'));
  if (existsSync(dataDir)) throw new Error(`${dataDir} is there already`);
  mkdirSync(dirname(dataDir), { recursive: true });
  if (url === undefined && args.entry === undefined) buildIfStale();
  const entry = resolve(args.entry ?? 'dist/cli/main.js');
  const broker =
    url === undefined
      ? new LeveretProcess([entry], dataDir, await freePort())
      : new StandingBroker(url);
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  say(`seed ${seed}, ${rounds} rounds of at most ${durationMs} ms, data in ${dataDir}`);
  const report = await runCrashTest({ rounds, seed, durationMs, broker, say });
  say(summary(report));
  if (report.objections.length === 0) {
    rmSync(home, { recursive: true, force: true });
    return 0;
  }
  say(`again: npm run crash -- --rounds ${rounds} --seed ${seed} --duration ${durationMs}`);
  say(`kept: ${dataDir}, ${dataDir}.before, ${dataDir}.log, ${dataDir}.conf`);
  return 1;
}

function summary({ rounds, kills, counts, objections }: CrashReport): string {
  const shown = objections.slice(0, SHOWN_MAX).flatMap(({ kind, text, history }) => {
    return [`${kind}: ${text}`, ...history.map((line) => `    ${line}`)];
  });
  const hidden = objections.length - SHOWN_MAX;
  return [
    ...shown,
    ...(hidden > 0 ? [`and ${hidden} more`] : []),
    `${rounds} rounds, ${kills} kills: ${JSON.stringify(counts)}`,
    `${objections.length} promises broken`,
  ].join('\n');
}

process.once('SIGINT', () => process.exit(EX_INTERRUPTED));
process.once('SIGTERM', () => process.exit(EX_INTERRUPTED));

let args: Arguments | undefined;
try {
  args = parse(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = EX_USAGE;
}
if (args !== undefined) process.exitCode = await main(args);
