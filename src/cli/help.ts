import yargs from 'yargs';
import { commandNamed, groups } from './commands/groups.ts';
import { withFlags } from './operator-line.ts';
import { COMPLETION, type OwnCommand } from './own-commands.ts';

/** All commands, a line each. */
export function commandList(own: readonly OwnCommand[]): string {
  const sections = [
    { title: 'The broker', commands: own },
    ...groups.map(({ title, commands }) => ({ title, commands })),
  ];
  const all = sections.flatMap(({ commands }) => commands.map(({ name }) => name.length));
  const width = Math.max(...all);
  const blocks = sections.map(({ title, commands }) => {
    const lines = commands.map(({ name, summary }) => `   ${name.padEnd(width)}  ${summary}`);
    return [`${title}:`, '', ...lines].join('\n');
  });
  return [
    'leveret COMMAND [ARGUMENTS] [FLAGS]',
    ...blocks,
    "'leveret help COMMAND' tells more about one.",
  ].join('\n\n');
}

/**
 * The script by which a shell completes command lines, or (with `--get-yargs-completions`) what can
 * follow the words that are there.
 */
export async function completion(
  args: readonly string[],
  own: readonly OwnCommand[],
): Promise<string> {
  const parser = yargs().scriptName('leveret').help(false).version(false).exitProcess(false);
  for (const { name, summary } of own) {
    // yargs adds this one itself.
    if (name !== COMPLETION) parser.command(name, summary);
  }
  for (const { commands } of groups) {
    for (const { name, summary } of commands) {
      const command = commandNamed(name);
      parser.command(name, summary, (each) =>
        command === undefined ? each : withFlags(each, command),
      );
    }
  }
  parser.completion(COMPLETION, 'Print a script by which a shell completes command lines.');
  let shown = '';
  await parser.parse([...args], {}, (_error, _argv, output) => {
    shown = output;
  });
  return shown;
}
