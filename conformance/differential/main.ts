/** `npm run differential`: the same scripts on Leveret and on RabbitMQ, answer by answer. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBroker } from '../../src/index.ts';
import { type Report, runCampaign, scriptOf } from './campaign.ts';
import { Link } from './link.ts';
import { type RunningBroker, startRabbit } from './rabbit.ts';
import type { Script } from './steps.ts';

const USAGE = `npm run differential -- [--seed S] [--scripts N] [--first I] [--jobs J] [--replay FILE]
    [--url-leveret URL] [--url-rabbitmq URL] [--keep FOLDER] [--patience MS] [--shrink SECONDS]

  --seed          what chance starts from; drawn and printed unless given
  --scripts       how many scripts; 100
  --first         the number of the first one; 0
  --jobs          how many at once; 12
  --replay        runs the script in this file instead
  --url-leveret   a Leveret that is there already; started in this process otherwise
  --url-rabbitmq  a RabbitMQ that is there already; started from rabbitmq-server otherwise
  --keep          a folder for the scripts that differ, to replay them
  --patience      milliseconds that the brokers may take to agree on a step; 3000
  --shrink        seconds that a script that differs may be made smaller; 90
`;
const EX_USAGE = 64;
const SEEDS = 1_000_000;

interface Arguments {
  readonly seed: number;
  readonly scripts: number;
  readonly first: number;
  readonly jobs: number;
  readonly patienceMs: number;
  readonly shrinkMs: number;
  readonly replay: string | undefined;
  readonly leveret: string | undefined;
  readonly rabbit: string | undefined;
  readonly keep: string | undefined;
}

function parse(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: String(Date.now() % SEEDS) },
      scripts: { type: 'string', default: '100' },
      first: { type: 'string', default: '0' },
      jobs: { type: 'string', default: '12' },
      patience: { type: 'string', default: '3000' },
      shrink: { type: 'string', default: '90' },
      replay: { type: 'string' },
      'url-leveret': { type: 'string' },
      'url-rabbitmq': { type: 'string' },
      keep: { type: 'string' },
    },
  });
  const number = (text: string): number => {
    if (!/^\d+$/.test(text)) throw new Error(`'${text}' is not a number`);
    return Number(text);
  };
  return {
    seed: number(values.seed),
    scripts: number(values.scripts),
    first: number(values.first),
    jobs: Math.max(1, number(values.jobs)),
    patienceMs: number(values.patience),
    shrinkMs: number(values.shrink) * 1000,
    replay: values.replay,
    leveret: values['url-leveret'],
    rabbit: values['url-rabbitmq'],
    keep: values.keep,
  };
}

async function startLeveret(): Promise<RunningBroker> {
  const dataDir = mkdtempSync(join(tmpdir(), 'leveret-differential-'));
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  const broker = await startBroker({ port: 0, logLevel: 'silent', dataDir });
  return { url: broker.url, stop: () => broker.close() };
}

const standing = (url: string): RunningBroker => ({ url, stop: () => Promise.resolve() });

function* scriptsOf(args: Arguments): Generator<readonly [string, Script]> {
  if (args.replay !== undefined) {
    yield [args.replay, JSON.parse(readFileSync(args.replay, 'utf8')) as Script];
    return;
  }
  for (let at = args.first; at < args.first + args.scripts; at++) {
    yield [`${args.seed}/${at}`, scriptOf(args.seed, at)];
  }
}

function tell(
  args: Arguments,
  { passed, varying, explained, findings }: Report,
  seconds: string,
): void {
  const say = (line: string): void => console.log(line);
  const folder = args.keep ?? (findings.length > 0 ? mkdtempSync(join(tmpdir(), 'differs-')) : '');
  for (const [at, { label, script }] of findings.entries()) {
    const file = join(folder, `${args.seed}-${at}.json`);
    writeFileSync(file, `${JSON.stringify(script, undefined, 1)}\n`);
    const number = label.split('/')[1] ?? '0';
    say(`again: npm run differential -- --seed ${args.seed} --first ${number} --scripts 1`);
    say(`small: npm run differential -- --replay ${file}`);
  }
  for (const [what, labels] of explained) {
    say(`${labels.length} scripts end early, as explained (${what}): ${labels.join(' ')}`);
  }
  if (varying.length > 0) {
    const labels = varying.map(({ label }) => label).join(' ');
    if (args.keep !== undefined) {
      const stories = varying.map(({ label, story }) => `script ${label} varies:\n${story}\n`);
      writeFileSync(join(args.keep, `${args.seed}-varying.txt`), stories.join('\n'));
    }
    say(`${varying.length} scripts that RabbitMQ itself answers in more than one way: ${labels}`);
  }
  say(`seed ${args.seed}, ${seconds} s`);
  say(`${passed} passed, ${findings.length} failed`);
}

async function main(args: Arguments): Promise<number> {
  const began = performance.now();
  const started: RunningBroker[] = [];
  const keep = async (broker: Promise<RunningBroker>): Promise<string> => {
    const running = await broker;
    started.push(running);
    return running.url;
  };
  try {
    const leveret = await keep(
      args.leveret ? Promise.resolve(standing(args.leveret)) : startLeveret(),
    );
    const rabbit = await keep(args.rabbit ? Promise.resolve(standing(args.rabbit)) : startRabbit());
    const probe = await Link.open(rabbit);
    const { version } = probe;
    probe.drop();
    const report = await runCampaign(scriptsOf(args), {
      brokers: [
        { name: 'Leveret', url: leveret },
        { name: 'RabbitMQ', url: rabbit },
      ],
      version,
      jobs: args.replay === undefined ? args.jobs : 1,
      patienceMs: args.patienceMs,
      shrinkMs: args.shrinkMs,
      say: (line) => console.log(line),
    });
    tell(args, report, ((performance.now() - began) / 1000).toFixed(1));
    return report.findings.length === 0 ? 0 : 1;
  } finally {
    for (const broker of started.reverse()) await broker.stop();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
let args: Arguments | undefined;
try {
  args = parse(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = EX_USAGE;
}
if (args !== undefined) process.exitCode = await main(args);
