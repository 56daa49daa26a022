import yargs, { type Argv } from 'yargs';
import { unknownWord } from '../server/config-error.ts';
import type { Command, Flag } from './command.ts';
import { commandNamed, commandNames } from './commands/groups.ts';
import type { FlagValues } from './desk.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { commonFlags, letters, listFlags, vhostFlag } from './operator-flags.ts';
import { asTyped } from './parsing.ts';
import { type Placed, placed, wordsOf } from './words.ts';

/** A command line for a node that runs, understood. */
export interface Order {
  readonly command: Command;
  readonly words: Placed;
  readonly flags: FlagValues;
}

/** A command line that makes no sense, with the usage that would. */
export class Misuse extends CommandError {
  override readonly name = 'Misuse';
  readonly usage: string;

  constructor(message: string, command: Command) {
    super(exitCodes.usage, message);
    this.usage = usageOf(command);
  }
}

/** A command line whose command is known. */
export interface Named {
  readonly command: Command;
  /** Whether it was named by two words, as to rabbitmqadmin. */
  readonly isPair: boolean;
  /** The line without the name. */
  readonly others: readonly string[];
}

/**
 * Finds the command in a command line: the first word that is no flag's value, and with the next one if
 * it takes two (`list queues`).
 * @returns it, and the line without its name; undefined if no word is there or none is known
 */
export function commandIn(args: readonly string[]): Named | undefined {
  const at = firstWord(args);
  const word = at === undefined ? undefined : args[at];
  if (at === undefined || word === undefined) return undefined;
  const spelt = word.replaceAll('-', '_');
  const single = commandNamed(spelt);
  const pair = commandNamed(`${spelt}_${args[at + 1] ?? ''}`);
  const command = single ?? pair;
  if (command === undefined) return undefined;
  const isPair = single === undefined;
  const others = [...args.slice(0, at), ...args.slice(at + (isPair ? 2 : 1))];
  return { command, isPair, others };
}

/** Where the first word stands that is neither a flag nor a flag's value. */
export function firstWord(args: readonly string[]): number | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-')) return i;
    if (!arg.includes('=') && takesValue(arg)) i += 1;
  }
  return undefined;
}

function takesValue(arg: string): boolean {
  const name = arg.replace(/^--?/, '');
  const flag = { ...commonFlags, ...vhostFlag }[letters[name] ?? name];
  return flag?.value !== undefined;
}

/**
 * What a command line says.
 * @returns text to show, if help was asked for
 * @throws Misuse
 */
export async function understood(named: Named): Promise<Order | string> {
  const { command, isPair, others } = named;
  let shown = '';
  const parser = parserFor(command);
  const argv = await parser.parse([...others], {}, (_error, _argv, output) => {
    shown = output;
  });
  if (shown !== '') return shown;
  const { _: given, $0: _self, '--': after, ...flags } = argv;
  const behind: readonly unknown[] = Array.isArray(after) ? after : [];
  const said = [...given, ...behind].map(String);
  checkFlags(command, flags);
  const canPair = isPair || (command.takesPairs === true && command.words === undefined);
  const { words, flags: pairs } = canPair ? withoutPairs(named, said) : { words: said, flags: {} };
  const placing = placed(command.words ?? '', words);
  if (typeof placing === 'string') throw new Misuse(placing, command);
  checkChoices(command, pairs);
  return { command, words: placing, flags: { ...pairs, ...flags } };
}

/** On one line, as rabbitmqctl spells it. */
export function usageOf(command: Command): string {
  const { name, words, flags = {}, ofVhost, isList } = command;
  const own = { ...(ofVhost ? vhostFlag : {}), ...flags, ...(isList ? listFlags : {}) };
  const spelt = Object.entries(own).map(([flag, { value }]) =>
    value === undefined ? `[--${flag}]` : `[--${flag} <${value}>]`,
  );
  return ['leveret', name, ...(words === undefined ? [] : [words]), ...spelt].join(' ');
}

