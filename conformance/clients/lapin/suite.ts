// The tests of lapin, Rust's client on tokio, that talk to a broker, from its package at crates.io.

import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { debianPackages } from '../kit/debian.ts';
import type { Outcome, Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { turns } from '../kit/turns.ts';

const VERSION = '4.12.3';
/** What it asks for. */
const OLDEST_MINOR = 88;

/**
 * Files of tests. The others have a broker of their own, or none, want a second runtime, or are a
 * race in the client that is lost now and then with any broker (ack_after_close).
 */
const FILES: readonly string[] = [
  ...['channel_closed_by_broker', 'conn_wrong_vhost', 'connection', 'connection_tasks'],
  ...['publisher_confirms', 'recovery_qos', 'runtime_isolation', 'tokio'],
];

/** Nothing but what these tests need is built: no TLS, nothing for debuggers. */
const FEATURES: readonly string[] = ['--no-default-features', '--features', 'tokio'];
const BUILD = {
  CARGO_PROFILE_TEST_DEBUG: '0',
  CARGO_PROFILE_DEV_DEBUG: '0',
  CARGO_INCREMENTAL: '0',
};
const BUILD_SECONDS = 550;

/** The command `cargo`, of a version that is new enough. Debian has one to build browsers with. */
async function cargo(place: Place): Promise<string> {
  const { output } = await place.run('rustc', ['--version']);
  const minor = Number(/^rustc 1\.(\d+)/.exec(output)?.[1] ?? 0);
  if (minor < OLDEST_MINOR) {
    await debianPackages(place, ['cargo-web', 'rustc-web', 'gcc', 'libc6-dev']);
  }
  return 'cargo';
}

const metadata = z.looseObject({
  packages: z.array(z.looseObject({ name: z.string(), manifest_path: z.string() })),
});

/** Copies the crate from where cargo keeps what it has downloaded. */
async function source(place: Place): Promise<string> {
  const folder = join(place.cache, `lapin-${VERSION}`);
  if (existsSync(folder)) return folder;
  const asking = join(place.work, 'asking');
  await mkdir(join(asking, 'src'), { recursive: true });
  await writeFile(join(asking, 'src/lib.rs'), '');
  const lines = ['[package]', 'name = "asking"', 'version = "0.0.0"', 'edition = "2021"'];
  lines.push('[dependencies.lapin]', `version = "=${VERSION}"`, 'default-features = false');
  await writeFile(join(asking, 'Cargo.toml'), `${lines.join('\n')}\n`);
  const words = ['metadata', '--quiet', '--format-version', '1'];
  const { output } = await place.must(await cargo(place), words, { folder: asking });
  const json = output.slice(output.indexOf('{"packages"'), output.lastIndexOf('}') + 1);
  const { packages } = metadata.parse(JSON.parse(json));
  const manifest = packages.find(({ name }) => name === 'lapin')?.manifest_path;
  if (manifest === undefined) throw new Error('cargo does not say where lapin is');
  const scratch = `${folder}.new`;
  await rm(scratch, { recursive: true, force: true });
  await cp(dirname(manifest), scratch, { recursive: true });
  await rename(scratch, folder);
  return folder;
}

const artifact = z.looseObject({
  target: z.looseObject({ name: z.string() }),
  executable: z.string().nullish(),
});

/** Where each file of tests is, as a program. */
async function build(place: Place): Promise<ReadonlyMap<string, string>> {
  const folder = await source(place);
  const list = join(folder, 'programs.json');
  if (existsSync(list)) return new Map(JSON.parse(await readFile(list, 'utf8')));
  const tests = FILES.flatMap((file) => ['--test', file]);
  const words = ['test', '--no-run', '--message-format', 'json', ...FEATURES, ...tests];
  const { output } = await place.must(await cargo(place), words, {
    folder,
    environment: BUILD,
    seconds: BUILD_SECONDS,
  });
  const programs = new Map<string, string>();
  for (const line of output.split('\n')) {
    if (!line.startsWith('{"reason":"compiler-artifact"')) continue;
    const { target, executable } = artifact.parse(JSON.parse(line));
    if (typeof executable === 'string') programs.set(target.name, executable);
  }
  await writeFile(list, JSON.stringify([...programs]));
  return programs;
}

const RESULT = /^test (\S+) \.\.\. [\s\S]*?(ok|FAILED|ignored)$/gm;

/**
 * What libtest prints for each test, which is named here by its file too. What the test itself has
 * written stands between its name and what came of it.
 */
function scoreOf(file: string, output: string): Score {
  const outcomes = new Map<string, Outcome>([
    ['ok', 'passed'],
    ['FAILED', 'failed'],
    ['ignored', 'skipped'],
  ]);
  const score = new Map<string, Outcome>();
  for (const [, test = '', said = ''] of output.matchAll(RESULT)) {
    score.set(`${file}::${test}`, outcomes.get(said) ?? 'failed');
  }
  return score;
}

async function run(
  place: Place,
  { host, port }: TestedBroker,
  only: readonly string[] | undefined,
): Promise<Score> {
  const score = new Map<string, Outcome>();
  for (const [file, program] of await build(place)) {
    const wanted = only?.flatMap((test) =>
      test.startsWith(`${file}::`) ? [test.slice(file.length + 2)] : [],
    );
    if (wanted?.length === 0) continue;
    const words = ['--test-threads', '1', '--exact', ...(wanted ?? [])];
    const { output } = await place.run(program, words, {
      environment: { AMQP_ADDR: `amqp://guest:guest@${host}:${port}/%2f` },
      seconds: 60,
    });
    for (const [test, outcome] of scoreOf(file, output)) score.set(test, outcome);
  }
  return score;
}

export const suites: readonly Suite[] = [
  {
    name: 'lapin',
    seconds: 280,
    async install(place) {
      await turns.take('lapin', () => build(place));
    },
    run,
  },
];
