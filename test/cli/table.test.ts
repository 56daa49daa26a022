import { describe, expect, it } from 'vitest';
import { chosen, columns, queryFor } from '../../src/cli/column.ts';
import { cellText, tableText } from '../../src/cli/table.ts';

const shown = columns('name', 'count');
const headers = { headers: true };

describe('a table', () => {
  it('has one line for each row, whatever is in it', () => {
    const rows = [{ name: 'a\tb\nc', count: 1 }];
    expect(tableText(shown, rows, 'table', headers)).toBe('name\tcount\na\\tb\\nc\t1\n');
  });

  it('does not let names move the cursor of a terminal', () => {
    expect(cellText('\u001b[2J\u0007\u009b\u2028')).toBe('\\u001b[2J\\u0007\\u009b\\u2028');
    expect(cellText('ä 🐇')).toBe('ä 🐇');
  });

  it('says nothing where there are no rows, unless programs read it', () => {
    expect(tableText(shown, [], 'table', headers)).toBe('');
    expect(tableText(shown, [], 'pretty_table', headers)).toBe('');
    expect(tableText(shown, [], 'csv', headers)).toBe('"name","count"\n');
    expect(tableText(shown, [], 'json', headers)).toBe('[\n]\n');
  });

  it('writes numbers in JSON and CSV as they are, however long', () => {
    const rows = [{ name: 'q"', count: 9007199254740993n }];
    expect(tableText(shown, rows, 'json', headers)).toBe(
      '[\n{"name":"q\\"","count":9007199254740993}\n]\n',
    );
    expect(tableText(shown, rows, 'csv', headers)).toBe('"name","count"\n"q""",9007199254740993\n');
  });

  it('is drawn as wide as its cells, counted in characters', () => {
    const rows = [{ name: '🐇🐇🐇🐇🐇', count: 1 }];
    expect(tableText(shown, rows, 'pretty_table', headers).split('\n')).toEqual([
      '┌───────┬───────┐',
      '│ name  │ count │',
      '├───────┼───────┤',
      '│ 🐇🐇🐇🐇🐇 │ 1     │',
      '└───────┴───────┘',
      '',
    ]);
    const isBold = tableText(shown, rows, 'pretty_table', { headers: true, isBold: true });
    expect(isBold).toContain('\u001b[1mname\u001b[0m');
    expect(tableText(shown, rows, 'pretty_table', { headers: false })).not.toContain('name');
  });

  it('spells arguments as Erlang does', () => {
    const table = { b: ['x', 1, null], a: { 'c"': true } };
    expect(cellText(table)).toBe('[{"a",[{"c\\"",true}]},{"b",["x",1,undefined]}]');
  });
});

describe('columns', () => {
  it('ask the API for what they show and nothing else', () => {
    expect(queryFor(chosen(shown, ['name,a.b'], []))).toBe('columns=name%2Ca.b');
  });

  it('find keys with dots in them as well as paths', () => {
    const [both] = chosen(shown, ['a.b'], []);
    expect(both?.of({ 'a.b': 1 })).toBe(1);
    expect(both?.of({ a: { b: 2 } })).toBe(2);
    expect(both?.of({ a: [3] })).toBe(null);
  });
});