/** All flags of a command. */
function flagsOf(command: Command): Readonly<Record<string, Flag>> {
  // A vhost that says nothing is taken everywhere, and so are headings: scripts pass both to all.
  return { ...vhostFlag, ...listFlags, ...command.flags, ...commonFlags };
}

function parserFor(command: Command): Argv {
  const parser = yargs()
    .scriptName('leveret')
    .usage(`${usageOf(command)}\n\n${command.summary}.`)
    .help()
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      ...asTyped,
      'populate--': true,
      'strip-aliased': true,
    })
    .fail((message, error) => {
      throw new Misuse((message ?? error.message).replaceAll(/\s*\n\s*/g, ' '), command);
    });
  return withFlags(parser, command);
}

/** A parser that knows the flags of a command. */
export function withFlags(parser: Argv, command: Command): Argv {
  const own = Object.keys({ ...(command.ofVhost ? vhostFlag : {}), ...command.flags });
  return Object.entries(flagsOf(command)).reduce((all, [name, flag]) => {
    const isShown = own.includes(name) || name in commonFlags || command.isList === true;
    const alias = Object.entries(letters).find(([, long]) => long === name)?.[0];
    return all.option(name, {
      describe: flag.describe,
      hidden: !isShown,
      ...(alias === undefined ? {} : { alias }),
      ...(flag.value === undefined
        ? { type: 'boolean' }
        : { type: 'string', requiresArg: true, ...choicesOf(flag) }),
    });
  }, parser);
}

function choicesOf({ choices }: Flag): { readonly choices?: readonly string[] } {
  return choices === undefined ? {} : { choices };
}

// Of those that yargs has not seen.
function checkChoices(command: Command, pairs: Readonly<Record<string, string>>): void {
  const known = flagsOf(command);
  for (const [name, value] of Object.entries(pairs)) {
    const choices = known[name]?.choices ?? [value];
    if (choices.includes(value)) continue;
    throw new Misuse(`${name} is one of ${choices.join(', ')}, not '${value}'`, command);
  }
}

function checkFlags(command: Command, flags: FlagValues): void {
  const names = Object.keys(flagsOf(command));
  const stranger = Object.keys(flags).find((flag) => !names.includes(flag));
  if (stranger === undefined) return;
  const dashed = names.map((flag) => `--${flag}`);
  throw new Misuse(unknownWord('', 'flag', `--${stranger}`, dashed).message, command);
}

interface Sorted {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
}

/** Words of the form `key=value` say what flags and words say: `declare queue name=orders`. */
function withoutPairs({ command }: Named, given: readonly string[]): Sorted {
  const places = wordsOf(command.words ?? '').filter(({ isRest }) => !isRest);
  const names = places.map(({ name }) => name);
  const flags = Object.keys(flagsOf(command));
  const said = new Map<string, string>();
  const left: string[] = [];
  for (const word of given) {
    const [, key, value = ''] = /^([a-z][a-z_-]*)=(.*)$/s.exec(word) ?? [];
    const name = key === undefined ? undefined : nameFor(key, names, flags);
    if (name !== undefined) said.set(name, value);
    else if (key !== undefined && command.takesPairs && names.length === 0) {
      throw new Misuse(unknownWord('', 'key', key, flags).message, command);
    } else left.push(word);
  }
  const placedWords = names.flatMap((name) => said.get(name) ?? left.shift() ?? []);
  const others = [...said].filter(([name]) => !names.includes(name));
  return { words: [...placedWords, ...left], flags: Object.fromEntries(others) };
}

// rabbitmqadmin calls what a command is about its name.
function nameFor(
  key: string,
  words: readonly string[],
  flags: readonly string[],
): string | undefined {
  if (words.includes(key)) return key;
  const flag = key.replaceAll('_', '-');
  if (flags.includes(flag)) return flag;
  if (key === 'user' && words.includes('username')) return 'username';
  return key === 'name' ? words[0] : undefined;
}

/** The error for a command that nobody knows. */
export function unknownCommand(word: string, own: readonly string[]): CommandError {
  const names = [...own, ...commandNames];
  return new CommandError(exitCodes.usage, unknownWord('', 'command', word, names).message);
}
