import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { castFaults } from '../tidy/rules.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const filesOf = (folder: string, ending: string): readonly string[] =>
  readdirSync(new URL(folder, root)).filter((name) => name.endsWith(ending));

const examples = filesOf('examples/', '.ts').filter((name) => name !== 'run.ts');
const celery = filesOf('examples/celery/', '.py');
const readme = read('examples/README.md');
const named = [...readme.matchAll(/^\|[^|]+\| \[[^\]]+\]\(([^)]+)\)/gm)].map(([, file]) => file);

describe('the examples', () => {
  it('are those of the table, and all in it', () => {
    const there = [...examples, ...celery.map((name) => `celery/${name}`)];
    expect(named.toSorted()).toEqual(there.toSorted());
  });

  it('have a test each', () => {
    const tests = filesOf('test/examples/', '.test.ts');
    expect(tests).toEqual(
      expect.arrayContaining(examples.map((name) => name.replace('.ts', '.test.ts'))),
    );
    const python = read('conformance/clients/celery/test_examples.py');
    for (const name of celery) expect(python).toContain(`example('${name.replace('.py', '')}'`);
  });

  it.each(examples)('can be read at one sitting: %s', (name) => {
    const path = `examples/${name}`;
    const text = read(path);
    expect(text.split('\n').length).toBeLessThanOrEqual(111);
    expect(castFaults({ path, text })).toEqual([]);
  });
});
