import type { Named } from './operator-line.ts';
import { COMPLETION, ownCommands, REPAIR, START } from './own-commands.ts';
import type { OwnOrder } from './own-line.ts';
import { UsageError } from './usage-error.ts';

/** What the command line asks for. */
export type Command = OwnOrder | { readonly name: 'operate'; readonly named: Named };

/** @throws UsageError for unknown commands and flags, and for flags without their value */
export async function parseCommandLine(
  args: readonly string[],
  version: Version,
): Promise<Command> {
  const [first] = args;
  const isOwn = first === START || first === REPAIR || first === '--version';
  return isOwn ? parseOwnLine(args, version) : parseOther(args, version);
}

/** Finds out the version; few need to know it. */
export type Version = () => Promise<string>;

async function parseOwnLine(args: readonly string[], version: Version): Promise<Command> {
  const { parseOwn } = await import('./own-line.ts');
  return parseOwn(args, await version());
}

// Loaded here, so that a start need not wait for what operators do with one that is up.
async function parseOther(args: readonly string[], version: Version): Promise<Command> {
  const { commandIn, firstWord, unknownCommand } = await import('./operator-line.ts');
  if (args[0] === COMPLETION || args.includes('--get-yargs-completions')) {
    const { completion } = await import('./help.ts');
    return { name: 'show', text: await completion(args, ownCommands) };
  }
  const at = firstWord(args);
  const word = at === undefined ? undefined : args[at];
  if (word === 'help') return parseHelp(args.slice((at ?? 0) + 1), version);
  if (word === undefined && args.includes('--help')) {
    const { commandList } = await import('./help.ts');
    return { name: 'show', text: commandList(ownCommands) };
  }
  const named = commandIn(args);
  if (named !== undefined) return { name: 'operate', named };
  const names = ownCommands.map(({ name }) => name);
  if (word === undefined || names.includes(word)) return parseOwnLine(args, version);
  throw new UsageError(unknownCommand(word, names).message);
}

async function parseHelp(words: readonly string[], version: Version): Promise<Command> {
  return parseCommandLine([...words, '--help'], version);
}
