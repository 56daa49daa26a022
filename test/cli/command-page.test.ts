import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { groups } from '../../src/cli/commands/groups.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { commonFlags } from '../../src/cli/operator-flags.ts';
import { usageOf } from '../../src/cli/operator-line.ts';

const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');

/** The rows of the table below a heading, each as its cells. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const start = page.indexOf(`\n${heading}\n`);
  if (start < 0) return [];
  const end = page.indexOf('\n## ', start + heading.length + 1);
  const next = page.indexOf('\n### ', start + heading.length + 1);
  const ends = [end, next].filter((at) => at > start);
  const section = page.slice(start, ends.length === 0 ? undefined : Math.min(...ends));
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.slice(2, -2).split(/ \| /));
}

describe('the page on the command line', () => {
  it.each(groups.map((group) => [group.title, group] as const))(
    'lists the commands of "%s" with their usage',
    (title, { commands }) => {
      const expected = commands.map((command) => {
        const usage = usageOf(command).replace(/^leveret /, '');
        const others = (command.aliases ?? []).map((alias) => `\`${alias}\``).join(', ');
        return [`\`${usage}\``, `${command.summary}${others === '' ? '' : `; also ${others}`}`];
      });
      expect(rowsBelow(`### ${title}`)).toEqual(expected);
    },
  );

  it('lists no other commands', () => {
    const titles = [...page.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(groups.map(({ title }) => title));
  });

  it('lists the flags that all commands have', () => {
    const expected = Object.entries(commonFlags).map(([name, { value, describe: what }]) => [
      `\`--${name}${value === undefined ? '' : ` <${value}>`}\``,
      what,
    ]);
    expect(rowsBelow('## Flags of all commands')).toEqual(expected);
  });

  it('lists what a command tells the shell', () => {
    const codes = rowsBelow('## Exit codes').map(([code]) => Number(code));
    expect(codes).toEqual(Object.values(exitCodes));
  });
});
