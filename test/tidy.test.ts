import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  castFaults,
  codeOf,
  dependencyFaults,
  importsOf,
  layerFaults,
  layers,
  lengthFaults,
  ownerFaults,
  owners,
  type Source,
  skippedTestFaults,
  untestedFaults,
  wordFaults,
} from './tidy/rules.ts';

const root = new URL('../', import.meta.url);
const SKIPPED = new Set(['node_modules', 'dist', '.git', 'coverage', '.venv']);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function filesUnder(folder: string, ending: RegExp): readonly Source[] {
  return readdirSync(new URL(folder, root), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return filesUnder(`${path}/`, ending);
    return ending.test(entry.name) ? [{ path, text: read(path) }] : [];
  });
}

const all = filesUnder('./', /\.(?:ts|md|json|ya?ml)$/).map(({ path, text }) => {
  return { path: path.slice(2), text };
});
const code = all.filter(({ path }) => path.endsWith('.ts'));
const sources = code.filter(({ path }) => path.startsWith('src/') && !path.endsWith('.d.ts'));
const tests = code.filter(({ path }) => /^(?:test|conformance)\//.test(path));
const planted = (text: string, path = 'src/queues/queue.ts'): Source => ({ path, text });

describe('what the rules look at', () => {
  it('is the whole project', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(tests.length).toBeGreaterThan(30);
    expect(all.some(({ path }) => path === 'README.md')).toBe(true);
  });

  it('is code without its comments and the insides of its strings', () => {
    const text = "a('x // y'); // b\n/* c\n */ d(`e f`);";
    expect(codeOf(text, false).replaceAll(/[ \n]/g, '')).toBe("a('');d(``);");
    expect(codeOf(text, true)).toContain("a('x // y');");
  });

  it('is every form of import', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from './b.ts';",
      "import {\n  c,\n} from './c.ts';",
      "export * from './d.ts';",
      "import './e.ts';",
      "const f = await import('./f.ts');",
      "type G = import('./g.ts').G;",
      "// import { h } from './h.ts';",
    ].join('\n');
    expect(importsOf(text)).toEqual([...'abcdefg'].map((name) => `./${name}.ts`));
  });
});

describe('layers', () => {
  it('lets imports go down only', () => {
    expect(sources.flatMap(layerFaults)).toEqual([]);
  });

  it('lists no layer that would let two folders import each other', () => {
    for (const [folder, allowed] of layers) {
      for (const lower of allowed) expect(layers.get(lower)).not.toContain(folder);
    }
  });

  it.each([
    ["import { x } from '../broker/publish.ts';", 'src/queues/queue.ts'],
    ["import type { X } from '../exchanges/topic.ts';", 'src/queues/queue.ts'],
    ["type X = import('../amqp/channel.ts').X;", 'src/broker/publish.ts'],
    ["import { x } from '../model/record.ts';", 'src/kit/clock.ts'],
    ["import { x } from '../amqp/channel.ts';", 'src/mgmt/http.ts'],
    ["import { x } from '../../test/kit/peer.ts';", 'src/amqp/channel.ts'],
    ["import { x } from '../index.ts';", 'src/cli/main.ts'],
    ['', 'src/utils/misc.ts'],
    ['', 'src/amqp/methods/deep/basic.ts'],
  ])('catches %j in %s', (text, path) => {
    expect(layerFaults(planted(text, path))).toHaveLength(1);
  });

  it('accepts imports of the same folder, of lower ones and of packages', () => {
    const text =
      "import './ready.ts';\nimport { a } from '../kit/clock.ts';\nimport { z } from 'zod';";
    expect(layerFaults(planted(text))).toEqual([]);
  });
});

