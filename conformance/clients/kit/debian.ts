// What Debian's archive has: packages, which are installed, and sources, which carry upstream's tests.

import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CommandOptions, Ended, Place } from './suite.ts';
import { turns } from './turns.ts';

const NONINTERACTIVE = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
const NEVER_START = '/usr/sbin/policy-rc.d';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const MIRROR = 'http://deb.debian.org';
const STABLE = 'bookworm';
/** Where else a source may be, when the archive lacks the files of the suite that was asked for. */
const OTHER_SUITES: readonly string[] = [STABLE, 'trixie', 'sid', 'bullseye'];

function asRoot(place: Place, args: readonly string[], options: CommandOptions): Promise<Ended> {
  const environment = { ...NONINTERACTIVE, ...options.environment };
  if (process.getuid?.() === 0) {
    return place.run('env', args, { ...options, environment });
  }
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return place.run('sudo', ['-n', 'env', ...settings, ...args], options);
}

async function missingOf(place: Place, names: readonly string[]): Promise<readonly string[]> {
  const { output } = await place.run(
    'dpkg-query',
    ['--show', `--showformat=\${Package} \${db:Status-Status}\\n`, ...names],
    { environment: NONINTERACTIVE },
  );
  const there = new Set(
    output.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  );
  return names.filter((name) => !there.has(name));
}

/** Keeps packages from starting their services while `act` runs. */
async function withoutServices<T>(place: Place, act: () => Promise<T>): Promise<T> {
  if (existsSync(NEVER_START)) return act();
  const text = join(place.work, 'policy-rc.d');
  await writeFile(text, '#!/bin/sh\nexit 101\n');
  await asRoot(place, ['install', '-m', '755', text, NEVER_START], {});
  try {
    return await act();
  } finally {
    await asRoot(place, ['rm', '-f', NEVER_START], {});
  }
}

async function install(place: Place, names: readonly string[]): Promise<void> {
  const missing = await missingOf(place, names);
  if (missing.length === 0) return;
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const packages = ['install', '-y', '--no-install-recommends', ...missing];
  await withoutServices(place, async () => {
    let ended = await asRoot(place, ['apt-get', ...options, ...packages], { seconds: 500 });
    if (ended.status !== 0) {
      await asRoot(place, ['apt-get', ...options, 'update'], { seconds: 300 });
      ended = await asRoot(place, ['apt-get', ...options, ...packages], { seconds: 500 });
    }
    if (ended.status !== 0) {
      throw new Error(`cannot install ${missing.join(' ')}:\n${ended.output.slice(-2000)}`);
    }
  });
}

/** Installs what is missing of these packages. None of their services is started. */
export function debianPackages(place: Place, names: readonly string[]): Promise<void> {
  return turns.take('dpkg', () => install(place, names));
}

/** A configuration of apt apart from the machine's own, for the sources of one suite. */
class SourceArchive {
  readonly #place: Place;
  readonly #suite: string;
  readonly #folder: string;

  constructor(place: Place, suite: string) {
    this.#place = place;
    this.#suite = suite;
    this.#folder = join(place.cache, `apt-${suite}`);
  }

