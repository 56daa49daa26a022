import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/server/config.ts';
import { settingNames, settings } from '../../src/server/config-settings.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

interface Row {
  readonly what: string;
  readonly keys: readonly string[];
  readonly flags: readonly string[];
  readonly variables: readonly string[];
  readonly initial: string;
}

function rows(): readonly Row[] {
  const start = page.indexOf('|---');
  const table = page.slice(start, page.indexOf('\n## ', start));
  return [...table.matchAll(/^\| (.*) \|$/gm)].map(([, cells = '']) => {
    const [what = '', keys = '', flags = '', variables = '', initial = ''] = cells.split(/ ?\| ?/);
    return { what, keys: words(keys), flags: words(flags), variables: words(variables), initial };
  });
}

function words(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, word = '']) => word);
}

describe('the page on configuration', () => {
  it('lists every setting, in order, with all the ways to say it', () => {
    const expected = settingNames.map((name) => {
      const { description, keys, flag, variables = [] } = settings[name];
      return {
        what: description,
        keys: keys.map((key) => key.replace('*', 'NAME')),
        flags: flag === undefined ? [] : [`--${flag}`],
        variables: [...variables],
      };
    });
    const listed = rows().map(({ what, keys, flags, variables }) => {
      return { what, keys, flags, variables };
    });
    expect(listed).toEqual(expected);
  });

  it('states defaults that change nothing when they are written into a file', () => {
    const lines = rows().flatMap(({ keys: [key], initial }) => {
      const [value] = words(initial);
      if (key === undefined || value === undefined) return [];
      return key.endsWith('_tags.NAME')
        ? [`${key.replace('NAME', value)} = true`]
        : [`${key} = ${value}`];
    });
    expect(lines.length).toBeGreaterThan(15);
    const load = (text: string): unknown =>
      loadConfig({ flags: { config: 'r.conf' }, environment: {}, readText: () => text });
    expect(load(lines.join('\n'))).toEqual(load(''));
  });

  it('shows an example that can be read', () => {
    const example = [...page.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line).join('\n');
    const read = loadConfig({
      flags: { config: 'r.conf' },
      environment: {},
      readText: () => example,
    });
    expect(read).toMatchObject({ heartbeat: 30, defaultUser: 'orders', loopbackUsers: [] });
  });
});
