// What the Python Package Index has, and pytest.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { debianPackages } from './debian.ts';
import { junitScore } from './reports.ts';
import type { CommandOptions, Place, Score } from './suite.ts';
import { turns } from './turns.ts';

const QUIET = ['--quiet', '--disable-pip-version-check', '--no-input'];
const INSTALL_SECONDS = 500;

function keyOf(words: readonly string[]): string {
  return createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 12);
}

/** A Python that can make virtual environments. */
async function basePython(place: Place): Promise<string> {
  const probe = ['-c', 'import ensurepip, venv'];
  for (const python of ['python3', '/usr/bin/python3']) {
    if ((await place.run(python, probe)).status === 0) return python;
  }
  await debianPackages(place, ['python3', 'python3-venv']);
  return '/usr/bin/python3';
}

async function makeEnvironment(place: Place, packages: readonly string[]): Promise<string> {
  const folder = join(place.cache, `venv-${keyOf(packages)}`);
  const python = join(folder, 'bin/python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  await rm(folder, { recursive: true, force: true });
  await place.must(await basePython(place), ['-m', 'venv', folder]);
  await place.must(python, ['-m', 'pip', 'install', ...QUIET, ...packages], {
    seconds: INSTALL_SECONDS,
  });
  await writeFile(complete, `${packages.join('\n')}\n`);
  return python;
}

/** The python of a virtual environment with these packages, as pip takes them. */
export function virtualEnvironment(place: Place, packages: readonly string[]): Promise<string> {
  return turns.take(`${place.cache}/${keyOf(packages)}`, () => makeEnvironment(place, packages));
}

async function unpackDistribution(place: Place, requirement: string): Promise<string> {
  const folder = join(place.cache, `sdist-${requirement.replaceAll(/[^\w.]+/g, '-')}`);
  const unpacked = join(folder, 'unpacked');
  if (existsSync(unpacked)) return unpacked;
  const scratch = `${folder}.new`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const python = await virtualEnvironment(place, ['setuptools', 'wheel']);
  const args = ['download', ...QUIET, '--no-deps', '--no-binary', ':all:', '--dest', scratch];
  // What builds it may well be a wheel, so it is there already.
  const own = ['-m', 'pip', ...args, '--no-build-isolation', requirement];
  const { status } = await place.run(python, own, { seconds: INSTALL_SECONDS });
  if (status !== 0) {
    const [name = ''] = requirement.split(/[^\w.-]/);
    const other = args.map((word) => (word === ':all:' ? name : word));
    await place.must(python, ['-m', 'pip', ...other, requirement], { seconds: INSTALL_SECONDS });
  }
  const [archive] = await readdir(scratch);
  if (archive === undefined) throw new Error(`pip has downloaded nothing for ${requirement}`);
  await mkdir(join(scratch, 'unpacked'));
  const unpacking = ['-xf', archive, '-C', 'unpacked', '--strip-components=1'];
  await place.must('tar', unpacking, { folder: scratch });
  await rm(folder, { recursive: true, force: true });
  await rename(scratch, folder);
  return unpacked;
}

/** The unpacked source distribution of a requirement such as `kombu==5.6.2`. */
export function sourceDistribution(place: Place, requirement: string): Promise<string> {
  return turns.take(`${place.cache}/sdist/${requirement}`, () =>
    unpackDistribution(place, requirement),
  );
}

export interface PytestOptions extends CommandOptions {
  /** Names as in a score. */
  readonly only?: readonly string[] | undefined;
}

/** Runs pytest. A test is named as its report has it: `classname::name`. */
export async function pytest(
  place: Place,
  python: string,
  args: readonly string[],
  options: PytestOptions,
): Promise<Score> {
  const { only, environment, ...rest } = options;
  const report = join(place.work, 'pytest.xml');
  await rm(report, { force: true });
  const words = ['-m', 'pytest', '-p', 'no:cacheprovider', '--color=no', `--junitxml=${report}`];
  const added: Record<string, string> = { ...environment };
  if (only !== undefined) {
    const list = join(place.work, 'only.txt');
    await writeFile(list, only.join('\n'));
    words.push('-p', 'only_these');
    added['ONLY_THESE'] = list;
    const path = [import.meta.dirname, added['PYTHONPATH'] ?? process.env['PYTHONPATH'] ?? ''];
    added['PYTHONPATH'] = path.filter((folder) => folder !== '').join(delimiter);
  }
  added['PYTHONDONTWRITEBYTECODE'] ??= '1';
  await place.run(python, [...words, ...args], { ...rest, environment: added });
  return existsSync(report) ? junitScore(await readFile(report, 'utf8')) : new Map();
}