describe('owners of time, chance, disk, sockets and the process', () => {
  it('leaves them to the files that own them', () => {
    expect(sources.flatMap(ownerFaults)).toEqual([]);
  });

  it('names only owners that are there and need it', () => {
    for (const [what, files] of owners) {
      for (const path of files) {
        const text = sources.find((source) => source.path === path)?.text ?? '';
        expect(ownerFaults({ path: 'src/elsewhere.ts', text }), `${path}: ${what}`).toContain(
          `src/elsewhere.ts: touches ${what}`,
        );
      }
    }
  });

  it.each([
    'const now = Date.now();',
    'const at = new Date();',
    'setTimeout(run, 5);',
    'globalThis.setTimeout(run, 5);',
    'const since = performance.now();',
    'setInterval(run, 5);',
    'setImmediate(run);',
    'const chance = Math.random();',
    'const id = crypto.randomUUID();',
    'if (process.env.DEBUG) log();',
    "import { readFileSync } from 'node:fs';",
    "import { createServer } from 'node:net';",
    "import { readFile } from 'node:fs/promises';",
    "import { createServer } from 'node:http';",
    "console.log('here');",
  ])('catches %j', (text) => {
    expect(ownerFaults(planted(text))).not.toEqual([]);
  });

  it('does not mind names that only resemble them, or comments', () => {
    const text = 'this.#process.run(); const setTimeoutMs = 5; // Date.now() would do\n';
    expect(ownerFaults(planted(text))).toEqual([]);
  });
});

describe('casts', () => {
  it('are left to the codec and to tests', () => {
    const others = sources.filter(({ path }) => !path.startsWith('src/codec/'));
    expect(others.flatMap(castFaults)).toEqual([]);
  });

  it.each(['const a = b as Queue;', 'run(b as unknown);', 'c = (d as { e: 1 }).e;'])(
    'are caught: %s',
    (text) => {
      expect(castFaults(planted(text))).toHaveLength(1);
    },
  );

  it('are not seen where there are none', () => {
    const text = [
      "import { a as b } from './a.ts';",
      "import {\n  c as d,\n  e,\n} from '../kit/e.ts';",
      "export * as f from './f.ts';",
      'const g = [1] as const;',
      "log('as text');",
      '// as said',
    ].join('\n');
    expect(castFaults(planted(text))).toEqual([]);
  });
});

describe('files', () => {
  it('end before they are too long', () => {
    expect(code.flatMap(lengthFaults)).toEqual([]);
    expect(lengthFaults(planted('x\n'.repeat(501)))).toHaveLength(1);
    expect(lengthFaults(planted('x\n'.repeat(500)))).toEqual([]);
    expect(lengthFaults(planted('x\n'.repeat(501), 'src/codec/methods.gen.ts'))).toEqual([]);
  });

  it('speak of what they are', () => {
    const spoken = all.filter(({ path }) => !/^test\/tidy|package-lock\.json$/.test(path));
    expect(spoken.flatMap(wordFaults)).toEqual([]);
    for (const text of ['// TODO: later', '// good enough for now', 'see issue #12']) {
      expect(wordFaults(planted(text))).toHaveLength(1);
    }
  });
});

describe('tests', () => {
  it('exist for every folder', () => {
    expect(untestedFaults(sources, tests, new Set())).toEqual([]);
    const [source, test] = [
      planted(''),
      planted("import '../../src/amqp/channel.ts';", 'test/x.ts'),
    ];
    expect(untestedFaults([source], [test], new Set())).toEqual(['src/queues: no test imports it']);
    expect(untestedFaults([source], [test], new Set(['src/queues']))).toEqual([]);
  });

  it('all run', () => {
    const others = tests.filter(({ path }) => path !== 'test/tidy.test.ts');
    expect(others.flatMap(skippedTestFaults)).toEqual([]);
    for (const text of ["it.skip('x')", "describe.only('x')", "test.todo('x')", "xit('x')"]) {
      expect(skippedTestFaults(planted(text))).toHaveLength(1);
    }
  });
});

describe('dependencies', () => {
  it('each have a decision that says why', () => {
    const manifest: { dependencies: object } = JSON.parse(read('package.json'));
    const decisions = all.filter(({ path }) => path.startsWith('docs/decisions/'));
    expect(dependencyFaults(Object.keys(manifest.dependencies), decisions)).toEqual([]);
    expect(dependencyFaults(['left-pad'], decisions)).toEqual(['left-pad: no decision names it']);
  });
});
