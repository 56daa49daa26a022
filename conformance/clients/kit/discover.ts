import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Suite } from './suite.ts';
import type { FoundSuite } from './trial.ts';

async function suitesOf(file: string): Promise<readonly Suite[]> {
  const module: { readonly suites?: readonly Suite[] } = await import(pathToFileURL(file).href);
  if (module.suites === undefined) throw new Error(`${file} exports no suites`);
  return module.suites;
}

/** The suites of clients in a folder, those that take longest first. */
async function suitesIn(
  folder: string,
  clients: readonly string[],
): Promise<readonly FoundSuite[]> {
  const found: FoundSuite[] = [];
  for (const client of clients) {
    const here = join(folder, client);
    for (const suite of await suitesOf(join(here, 'suite.ts'))) found.push({ suite, here, client });
  }
  const names = found.map(({ suite }) => suite.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two suites are called ${twice}`);
  return found.sort((a, b) => b.suite.seconds - a.suite.seconds);
}

/**
 * The suites in a folder, those that take longest first.
 * @param names of clients and of suites; all of them without one
 * @throws when a name fits none
 */
export async function discover(
  folder: string,
  names: readonly string[],
): Promise<readonly FoundSuite[]> {
  const clients = (await readdir(folder))
    .filter((client) => client !== 'kit' && existsSync(join(folder, client, 'suite.ts')))
    .sort();
  // What is not asked for need not even be in order.
  if (names.length > 0 && names.every((name) => clients.includes(name))) {
    return suitesIn(folder, [...new Set(names)]);
  }
  const all = await suitesIn(folder, clients);
  if (names.length === 0) return all;
  const fits = ({ suite, client }: FoundSuite, name: string): boolean =>
    suite.name === name || client === name;
  const stranger = names.find((name) => !all.some((each) => fits(each, name)));
  if (stranger !== undefined) {
    const there = all.map(({ suite }) => suite.name).sort();
    throw new Error(`there is no suite ${stranger}; there are ${there.join(', ')}`);
  }
  return all.filter((each) => names.some((name) => fits(each, name)));
}
