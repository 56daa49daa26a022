// The house's rules as functions over texts: what is wrong, one line each.

/** A file of the repository; the path has forward slashes and starts at the root. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const layer = {
  kit: [],
  codec: ['kit'],
  store: ['kit'],
  model: ['kit', 'codec'],
  exchanges: ['kit', 'codec', 'model'],
  queues: ['kit', 'codec', 'store', 'model'],
  auth: ['kit', 'codec', 'model'],
  broker: ['kit', 'codec', 'store', 'model', 'exchanges', 'queues', 'auth'],
  amqp: ['kit', 'codec', 'store', 'model', 'exchanges', 'queues', 'auth', 'broker'],
  mgmt: ['kit', 'codec', 'store', 'model', 'exchanges', 'queues', 'auth', 'broker'],
  server: [
    'kit',
    'codec',
    'store',
    'model',
    'exchanges',
    'queues',
    'auth',
    'broker',
    'amqp',
    'mgmt',
  ],
  cli: ['kit', 'server'],
  // src/index.ts: the library.
  '': ['kit', 'codec', 'model', 'broker', 'server'],
} as const;

/** Which folder of src may import which, itself aside. */
export const layers: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(layer));

/** What only a few files may touch, as it is spelt in code, and those files. */
export const owners: ReadonlyMap<string, readonly string[]> = new Map([
  ['Date.now', ['src/kit/clock.ts']],
  ['new Date()', []],
  ['performance.now', ['src/kit/clock.ts']],
  ['setTimeout', ['src/kit/clock.ts']],
  ['setInterval', []],
  ['setImmediate', ['src/kit/clock.ts']],
  ['process.nextTick', []],
  ['queueMicrotask', []],
  ['Math.random', []],
  ['crypto.', ['src/kit/random.ts']],
  [
    'process.',
    [
      'src/cli/main.ts',
      'src/kit/memory.ts',
      'src/server/embedded.ts',
      'src/server/process-facts.ts',
      'src/server/process-memory.ts',
      'src/store/directory-lock.ts',
    ],
  ],
  ['console.', []],
  [
    "'node:crypto'",
    ['src/auth/password.ts', 'src/server/certificate.ts', 'src/server/peer-certificate.ts'],
  ],
  [
    "'node:fs'",
    [
      'src/cli/main.ts',
      'src/server/certificate-files.ts',
      'src/server/definition-files.ts',
      'src/server/process-facts.ts',
      'src/server/version.ts',
      'src/store/directory-lock.ts',
      'src/store/file-disk.ts',
    ],
  ],
  [
    "'node:net'",
    [
      'src/cli/reach.ts',
      'src/server/listeners.ts',
      'src/server/shared-read.ts',
      'src/server/socket-transport.ts',
      'src/server/tls-handshakes.ts',
      'src/store/directory-lock.ts',
    ],
  ],
  [
    "'node:os'",
    [
      'src/cli/main.ts',
      'src/server/boot.ts',
      'src/server/process-facts.ts',
      'src/server/process-memory.ts',
    ],
  ],
  ["'node:http'", ['src/cli/http.ts', 'src/mgmt/api-server.ts']],
  ["'node:https'", ['src/cli/http.ts', 'src/mgmt/api-server.ts']],
  ["'node:stream'", ['src/mgmt/metrics/prometheus.ts']],
  ["'node:perf_hooks'", ['src/server/process-facts.ts']],
  [
    "'node:tls'",
    [
      'src/cli/http.ts',
      'src/server/certificate.ts',
      'src/server/listeners.ts',
      'src/server/peer-certificate.ts',
      'src/server/socket-transport.ts',
      'src/server/tls-handshakes.ts',
      'src/server/tls-identity.ts',
    ],
  ],
  ["'node:util'", ['src/mgmt/compression.ts']],
  ["'node:v8'", ['src/server/process-memory.ts']],
  ["'node:vm'", ['src/server/process-memory.ts']],
  ["'node:zlib'", ['src/mgmt/compression.ts']],
]);

const LINES_MAX = 500;
// src/FOLDER/FILE.ts, or one folder deeper where a layer has many of a kind.
const SRC = /^src\/(?:([^/]+)\/(?:[^/]+\/)?)?[^/]+\.ts$/;

