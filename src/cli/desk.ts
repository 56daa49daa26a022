import { assert } from '../kit/assert.ts';
import type { JsonValue } from '../kit/json.ts';
import { parseJson } from '../kit/json-text.ts';
import type { Client } from './client.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Terminal } from './terminal.ts';
import type { Placed } from './words.ts';

/** Values of flags: text, and true or false for switches. */
export type FlagValues = Readonly<Record<string, unknown>>;

export interface DeskParts {
  readonly client: Client;
  readonly output: Output;
  readonly terminal: Terminal;
  readonly words: Placed;
  readonly flags: FlagValues;
  readonly vhost: string;
  readonly timeoutMs: number;
}

/** What a command has at hand while it runs. */
export class Desk {
  readonly client: Client;
  readonly output: Output;
  readonly terminal: Terminal;
  /** The one that `-p` names. */
  readonly vhost: string;
  readonly timeoutMs: number;
  /** The words that have no name of their own. */
  readonly rest: readonly string[];
  readonly #words: Placed;
  readonly #flags: FlagValues;

  constructor({ client, output, terminal, words, flags, vhost, timeoutMs }: DeskParts) {
    this.client = client;
    this.output = output;
    this.terminal = terminal;
    this.vhost = vhost;
    this.timeoutMs = timeoutMs;
    this.rest = words.rest;
    this.#words = words;
    this.#flags = flags;
  }

  /** A word that the usage demands. */
  word(name: string): string {
    const word = this.#words.named.get(name);
    assert(word !== undefined, `the usage has no <${name}>`);
    return word;
  }

  optionalWord(name: string): string | undefined {
    return this.#words.named.get(name);
  }

  /** Whether a switch is on. It may be told so in words too: `durable=true`. */
  has(flag: string, initial = false): boolean {
    const value = this.#flags[flag];
    if (typeof value !== 'string') return typeof value === 'boolean' ? value : initial;
    if (value === 'true' || value === 'yes') return true;
    if (value === 'false' || value === 'no') return false;
    throw misused(`--${flag} is true or false, not '${value}'`);
  }

  flag(name: string): string | undefined {
    const value = this.#flags[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** A flag that the command cannot do without. */
  neededFlag(name: string): string {
    const value = this.flag(name);
    if (value === undefined) throw misused(`--${name} is missing`);
    return value;
  }

  /** A whole number, not below zero. */
  numberFlag(name: string, initial: number): number {
    const text = this.flag(name);
    if (text === undefined) return initial;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw misused(`--${name} is a whole number, not '${text}'`);
  }

  /** A password that a word may give; whoever does not want it in a list of processes leaves it out. */
  async password(word: string): Promise<string> {
    const given = this.optionalWord(word);
    if (given !== undefined && given !== '-') return given;
    const password = await this.terminal.readSecret('Password: ');
    if (password !== '') return password;
    throw new CommandError(exitCodes.data, 'There is no password on standard input');
  }
}

/** JSON that somebody has typed. @throws CommandError */
export function typedJson(text: string, what: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw new CommandError(exitCodes.data, `${what} is no JSON: ${text}`);
  }
}

/** The error for a command line that cannot be obeyed. */
export function misused(message: string): CommandError {
  return new CommandError(exitCodes.usage, message);
}
