import yargs, { type Argv } from 'yargs';
import { unknownWord } from '../server/config-error.ts';
import { settingNames, settings } from '../server/config-settings.ts';
import { ownCommands, REPAIR, START } from './own-commands.ts';
import { asTyped } from './parsing.ts';
import { UsageError } from './usage-error.ts';

/** What is asked for that needs no node. */
export type OwnOrder =
  | { readonly name: 'start'; readonly flags: Readonly<Record<string, unknown>> }
  | { readonly name: 'repair'; readonly dataDir: string; readonly yes: boolean }
  | { readonly name: 'show'; readonly text: string };

const DATA_DIR = 'data-dir';
const YES = 'yes';

/**
 * What a line says that needs no node: one that starts one, or looks through its data.
 * @throws UsageError
 */
export async function parseOwn(args: readonly string[], version: string): Promise<OwnOrder> {
  let shown = '';
  const parser = commandLine(version);
  const argv = await parser.parse([...args], {}, (_error, _argv, output) => {
    shown = output;
  });
  if (shown !== '') return { name: 'show', text: shown };
  const { _: words, $0: _self, ...flags } = argv;
  if (checkedCommand(words.map(String)) === REPAIR) return repairCommand(flags);
  checkFlags(flags, ['config', ...settingNames.flatMap((name) => settings[name].flag ?? [])]);
  return { name: START, flags };
}

function repairCommand(flags: Readonly<Record<string, unknown>>): OwnOrder {
  checkFlags(flags, [DATA_DIR, YES]);
  const { [DATA_DIR]: dataDir, [YES]: yes } = flags;
  if (typeof dataDir !== 'string' || dataDir === '') {
    throw new UsageError("repair what? Name the data directory by '--data-dir'");
  }
  return { name: REPAIR, dataDir, yes: yes === true };
}

function commandLine(version: string): Argv {
  return yargs()
    .scriptName('leveret')
    .usage('$0 COMMAND [FLAGS]')
    .command(START, summaryOf(START), addFlags)
    .command(REPAIR, summaryOf(REPAIR), addRepairFlags)
    .help()
    .version(version)
    .exitProcess(false)
    .parserConfiguration(asTyped)
    .fail((message, error) => {
      throw new UsageError((message ?? error.message).replaceAll(/\s*\n\s*/g, ' '));
    });
}

function summaryOf(command: string): string {
  return ownCommands.find(({ name }) => name === command)?.summary ?? '';
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
  if (extra !== undefined) throw new UsageError(`'${extra}' is one word too many`);
  return command;
}

function checkFlags(flags: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const stranger = Object.keys(flags).find((flag) => !known.includes(flag));
  if (stranger === undefined) return;
  const dashed = known.map((flag) => `--${flag}`);
  throw new UsageError(unknownWord('', 'flag', `--${stranger}`, dashed).message);
}
