// Where a suite is run: its folders, its commands and their logs.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandOptions, Ended, Place } from './suite.ts';

const DEFAULT_SECONDS = 300;

/** Ends a process and all that it has started and that has not left its group. */
export function killGroup(leader: ChildProcess, signal: NodeJS.Signals): void {
  if (leader.pid === undefined) return;
  try {
    process.kill(-leader.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

function environmentOf(added: CommandOptions['environment']): NodeJS.ProcessEnv {
  return { ...process.env, ...added };
}

/** What is to be ended when this process is told to end. */
const groups = new Set<ChildProcess>();

/** A process that leads a group, whose output goes to a file: a pipe could be held open for ever. */
export function startGroup(
  command: string,
  args: readonly string[],
  output: string,
  options: CommandOptions,
): ChildProcess {
  const file = openSync(output, 'a');
  const child = spawn(command, args, {
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    env: environmentOf(options.environment),
    detached: true,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  groups.add(child);
  child.once('exit', () => groups.delete(child));
  return child;
}

/** Ends all that was started and has not ended. */
export function killGroups(): void {
  for (const group of groups) killGroup(group, 'SIGKILL');
}

function exitOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? undefined));
  });
}

/** The last lines of a text, for a message. */
export function tail(text: string, lines = 40): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

export class SuitePlace implements Place {
  readonly cache: string;
  readonly work: string;
  readonly here: string;
  /** What all commands have said. */
  readonly log: string;
  #commands = 0;
  readonly #running = new Set<ChildProcess>();
  #over = false;

  private constructor(cache: string, work: string, here: string, log: string) {
    this.cache = cache;
    this.work = work;
    this.here = here;
    this.log = log;
  }

  /**
   * @param client whose suite it is: all versions share a cache
   * @param here folder of the suite in the repository
   * @param log file that the output of its commands is added to
   */
  static async make(client: string, name: string, here: string, log: string): Promise<SuitePlace> {
    const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
    const cache = join(caches, 'leveret-clients', 'suites', client);
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(join(tmpdir(), `leveret-${name}-`));
    return new SuitePlace(cache, work, here, log);
  }

  async run(
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<Ended> {
    this.#commands += 1;
    const file = join(this.work, `command-${this.#commands}.log`);
    const began = Date.now();
    await appendFile(this.log, `$ ${[command, ...args].join(' ')}\n`);
    if (this.#over) throw new Error(`${command} is not run: the time is over`);
    const child = startGroup(command, args, file, options);
    this.#running.add(child);
    const seconds = options.seconds ?? DEFAULT_SECONDS;
    const timer = setTimeout(() => killGroup(child, 'SIGKILL'), seconds * 1000);
    let status: number | undefined;
    let complaint = '';
    try {
      status = await exitOf(child);
    } catch (error) {
      complaint = String(error);
    }
    clearTimeout(timer);
    this.#running.delete(child);
    killGroup(child, 'SIGKILL');
    const output = (await readFile(file, 'utf8')) + complaint;
    await rm(file);
    const spent = ((Date.now() - began) / 1000).toFixed(1);
    await appendFile(this.log, `${output}\n= ${status ?? 'killed'} after ${spent} s\n`);
    return { status, output };
  }

  async must(
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<Ended> {
    const ended = await this.run(command, args, options);
    if (ended.status === 0) return ended;
    const how = ended.status === undefined ? 'was killed' : `ended with ${ended.status}`;
    throw new Error(`${[command, ...args].join(' ')} ${how}:\n${tail(ended.output)}`);
  }

  /** Ends all commands; no more can be run. */
  kill(): void {
    this.#over = true;
    for (const child of this.#running) killGroup(child, 'SIGKILL');
  }

  async remove(): Promise<void> {
    await rm(this.work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
