import yargs, { type Argv } from 'yargs';
import { unknownWord } from '../server/config-error.ts';
import { settingNames, settings } from '../server/config-settings.ts';

/** What the command line asks for. */
export type Command =
  | { readonly name: 'start'; readonly flags: Readonly<Record<string, unknown>> }
  | { readonly name: 'repair'; readonly dataDir: string; readonly yes: boolean }
  | { readonly name: 'show'; readonly text: string };

/** A command line that cannot be understood; the message is one line for people. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const COMMANDS = ['start', 'repair'];
const DATA_DIR = 'data-dir';
const YES = 'yes';

/** @throws UsageError for unknown commands and flags, and for flags without their value */
export async function parseCommandLine(args: readonly string[], version: string): Promise<Command> {
  let shown = '';
  const parser = commandLine(version);
  const argv = await parser.parse([...args], {}, (_error, _argv, output) => {
    shown = output;
  });
  if (shown !== '') return { name: 'show', text: shown };
  const { _: words, $0: _self, ...flags } = argv;
  if (checkedCommand(words.map(String)) === 'repair') return repairCommand(flags);
  checkFlags(flags, ['config', ...settingNames.flatMap((name) => settings[name].flag ?? [])]);
  return { name: 'start', flags };
}

function repairCommand(flags: Readonly<Record<string, unknown>>): Command {
  checkFlags(flags, [DATA_DIR, YES]);
  const { [DATA_DIR]: dataDir, [YES]: yes } = flags;
  if (typeof dataDir !== 'string' || dataDir === '') {
    throw new UsageError("repair what? Name the data directory by '--data-dir'");
  }
  return { name: 'repair', dataDir, yes: yes === true };
}

function commandLine(version: string): Argv {
  return yargs()
    .scriptName('leveret')
    .usage('$0 COMMAND [FLAGS]')
    .command('start', 'Start the broker and serve until it is told to stop.', addFlags)
    .command('repair', 'Say what is damaged in a data directory, or repair it.', addRepairFlags)
    .help()
    .version(version)
    .exitProcess(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .fail((message, error) => {
      throw new UsageError((message ?? error.message).replaceAll(/\s*\n\s*/g, ' '));
    });
}

function addFlags(start: Argv): Argv {
  const described = [
    { flag: 'config', description: 'configuration file, in the format of rabbitmq.conf' },
    ...settingNames.map((name) => settings[name]),
  ];
  return described.reduce(
    (all, { flag, description }) =>
      flag === undefined
        ? all
        : all.option(flag, { type: 'string', requiresArg: true, describe: description }),
    start,
  );
}

function addRepairFlags(repair: Argv): Argv {
  return repair
    .option(DATA_DIR, { type: 'string', requiresArg: true, describe: 'the folder to look through' })
    .option(YES, { type: 'boolean', describe: 'drop what it says that it would drop' });
}

function checkedCommand(words: readonly string[]): string {
  const [command, extra] = words;
  if (command === undefined) throw new UsageError("which command? 'leveret --help' lists them");
  if (!COMMANDS.includes(command)) {
    throw new UsageError(unknownWord('', 'command', command, COMMANDS).message);
  }
  if (extra !== undefined) throw new UsageError(`'${extra}' is one word too many`);
  return command;
}

function checkFlags(flags: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const stranger = Object.keys(flags).find((flag) => !known.includes(flag));
  if (stranger === undefined) return;
  const dashed = known.map((flag) => `--${flag}`);
  throw new UsageError(unknownWord('', 'flag', `--${stranger}`, dashed).message);
}