/** The code of a text: without comments, and without the insides of strings unless `strings`. */
export function codeOf(text: string, strings: boolean): string {
  const token =
    /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replaceAll(token, (found) => {
    if (/^\/[/*]/.test(found)) return found.replaceAll(/[^\n]/g, ' ');
    return strings ? found : `${found.slice(0, 1)}${found.slice(-1)}`;
  });
}

/** What a file imports, type-only and dynamic imports included. */
export function importsOf(text: string): readonly string[] {
  const code = codeOf(text, true);
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;
  return [...code.matchAll(forms)].map(([, , specifier = '']) => specifier);
}

/** Imports that go up, sideways or nowhere, and folders that have no place in the table. */
export function layerFaults({ path, text }: Source): readonly string[] {
  const folder = folderOf(path);
  if (folder === undefined) return [`${path}: lies too deep`];
  const allowed = layers.get(folder);
  if (allowed === undefined)
    return [`${path}: folder '${folder}' has no row in the table of layers`];
  return importsOf(text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) return [];
    const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
    const imported = folderOf(target);
    if (imported === folder || (imported !== undefined && allowed.includes(imported))) return [];
    return [`${path}: imports ${target}, which lies above or beside it`];
  });
}

/** Time, chance, disk, sockets and the process outside the files that own them. */
export function ownerFaults({ path, text }: Source): readonly string[] {
  const code = codeOf(text, true);
  const touched = [...owners].flatMap(([what, files]) =>
    spelt(what).test(code) && !files.includes(path) ? [`${path}: touches ${what}`] : [],
  );
  const strangers = importsOf(text).flatMap((specifier) =>
    specifier.startsWith('node:') && !owners.has(`'${specifier}'`)
      ? [`${path}: imports ${specifier}, which no file owns`]
      : [],
  );
  return [...touched, ...strangers];
}

/** Casts, which only the codec and tests may make; `as const` is none. */
export function castFaults({ path, text }: Source): readonly string[] {
  const code = codeOf(text, false).replaceAll(/^(?:import|export)\b[^;]*?\bfrom\b[^;]*;/gm, '');
  return [...code.matchAll(/\bas\s+(?!const\b)[\w({[]/g)].map(() => `${path}: makes a cast`);
}

/** Files that are too long. What is printed by a program may be. */
export function lengthFaults({ path, text }: Source): readonly string[] {
  const lines = text.split('\n').length - 1;
  if (lines <= LINES_MAX || path.endsWith('.gen.ts')) return [];
  return [`${path}: ${lines} lines, more than ${LINES_MAX}`];
}

/** Words that put things off or speak of how the text came to be instead of what it is. */
const BANNED =
  /\b(?:TODO|FIXME|XXX|HACK|for now|simplified|placeholder|dummy|sandbox|workplace|(?:this|our) (?:brief|environment|assignment)|upstream issue|issue #?\d+|as requested|milestone|language model|chatbot)\b/gi;

export function wordFaults({ path, text }: Source): readonly string[] {
  return [...text.matchAll(BANNED)].map(([word]) => `${path}: says '${word}'`);
}

/** Tests that are left out or run alone. */
export function skippedTestFaults({ path, text }: Source): readonly string[] {
  const forms = /\b(?:it|test|describe)\.(?:skip|only|todo|fails)\b|\bx(?:it|describe)\(/g;
  return [...codeOf(text, false).matchAll(forms)].map(([form]) => `${path}: has ${form}`);
}

/** Folders of src of which no test imports anything. */
export function untestedFaults(
  sources: readonly Source[],
  tests: readonly Source[],
  exempt: ReadonlySet<string>,
): readonly string[] {
  const folders = new Set(
    sources.map(({ path }) => /^src\/[^/]+(?=\/)|^src/.exec(path)?.[0] ?? path),
  );
  return [...folders].flatMap((folder) => {
    if (exempt.has(folder)) return [];
    const tested = tests.some(({ text }) =>
      importsOf(text).some((specifier) => specifier.includes(`/${folder}/`)),
    );
    return tested ? [] : [`${folder}: no test imports it`];
  });
}

/** Run-time dependencies that no decision page names. */
export function dependencyFaults(
  dependencies: readonly string[],
  decisions: readonly Source[],
): readonly string[] {
  return dependencies.flatMap((name) =>
    decisions.some(({ text }) => text.includes(name)) ? [] : [`${name}: no decision names it`],
  );
}

function folderOf(path: string): string | undefined {
  const found = SRC.exec(path);
  return found === null ? undefined : (found[1] ?? '');
}

// `setTimeout` is no part of `setTimeoutMs`, and `process.` none of `subprocess.`.
function spelt(what: string): RegExp {
  const literal = what.replaceAll(/[.'()]/g, '\\$&');
  const end = /\w$/.test(what) ? '\\b' : '';
  return new RegExp(`(?<![\\w#])(?<!(?<!globalThis)\\.)${literal}${end}`);
}
