/** `npm run bench`: runs scenarios against Leveret and, in turns, against another broker. */
import { appendFileSync } from 'node:fs';
import { type BenchArguments, parseBenchArguments, USAGE, UsageError } from './arguments.ts';
import { BrokerProcess } from './broker-process.ts';
import { isMemoryOnly } from './disk.ts';
import { buildIfStale, type Launch, leveretLaunch, otherLaunch } from './launch.ts';
import { measure } from './measure.ts';
import { MemoryCage } from './memory-cage.ts';
import { figure, type Run, renderFacts, renderTable } from './report.ts';
import type { Target } from './result.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';

const EX_USAGE = 64;
const EX_INTERRUPTED = 130;

async function main(): Promise<number> {
  const args = parseBenchArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (isMemoryOnly(args.folder)) {
    process.stderr.write(`${args.folder} is not on a disk: durable writes cost nothing there\n`);
  }
  if (args.leveret) buildIfStale();
  const runs: Run[] = [];
  let failures = 0;
  for (const name of args.scenarios) {
    for (const scenario of scenariosOf(name)) failures += await runScenario(scenario, args, runs);
  }
  process.stdout.write(`${renderTable(runs)}\n`);
  const facts = renderFacts(runs);
  if (facts !== '') process.stdout.write(`\n${facts}\n`);
  return failures === 0 ? 0 : 1;
}

/** Brokers that the bench starts are started anew for each scenario; one that runs is used as it stands. */
async function runScenario(scenario: Scenario, args: BenchArguments, runs: Run[]): Promise<number> {
  const launches: Launch[] = [];
  if (args.leveret) launches.push(leveretLaunch(args));
  if (args.leveret && scenario.work.kind === 'polled') {
    launches.push(leveretLaunch({ ...args, manages: true }));
  }
  if (args.startCommand !== undefined) launches.push(otherLaunch(args.startCommand));
  const started: BrokerProcess[] = [];
  const targets: Target[] = [];
  let failures = 0;
  try {
    for (const launch of launches) {
      const cage =
        args.cageMib === undefined ? undefined : new MemoryCage(launch.name, args.cageMib);
      started.push(await BrokerProcess.create(launch, args.folder, cage));
    }
    targets.push(...started);
    if (args.against !== undefined) {
      const { address, pids } = args.against;
      const name = `${address.host}:${address.port}`;
      targets.push({ name, address, pids, gc: undefined, host: undefined });
    }
    const times = scenario.once === true ? 1 : args.runs;
    for (let run = 1; run <= times; run++) {
      for (const target of targets) failures += await runOnce(scenario, target, run, args, runs);
    }
  } finally {
    for (const broker of started) await broker.discard();
  }
  return failures;
}

async function runOnce(
  scenario: Scenario,
  target: Target,
  run: number,
  args: BenchArguments,
  runs: Run[],
): Promise<number> {
  try {
    for (const result of await measure(scenario.work, target, args)) {
      const label = result.part === undefined ? scenario.label : `${scenario.label}-${result.part}`;
      const entry = { label, about: scenario.about, broker: target.name, run, result };
      runs.push(entry);
      const rate = figure(result.units / result.seconds);
      const cost = figure(result.brokerUsPerUnit);
      process.stderr.write(`${label} ${target.name} run ${run}: ${rate}/s, ${cost} µs each\n`);
      if (args.jsonFile !== undefined) appendFileSync(args.jsonFile, `${JSON.stringify(entry)}\n`);
    }
    return 0;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${scenario.label} ${target.name} run ${run} FAILED: ${text}\n`);
    return 1;
  }
}

process.once('SIGINT', () => process.exit(EX_INTERRUPTED));
process.once('SIGTERM', () => process.exit(EX_INTERRUPTED));

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    process.exitCode = error instanceof UsageError ? EX_USAGE : 1;
  },
);
