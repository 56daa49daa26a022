import { codeOf } from '../kit/errors.ts';
import { Client } from './client.ts';
import { Desk, type FlagValues, misused } from './desk.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { Http } from './http.ts';
import { nodeAddress } from './node-address.ts';
import { Misuse, type Named, type Order, understood } from './operator-line.ts';
import { Output } from './output.ts';
import { formats } from './table.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_VHOST = '/';
const DEFAULT_TIMEOUT_MS = 60_000;
// What waits for a node may wait for its start, which reads all that is on its disk.
const STARTUP_TIMEOUT_MS = 300_000;
// What `infinity` comes to: a clock takes no more.
const LONGEST_MS = 2 ** 31;
const MS_PER_SECOND = 1000;

/** Does what a command line asks of a node that runs. @returns what to tell the shell */
export async function operate(named: Named, terminal: Terminal): Promise<ExitCode> {
  try {
    const order = await understood(named);
    if (typeof order === 'string') terminal.write(`${order}\n`);
    else await carryOut(order, terminal);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.complain(complaint(error));
    return error.code;
  }
}

function complaint(error: CommandError): string {
  if (!(error instanceof Misuse)) return `Error:\n${error.message}\n`;
  return `Error (argument validation): ${error.message}\n\nUsage\n\n${error.usage}\n`;
}

async function carryOut(order: Order, terminal: Terminal): Promise<void> {
  const { command, words, flags } = order;
  const timeoutMs = timeoutIn(flags, command.name === 'await_startup');
  const { origin, credentials, authoritiesFile, isTrusting } = nodeAddress(flags, terminal);
  const { clock } = terminal;
  const authorities = authoritiesFile === undefined ? undefined : read(authoritiesFile, terminal);
  const http = new Http({ origin, authorities, isTrusting, timeoutMs, clock });
  const asked =
    flags['password-stdin'] === true
      ? { ...credentials, password: await terminal.readSecret('Password of the node: ') }
      : credentials;
  const output = outputFor(flags, terminal);
  const client = new Client(http, origin, asked);
  const vhost = textOf(flags, 'vhost') ?? DEFAULT_VHOST;
  try {
    if (command.isTimed)
      output.heading(`Timeout: ${(timeoutMs / MS_PER_SECOND).toFixed(1)} seconds ...`);
    await command.run(new Desk({ client, output, terminal, words, flags, vhost, timeoutMs }));
  } catch (error) {
    if (
      error instanceof CommandError &&
      error.code === exitCodes.usage &&
      !(error instanceof Misuse)
    ) {
      throw new Misuse(error.message, command);
    }
    throw error;
  } finally {
    http.close();
  }
}

function outputFor(flags: FlagValues, terminal: Terminal): Output {
  const isSilent = flags['silent'] === true;
  return new Output(terminal, {
    format: formats.find((format) => format === flags['formatter']) ?? 'table',
    isQuiet: isSilent || flags['quiet'] === true,
    headers: !isSilent && flags['no-table-headers'] !== true,
  });
}

function timeoutIn(flags: FlagValues, isStartup: boolean): number {
  const text = textOf(flags, 'timeout');
  if (text === undefined) return isStartup ? STARTUP_TIMEOUT_MS : DEFAULT_TIMEOUT_MS;
  if (text === 'infinity') return LONGEST_MS;
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0) return Math.min(seconds * MS_PER_SECOND, LONGEST_MS);
  throw misused(`--timeout is a number of seconds, not '${text}'`);
}

function textOf(flags: FlagValues, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

function read(path: string, terminal: Terminal): string {
  try {
    return terminal.readFile(path).toString();
  } catch (error) {
    throw new CommandError(exitCodes.file, `Cannot read ${path}: ${codeOf(error)}`);
  }
}
