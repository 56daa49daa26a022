// amqplib's own tests that talk to a broker, which lie in its packages for npm: for mocha up to 0.10,
// for node:test from then on. Packages after 2.2.0 lack them.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redirection } from '../kit/redirect.ts';
import { goTestScore, junitScore } from '../kit/reports.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

type Runner = 'mocha' | 'node';

interface Version {
  readonly name: string;
  readonly version: string;
  readonly runner: Runner;
  /** Tests that fail with any broker, by the ends of their titles. */
  readonly without?: readonly string[];
}

const VERSIONS: readonly Version[] = [
  {
    name: 'amqplib-0.8',
    version: '0.8.0',
    runner: 'mocha',
    // The client calls back a second time when its socket has ended.
    without: ['wrongly typed open option', 'wrongly typed heartbeat option'],
  },
  { name: 'amqplib-0.10', version: '0.10.9', runner: 'mocha' },
  { name: 'amqplib-2.2', version: '2.2.0', runner: 'node' },
];

/** The others are about the client by itself. */
const FILES: readonly string[] = ['connect', 'channel_api', 'callback_api'];
/** In place of the one or two seconds that they give a test. */
const TEST_MILLISECONDS = 20_000;
const TOOLS: readonly string[] = ['mocha@9.2.2', 'claire@0.4.1'];

/** The folder of an installed amqplib, beside what its tests need. */
async function installed(place: Place, { version }: Version): Promise<string> {
  const folder = join(place.cache, version);
  const client = join(folder, 'node_modules/amqplib');
  if (existsSync(folder)) return client;
  const scratch = `${folder}.new`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  await writeFile(join(scratch, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
  await place.must('npm', ['install', ...options, `amqplib@${version}`, ...TOOLS], {
    folder: scratch,
  });
  await rename(scratch, folder);
  return client;
}

function endsOf(texts: readonly string[]): string {
  const escaped = texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return `(?:${escaped.join('|')})$`;
}

/** A regular expression that is true of these texts alone. */
function anyOf(texts: readonly string[]): string {
  return `^${endsOf(texts)}`;
}

interface Run {
  readonly place: Place;
  readonly version: Version;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly only: readonly string[] | undefined;
}

async function mocha({ place, version, folder, environment, only }: Run): Promise<Score> {
  const report = join(place.work, 'report.xml');
  const words = ['-u', 'tdd', '--exit', '--timeout', String(TEST_MILLISECONDS)];
  words.push('--reporter', 'xunit', '--reporter-option', `output=${report}`);
  if (only !== undefined) words.push('--grep', anyOf(only.map((test) => test.replace('::', ' '))));
  else if (version.without !== undefined) words.push('--invert', '--grep', endsOf(version.without));
  const command = join(folder, '../mocha/bin/mocha');
  const files = FILES.map((file) => `test/${file}.js`);
  await place.run(process.execPath, [command, ...words, ...files], {
    folder,
    environment,
    seconds: 200,
  });
  return existsSync(report) ? junitScore(await readFile(report, 'utf8')) : new Map();
}

async function nodeTest({ place, folder, environment, only }: Run): Promise<Score> {
  const report = join(place.work, 'report.jsonl');
  const words = ['--test', '--test-concurrency=1', `--test-timeout=${TEST_MILLISECONDS}`];
  words.push(`--test-reporter=${join(place.here, 'support/reporter.mjs')}`);
  words.push(`--test-reporter-destination=${report}`);
  if (only !== undefined) {
    const names = only.map((test) => test.slice(test.lastIndexOf(' > ') + 3));
    words.push(`--test-name-pattern=${anyOf(names)}`);
  }
  const files = FILES.map((file) => `test/${file}.test.js`);
  await place.run(process.execPath, [...words, ...files], { folder, environment, seconds: 200 });
  if (!existsSync(report)) return new Map();
  const score = goTestScore(await readFile(report, 'utf8'));
  // A name may be found in several places.
  return new Map([...score].filter(([test]) => only?.includes(test) ?? true));
}

async function run(
  place: Place,
  { port }: TestedBroker,
  version: Version,
  only: readonly string[] | undefined,
): Promise<Score> {
  const folder = await installed(place, version);
  const environment = await redirection(place, new Map([[5672, port]]));
  const act = version.runner === 'mocha' ? mocha : nodeTest;
  return act({ place, version, folder, environment, only });
}

export const suites: readonly Suite[] = VERSIONS.map((version) => ({
  name: version.name,
  seconds: 220,
  async install(place) {
    await installed(place, version);
  },
  run: (place, broker, only) => run(place, broker, version, only),
}));
