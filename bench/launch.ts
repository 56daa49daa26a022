/** How a broker is started: Leveret from dist, which is built first when it is older than the sources, or any other. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = join(ROOT, 'dist/cli/main.js');

export interface Launch {
  readonly name: string;
  /** Whether it prints V8's --trace-gc lines. */
  readonly tracesGc: boolean;
  /** For a shell: `args` are its "$1", "$2", …; SIGTERM is the broker's clean stop. */
  command(port: number, dataDir: string): { readonly command: string; readonly args: string[] };
}

/**
 * @param nodeArgs for node, before the script
 * @param startArgs for `leveret start`, behind the bench's own
 */
export function leveretLaunch(nodeArgs: readonly string[], startArgs: readonly string[]): Launch {
  return {
    name: 'leveret',
    tracesGc: true,
    command: (port, dataDir) => ({
      command: '"$@"',
      args: [
        ...[process.execPath, ...nodeArgs, '--trace-gc', ENTRY, 'start'],
        ...['--port', String(port), '--log-level', 'warn', '--data-dir', dataDir],
        ...startArgs,
      ],
    }),
  };
}

/** A command line of the user's, in which `{port}` and `{dir}` are filled in. */
export function otherLaunch(commandLine: string): Launch {
  return {
    name: parse(commandLine.split(' ', 1)[0] ?? '').name,
    tracesGc: false,
    command: (port, dataDir) => ({
      command: commandLine.replaceAll('{port}', '"$1"').replaceAll('{dir}', '"$2"'),
      args: [String(port), dataDir],
    }),
  };
}

export function buildIfStale(): void {
  if (existsSync(ENTRY) && newestMs(join(ROOT, 'src')) <= statSync(ENTRY).mtimeMs) return;
  process.stderr.write('building dist\n');
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
}

function newestMs(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
}
