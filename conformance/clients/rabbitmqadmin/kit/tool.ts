import { spawn, spawnSync } from 'node:child_process';
import { steps as oldSteps } from '../v1.ts';
import { steps as newSteps } from '../v2.ts';
import type { Step } from './step.ts';
import { VHOST } from './topology.ts';

const DEADLINE_MS = 30_000;

export interface Tool {
  readonly name: 'v1' | 'v2';
  readonly version: string;
  readonly steps: readonly Step[];
  /** Its commands, as its help lists them. */
  readonly commands: readonly string[];
  /** The command line of a step, for the HTTP port. */
  command(step: Step, port: string): string[];
}

export interface Finished {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  LC_ALL: 'C.UTF-8',
  LD_LIBRARY_PATH: process.env['V2_LIBRARIES'],
});

/** Runs a command in a folder that is its home as well. */
export function execute(
  command: readonly string[],
  folder: string,
  stdin: string,
): Promise<Finished> {
  return new Promise((resolve) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      cwd: folder,
      env: environment(folder),
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // Most do not read what they are given.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.once('error', (error) => resolve({ exit: -1, stdout: '', stderr: error.message }));
    child.once('close', (code) => resolve({ exit: code ?? -1, stdout, stderr }));
  });
}

/** @throws Error when it cannot be run */
function output(program: string, args: readonly string[], home: string): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: environment(home),
    timeout: DEADLINE_MS,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/** @throws Error when it cannot be run */
export function oldTool(script: string, home: string): Tool {
  const help = output('python3', [script, 'help', 'subcommands'], home);
  const pairs = help.matchAll(/^ {2}((?:list|show|declare|delete|close|purge) \w+)/gm);
  const words = help.matchAll(/^ {2}(export|import|publish|get) /gm);
  return {
    name: 'v1',
    version: output('python3', [script, '--version'], home).trim().split(' ').at(-1) ?? '',
    steps: oldSteps,
    commands: [...pairs, ...words].map(([, command = '']) => command),
    command: (step, port) => [
      'python3',
      script,
      '--host=127.0.0.1',
      `--port=${port}`,
      ...(step.everywhere ? [] : [`--vhost=${VHOST}`]),
      ...step.run.split(' '),
    ],
  };
}

/** Commands that a help text lists, or none where it is one command's. */
function subcommands(help: string): string[] {
  const [, section = ''] = /^Commands:\n((?: .*\n)*)/m.exec(help) ?? [];
  return [...section.matchAll(/^ {2}(\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

function commandsBelow(program: string, words: readonly string[], home: string): string[] {
  const below = subcommands(output(program, [...words, '--help'], home));
  if (below.length === 0) return [words.join(' ')];
  return below.flatMap((name) => commandsBelow(program, [...words, name], home));
}

/** @throws Error when it cannot be run */
export function newTool(program: string, home: string): Tool {
  const version = /Version: (\S+)/.exec(output(program, ['--help'], home));
  return {
    name: 'v2',
    version: version?.[1] ?? '',
    steps: newSteps,
    commands: commandsBelow(program, [], home),
    command: (step, port) => [
      program,
      ...['--host', '127.0.0.1', '--port', port, '--vhost', VHOST, '--username', 'guest'],
      ...(step.run.startsWith('--password ') ? [] : ['--password', 'guest']),
      ...step.run.split(' '),
    ],
  };
}
