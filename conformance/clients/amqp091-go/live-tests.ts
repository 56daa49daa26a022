// The tests of a Go module that want a broker.

import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goTestScore } from '../kit/reports.ts';
import type { Outcome, Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { copyModule, goCommand } from './go.ts';

const BUILD_SECONDS = 240;
const TAG = /^\/\/(?:go:build| \+build) .*\bintegration\b/m;

export interface LiveTests {
  /** Of the suite. */
  readonly name: string;
  /** Such as `github.com/streadway/amqp@v1.1.0`. */
  readonly module: string;
  /** May take so long against a broker. */
  readonly seconds: number;
  /** Tests that can run at the same time, and then those that can not, all in this order. */
  readonly rounds?: (tests: readonly string[]) => readonly (readonly (readonly string[])[])[];
}

const folderOf = (place: Place, tests: LiveTests): string => join(place.cache, tests.name);
const programOf = (place: Place, tests: LiveTests): string => `${folderOf(place, tests)}.test`;

/** Some ask the management API at its usual port, and are to ask at that of the broker under test. */
async function freeManagementPort(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    if (!entry.endsWith('.go') || entry.startsWith('_examples')) continue;
    const path = join(folder, entry);
    const text = await readFile(path, 'utf8');
    const changed = text
      .replaceAll('"15672"', 'os.Getenv("MANAGEMENT_PORT")')
      .replaceAll('localhost:15672', 'localhost:" + os.Getenv("MANAGEMENT_PORT") + "');
    if (changed === text) continue;
    const imports = /^\t"os"$/m.test(text) ? 'import (' : 'import (\n\t"os"';
    await writeFile(path, changed.replace('import (', imports));
  }
}

async function build(place: Place, tests: LiveTests): Promise<void> {
  const program = programOf(place, tests);
  if (existsSync(program)) return;
  const folder = folderOf(place, tests);
  await copyModule(place, tests.module, folder);
  await freeManagementPort(folder);
  await rm(program, { force: true });
  await place.must(
    await goCommand(place),
    ['test', '-c', '-vet=off', '-tags', 'integration', '-o', program, '.'],
    { folder, seconds: BUILD_SECONDS },
  );
}

/** The tests of the files that are compiled for a broker alone, and the examples that can be run. */
async function named(place: Place, tests: LiveTests): Promise<readonly string[]> {
  const folder = folderOf(place, tests);
  const names: string[] = [];
  for (const file of await readdir(folder)) {
    if (!file.endsWith('_test.go')) continue;
    const text = await readFile(join(folder, file), 'utf8');
    if (!TAG.test(text)) continue;
    names.push(...[...text.matchAll(/^func (Test\w+)\(/gm)].map(([, name = '']) => name));
  }
  const { output } = await place.must(programOf(place, tests), ['-test.list', '^Example']);
  names.push(...output.split('\n').filter((line) => /^Example\w*$/.test(line)));
  return names.filter((name) => name !== 'TestMain');
}

let vhosts = 0;

/** Versions of a client declare the same names with other arguments. */
async function newVhost(broker: TestedBroker): Promise<string> {
  vhosts += 1;
  const name = `go-${vhosts}`;
  await broker.ask('PUT', `/api/vhosts/${name}`);
  const rights = { configure: '.*', write: '.*', read: '.*' };
  await broker.ask('PUT', `/api/permissions/${name}/guest`, rights);
  return name;
}

async function runTogether(
  place: Place,
  broker: TestedBroker,
  tests: LiveTests,
  names: readonly string[],
): Promise<Score> {
  const vhost = await newVhost(broker);
  const command = await goCommand(place);
  const pattern = `^(${names.join('|')})$`;
  const flags = ['-test.v', '-test.run', pattern, '-test.timeout', `${tests.seconds - 10}s`];
  const { output } = await place.run(
    command,
    ['tool', 'test2json', '-t', programOf(place, tests), ...flags],
    {
      folder: folderOf(place, tests),
      seconds: tests.seconds,
      environment: {
        AMQP_URL: `amqp://guest:guest@${broker.host}:${broker.port}/${vhost}`,
        MANAGEMENT_PORT: String(broker.managementPort),
        RABBITMQ_RABBITMQCTL_PATH: broker.ctl,
      },
    },
  );
  return goTestScore(output);
}

async function run(
  place: Place,
  broker: TestedBroker,
  tests: LiveTests,
  only?: readonly string[],
): Promise<Score> {
  const wanted = only?.map((name) => name.split('/', 1)[0]);
  const all = await named(place, tests);
  const names = all.filter((name) => wanted?.includes(name) ?? true);
  const rounds = tests.rounds?.(names) ?? [[names]];
  const score = new Map<string, Outcome>();
  for (const round of rounds) {
    const groups = round.filter((group) => group.length > 0);
    const running = groups.map((group) => runTogether(place, broker, tests, group));
    for (const part of await Promise.all(running)) {
      for (const [name, outcome] of part) score.set(name, outcome);
    }
  }
  return score;
}

export function goSuite(tests: LiveTests): Suite {
  return {
    name: tests.name,
    seconds: tests.seconds,
    install: (place) => build(place, tests),
    run: (place, broker, only) => run(place, broker, tests, only),
  };
}
