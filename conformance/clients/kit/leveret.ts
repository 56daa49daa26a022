import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startGroup } from './place.ts';
import { prepare, quoted, StartedBroker, writeCtl } from './started.ts';
import type { Place, Suite } from './suite.ts';
import { turns } from './turns.ts';

const root = join(import.meta.dirname, '../../..');
const READY_SECONDS = 30;

async function newestIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const times = files.map(async (file) => (await stat(join(file.parentPath, file.name))).mtimeMs);
  return Math.max(0, ...(await Promise.all(times)));
}

async function built(program: string): Promise<number> {
  try {
    return (await stat(program)).mtimeMs;
  } catch {
    return 0;
  }
}

let checked = false;

/** The compiled program, compiled anew where the sources are newer, and once at most. */
export function leveretProgram(place: Place): Promise<string> {
  const program = join(root, 'dist/cli/main.js');
  return turns.take('dist', async () => {
    if (!checked && (await built(program)) < (await newestIn(join(root, 'src')))) {
      await place.must('npm', ['run', '--silent', 'build'], { folder: root });
    }
    checked = true;
    return program;
  });
}

/** @param name of a folder below `place.work` that is not there yet */
export async function startLeveret(
  place: Place,
  suite: Suite,
  name: string,
): Promise<StartedBroker> {
  const program = await leveretProgram(place);
  const listening = await prepare(place, suite, name);
  const url = `http://guest:guest@127.0.0.1:${listening.managementPort}`;
  const ctl = await writeCtl(listening.folder, [
    `LEVERET_URL=${quoted(url)} exec ${quoted(process.execPath)} ${quoted(program)} "$@"`,
  ]);
  const args = ['start', '--config', listening.configuration, '--prometheus-port', 'none'];
  const child = startGroup(
    process.execPath,
    [program, ...args, '--data-dir', join(listening.folder, 'data')],
    listening.log,
    { folder: listening.folder },
  );
  const broker = new StartedBroker('leveret', listening, ctl, child);
  await broker.ready(READY_SECONDS);
  return broker;
}
