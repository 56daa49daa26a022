// Jars of Maven Central and what they need, fetched without Maven.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from '../../kit/suite.ts';
import { turns } from '../../kit/turns.ts';
import { type Coordinates, type Dependency, Pom, parentOf } from './pom.ts';

const CENTRAL = 'https://repo1.maven.org/maven2';
const TRIES = 4;
const LEFT_OUT = new Set(['test', 'provided', 'system', 'import']);

async function fetched(path: string): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await fetch(`${CENTRAL}/${path}`, { signal: AbortSignal.timeout(120_000) })
      .then(async (answer) => {
        if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
        return `answered ${answer.status}`;
      })
      .catch((error: unknown) => String(error));
    if (typeof failure !== 'string') return failure;
    if (attempt === TRIES) throw new Error(`Maven Central: ${path}: ${failure}`);
    await pause(1000 * attempt);
  }
}

function pathOf(coordinates: Coordinates, extension: string): string {
  const [group = '', artifact = '', version = ''] = coordinates.split(':');
  return `${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}.${extension}`;
}

function isNeeded({ scope, optional, classifier }: Dependency): boolean {
  return !LEFT_OUT.has(scope ?? 'compile') && optional !== 'true' && classifier === undefined;
}

/** What Maven Central has, kept on disk. */
export class Maven {
  readonly #folder: string;
  readonly #poms = new Map<Coordinates, Promise<Pom>>();

  constructor(place: Place) {
    this.#folder = join(place.cache, 'maven');
  }

  /**
   * The path of classes for these jars and all that they need. Of several versions of one artifact
   * the one that is named first, or needed with fewer steps between, is taken, as Maven does.
   */
  async classPath(wanted: readonly Coordinates[]): Promise<string> {
    const taken = new Map<string, Coordinates>();
    let level = wanted;
    while (level.length > 0) {
      const fresh = level.filter((coordinates) => {
        const name = coordinates.slice(0, coordinates.lastIndexOf(':'));
        if (taken.has(name)) return false;
        taken.set(name, coordinates);
        return true;
      });
      const needed = await Promise.all(fresh.map((each) => this.#neededBy(each)));
      level = needed.flat();
    }
    const jars = [...taken.values()].map((each) => this.#file(pathOf(each, 'jar')));
    return (await Promise.all(jars)).join(':');
  }

  /** What a jar can do without, of one group. */
  async optional(coordinates: Coordinates, group: string): Promise<readonly Coordinates[]> {
    const pom = await this.#pom(coordinates);
    return pom.dependencies
      .filter(
        ({ optional, groupId, scope }) =>
          optional === 'true' && groupId === group && scope !== 'test',
      )
      .map((each) => pom.coordinates(each));
  }

  async #neededBy(coordinates: Coordinates): Promise<Coordinates[]> {
    const pom = await this.#pom(coordinates);
    return pom.dependencies.filter(isNeeded).map((each) => pom.coordinates(each));
  }

  #pom(coordinates: Coordinates): Promise<Pom> {
    const known = this.#poms.get(coordinates);
    if (known !== undefined) return known;
    const pom = this.#readPom(coordinates);
    this.#poms.set(coordinates, pom);
    return pom;
  }

  async #readPom(coordinates: Coordinates): Promise<Pom> {
    const xml = await readFile(await this.#file(pathOf(coordinates, 'pom')), 'utf8');
    const parent = parentOf(xml);
    const pom = new Pom(xml, parent === undefined ? undefined : await this.#pom(parent));
    // Tools for tests manage most of these; only who leaves a version open needs them.
    const open = pom.dependencies.some(
      (each) => isNeeded(each) && each.version === undefined && !pom.managed.has(pom.nameOf(each)),
    );
    if (open) for (const each of pom.imports) pom.adopt(await this.#pom(pom.coordinates(each)));
    return pom;
  }

  #file(path: string): Promise<string> {
    const file = join(this.#folder, path);
    return turns.take(file, async () => {
      if (existsSync(file)) return file;
      await mkdir(dirname(file), { recursive: true });
      const partial = join(dirname(file), `.${basename(file)}.${process.pid}`);
      await writeFile(partial, await fetched(path));
      await rename(partial, file);
      return file;
    });
  }
}