  get #options(): readonly string[] {
    return [
      ...['-c', join(import.meta.dirname, 'apt.conf')],
      ...['-o', `Dir::Etc::sourceparts=${this.#folder}`, '-o', `Dir::Cache=${this.#folder}/cache`],
      ...['-o', `Dir::State::lists=${this.#folder}/lists`],
    ];
  }

  async update(): Promise<void> {
    await mkdir(join(this.#folder, 'lists/partial'), { recursive: true });
    await mkdir(join(this.#folder, 'cache/archives/partial'), { recursive: true });
    await chmod(this.#folder, 0o755);
    const entry = (path: string, suites: string): string =>
      `Types: deb-src\nURIs: ${MIRROR}/${path}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`;
    const entries = [entry('debian', this.#suite)];
    if (this.#suite !== 'sid') entries.push(entry('debian-security', `${this.#suite}-security`));
    await writeFile(join(this.#folder, 'own.sources'), entries.join('\n'));
    const ended = await this.#apt(['update'], { seconds: 240 });
    // One of the two may be out of order.
    if (ended.status !== 0 && /security/.test(ended.output) && entries.length > 1) {
      await writeFile(join(this.#folder, 'own.sources'), entries[0] ?? '');
      await this.#apt(['update'], { seconds: 240 });
    }
  }

  /** Downloads what there is of a source into a folder. */
  async download(name: string, folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const options = { folder, seconds: 240 };
    const args = ['source', '--download-only', name];
    let ended = await this.#apt(args, options);
    if (ended.status !== 0) ended = await this.#apt(args, options);
    if (ended.status === 0) return;
    // A version that a later one has replaced is often there still.
    const { output } = await this.#place.run(
      'apt-cache',
      [...this.#options, 'showsrc', '--only-source', name],
      { environment: NONINTERACTIVE },
    );
    const versions = [...output.matchAll(/^Version: (\S+)$/gm)].map((match) => match[1] ?? '');
    for (const version of new Set(versions)) {
      const again = ['source', '--download-only', `${name}=${version}`];
      if ((await this.#apt(again, options)).status === 0) return;
    }
    await this.#fetchParts(name, folder);
  }

  /** Asks for each file by itself: those that upstream made may be there when others are not. */
  async #fetchParts(name: string, folder: string): Promise<void> {
    const { output } = await this.#apt(['source', '--print-uris', name], { folder });
    const found = [...output.matchAll(/^'(\S+)' (\S+) \d+ (?:SHA\d+|MD5Sum):/gm)];
    for (const [, address = '', file = ''] of found) {
      const other = address.includes('/debian-security/')
        ? address.replace('/debian-security/pool/updates/', '/debian/pool/')
        : address.replace('/debian/pool/', '/debian-security/pool/updates/');
      for (const each of [address, other]) {
        if (existsSync(join(folder, file)) || !each.startsWith('http')) continue;
        const answer = await fetch(each, { signal: AbortSignal.timeout(120_000) }).catch(
          () => undefined,
        );
        if (answer?.ok !== true) continue;
        await writeFile(join(folder, file), new Uint8Array(await answer.arrayBuffer()));
      }
    }
  }

  #apt(args: readonly string[], options: CommandOptions): Promise<Ended> {
    return this.#place.run('apt-get', ['-q', ...this.#options, ...args], {
      ...options,
      environment: NONINTERACTIVE,
    });
  }
}

/** Unpacks what was downloaded; undefined when too little was. */
async function unpack(place: Place, folder: string): Promise<string | undefined> {
  const files = await readdir(folder);
  const description = files.find((file) => file.endsWith('.dsc'));
  const upstream = files.find((file) => /\.orig\.tar\.\w+$/.test(file));
  const name = (upstream ?? description ?? '').replace(/\.orig\.tar\.\w+$|\.dsc$/, '');
  const target = join(folder, name.replace('_', '-'));
  if (description !== undefined) {
    const args = ['--no-check', '-x', description, target];
    const { status } = await place.run('dpkg-source', args, { folder });
    if (status === 0) return target;
    await rm(target, { recursive: true, force: true });
  }
  if (upstream === undefined) return undefined;
  await mkdir(target);
  const args = ['-xf', upstream, '-C', target, '--strip-components=1'];
  const { status } = await place.run('tar', args, { folder });
  return status === 0 ? target : undefined;
}

async function unpackedIn(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.find((entry) => entry.isDirectory());
  return found === undefined ? undefined : join(folder, found.name);
}

async function fetchSource(place: Place, name: string, suite: string): Promise<string> {
  const folder = join(place.cache, `source-${name}-${suite}`);
  const kept = await unpackedIn(folder);
  if (kept !== undefined) return kept;
  await debianPackages(place, ['dpkg-dev', 'xz-utils']);
  const suites = [suite, ...OTHER_SUITES.filter((other) => other !== suite)];
  for (const each of suites) {
    const scratch = `${folder}.new`;
    await rm(scratch, { recursive: true, force: true });
    const archive = new SourceArchive(place, each);
    await archive.update();
    await archive.download(name, scratch);
    const unpacked = await unpack(place, scratch);
    if (unpacked === undefined) continue;
    await rm(folder, { recursive: true, force: true });
    await rename(scratch, folder);
    return join(folder, basename(unpacked));
  }
  throw new Error(`the source of ${name} is not to be had from Debian (${suites.join(', ')})`);
}

/**
 * The unpacked source of a Debian package, with Debian's patches where they could be had. Where the
 * archive lacks it for that suite of Debian, it is another suite's, and so perhaps another version:
 * the folder's name ends with upstream's.
 * @param suite such as `trixie` or `sid` for a newer one
 */
export function debianSource(place: Place, name: string, suite = STABLE): Promise<string> {
  const folder = join(place.cache, `source-${name}-${suite}`);
  return turns.take(folder, () => fetchSource(place, name, suite));
}
