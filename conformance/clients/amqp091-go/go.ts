// Go, and what its module proxy has.

import { chmod, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { debianPackages } from '../kit/debian.ts';
import type { Place } from '../kit/suite.ts';
import { turns } from '../kit/turns.ts';

/** What the newest of the modules tested asks for. */
const OLDEST_MINOR = 20;
/** A toolchain is had as a module too, by a Go that is too old for anything else. */
const TOOLCHAIN = 'golang.org/toolchain@v0.0.1-go1.24.4';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const DOWNLOAD_SECONDS = 240;

async function isNewEnough(place: Place, command: string): Promise<boolean> {
  const { status, output } = await place.run(command, ['version']);
  const minor = Number(/go version go1\.(\d+)/.exec(output)?.[1] ?? 0);
  return status === 0 && minor >= OLDEST_MINOR;
}

/** Modules come without the right to execute. */
async function makeExecutable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    await chmod(path, 0o755);
  }
}

const downloaded = z.looseObject({ Dir: z.string() });

/** The folder of a module in Go's own cache, where nothing can be written. */
async function download(place: Place, command: string, module: string): Promise<string> {
  const { output } = await place.must(command, ['mod', 'download', '-json', module], {
    // Outside of any module.
    folder: place.work,
    seconds: DOWNLOAD_SECONDS,
  });
  const json = output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1);
  return downloaded.parse(JSON.parse(json)).Dir;
}

async function newToolchain(place: Place): Promise<string> {
  const folder = join(place.cache, 'toolchain');
  const command = join(folder, 'bin/go');
  if (await isNewEnough(place, command)) return command;
  await debianPackages(place, ['golang-go']);
  const module = `${TOOLCHAIN}.linux-${ARCHITECTURES[arch()] ?? arch()}`;
  await copied(await download(place, 'go', module), folder);
  await makeExecutable(join(folder, 'bin'));
  await makeExecutable(join(folder, 'pkg/tool'));
  return command;
}

async function copied(from: string, to: string): Promise<void> {
  const scratch = `${to}.new`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  await cp(from, scratch, { recursive: true });
  for (const entry of await readdir(scratch, { withFileTypes: true, recursive: true })) {
    const mode = entry.isDirectory() ? 0o755 : 0o644;
    await chmod(join(entry.parentPath, entry.name), mode);
  }
  await chmod(scratch, 0o755);
  await rm(to, { recursive: true, force: true });
  await rename(scratch, to);
}

/** The command `go`, of a version that is new enough; it is fetched where the machine has none. */
export function goCommand(place: Place): Promise<string> {
  return turns.take('go', async () => {
    for (const command of ['go', '/usr/local/go/bin/go']) {
      if (await isNewEnough(place, command)) return command;
    }
    return newToolchain(place);
  });
}

/**
 * Copies the source of a module, with its tests, to where it can be changed.
 * @param module such as `github.com/streadway/amqp@v1.1.0`
 */
export async function copyModule(place: Place, module: string, folder: string): Promise<void> {
  await copied(await download(place, await goCommand(place), module), folder);
}
