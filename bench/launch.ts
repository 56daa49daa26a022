/** How a broker is started: Leveret from dist, which is built first when it is older than the sources, or any other. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = join(ROOT, 'dist/cli/main.js');

export interface Launch {
  readonly name: string;
  /** Whether it has a management API, on a port of its own. */
  readonly manages: boolean;
  /** Whether it prints V8's --trace-gc lines. */
  readonly tracesGc: boolean;
  /** For a shell: `args` are its "$1", "$2", …; SIGTERM is the broker's clean stop. */
  command(port: number, dataDir: string, managementPort: number | undefined): Command;
}

export interface Command {
  readonly command: string;
  readonly args: string[];
}

/** What is measured is AMQP alone, unless somebody asks for more. */
export interface LeveretOptions {
  /** For node, before the script. */
  readonly nodeArgs: readonly string[];
  /** For `leveret start`, behind the bench's own. */
  readonly startArgs: readonly string[];
  readonly manages?: boolean;
}

export function leveretLaunch({ nodeArgs, startArgs, manages = false }: LeveretOptions): Launch {
  return {
    name: manages ? 'leveret, polled' : 'leveret',
    manages,
    tracesGc: true,
    command: (port, dataDir, managementPort) => ({
      command: '"$@"',
      args: [
        ...[process.execPath, ...nodeArgs, '--trace-gc', ENTRY, 'start'],
        ...['--port', String(port), '--log-level', 'warn', '--data-dir', dataDir],
        ...besides(startArgs, '--management-port', managementPort),
        ...besides(startArgs, '--prometheus-port', undefined),
        ...startArgs,
      ],
    }),
  };
}

function besides(
  startArgs: readonly string[],
  flag: string,
  port: number | undefined,
): readonly string[] {
  return startArgs.some((arg) => arg.startsWith(flag)) ? [] : [flag, String(port ?? 'none')];
}

/** A command line of the user's, in which `{port}` and `{dir}` are filled in. */
export function otherLaunch(commandLine: string): Launch {
  return {
    name: parse(commandLine.split(' ', 1)[0] ?? '').name,
    manages: false,
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
