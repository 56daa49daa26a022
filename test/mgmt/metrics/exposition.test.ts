import { describe, expect, it } from 'vitest';
import { head, labelled, sample } from '../../../src/mgmt/metrics/exposition.ts';
import { parse } from './exposition.ts';

describe('the text format', () => {
  it('has type and help before the samples', () => {
    expect(head('a_total', 'counter', 'How many') + sample('a_total', '', 3)).toBe(
      '# TYPE a_total counter\n# HELP a_total How many\na_total 3\n',
    );
  });

  it('escapes quotes, backslashes and ends of lines in labels', () => {
    const name = 'a "b"\\c\nd';
    const text = head('m', 'gauge', 'x') + sample('m', labelled({ queue: name, vhost: '/' }), 1);
    expect(text.split('\n')[2]).toBe('m{queue="a \\"b\\"\\\\c\\nd",vhost="/"} 1');
    expect(parse(text).samples).toEqual([
      { name: 'm', labels: { queue: name, vhost: '/' }, value: 1 },
    ]);
  });

  it('escapes ends of lines in help', () => {
    expect(head('m', 'gauge', 'a\nb\\c')).toBe('# TYPE m gauge\n# HELP m a\\nb\\\\c\n');
  });

  it('knows numbers that are none', () => {
    const lines = [Number.NaN, Infinity, -Infinity, 1.5, 1e21].map((value) =>
      sample('m', '', value),
    );
    expect(lines).toEqual(['m NaN\n', 'm +Inf\n', 'm -Inf\n', 'm 1.5\n', 'm 1e+21\n']);
  });

  it('has no braces where there are no labels', () => {
    expect(labelled({})).toBe('');
  });
});
