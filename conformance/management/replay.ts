// Asks what was asked of RabbitMQ, and compares the answers.

import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { RecordedAnswer } from './answers.ts';
import { shapeFaults, shapeOf, type Tolerance } from './shape.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What is called otherwise each time: `node`, `amqp` (a port), and connections by their given names. */
export type Names = ReadonlyMap<string, string>;

const tolerance: Tolerance = {
  optional: new Set([
    // How long nothing has happened.
    'idle_since',
    // Which kinds of exchanges there are.
    'internal_purpose',
    // Which of the clients have names is seen in all lists, who is on a page is chance.
    'user_provided_name',
  ]),
  measured: new Set(['rate', 'avg', 'avg_rate', 'consumer_capacity', 'consumer_utilisation']),
  // What a client says of itself, what is told of a socket, priorities: the keys are data.
  maps: new Set(['client_properties', 'socket_opts', 'messages_by_priority']),
  // A node may go without one.
  maybeEmpty: new Set(['config_files']),
};

/** The headers that are compared; the others tell of the server or of the moment. */
const compared = [
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'allow',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-security-policy',
  'content-type',
  'expires',
  'location',
  'pragma',
  'vary',
  'www-authenticate',
];

/** Sends exactly this path, whatever characters it has. */
export class Asker {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const where = { host: '127.0.0.1', port: this.#port, agent: this.#agent };
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const asked = request({ ...where, method, path, headers: { ...headers, ...length } });
      asked.on('error', reject);
      asked.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const isZipped = response.headers['content-encoding'] === 'gzip' && bytes.length > 0;
          const given = Object.entries(response.headers).map(([name, value]) => [name, `${value}`]);
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(given),
            text: (isZipped ? gunzipSync(bytes) : bytes).toString(),
          });
        });
      });
      asked.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The header that says who asks. */
export const loginOf = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Asks once more what was asked then. */
export function askAgain(asker: Asker, recorded: RecordedAnswer, names: Names): Promise<Answer> {
  const { method, path, user, password = user ?? '', sent, body } = recorded;
  const login = user === null ? {} : { authorization: loginOf(user, password) };
  const headers = { 'accept-encoding': 'gzip', ...login, ...sent };
  return asker.ask(
    method,
    actual(path, names, encodeURIComponent),
    headers,
    body === undefined ? undefined : actual(body, names),
  );
}

// A port and a node's name need no encoding, and had none.
function actual(text: string, names: Names, encode = (name: string) => name): string {
  return text.replaceAll(/\{([\w-]+)\}/g, (whole, name: string) => {
    const called = names.get(name);
    if (called === undefined) return whole;
    return name === 'node' ? called : encode(called);
  });
}

/** How an answer differs from the recorded one, a line each. */
export function faultsOf(recorded: RecordedAnswer, answer: Answer, names: Names): string[] {
  const faults: string[] = [];
  if (answer.status !== recorded.status) {
    faults.push(`status: ${answer.status} instead of ${recorded.status}`);
  }
  const { headers = answer.headers } = recorded;
  for (const name of compared) {
    if (name === 'content-encoding' && !mustBeZipped(recorded, answer)) continue;
    const wanted = headerOf(name, headers[name]);
    const got = headerOf(name, answer.headers[name]);
    if (got !== wanted) faults.push(`${name}: ${got ?? 'none'} instead of ${wanted ?? 'none'}`);
  }
  return [...faults, ...bodyFaults(recorded, answer, names)];
}

// RabbitMQ does it from 300 bytes on, unless it sends them piece by piece.
function mustBeZipped({ headers = {} }: RecordedAnswer, { text }: Answer): boolean {
  return headers['content-encoding'] === 'gzip' && text.length >= 300;
}

function headerOf(name: string, value: string | undefined): string | undefined {
  if (name === 'vary' || name === 'allow') return value?.split(/, */).sort().join(', ');
  return name === 'location' ? value?.replace(HASH, '~HASH') : value;
}

// What stands for arguments in the keys of bindings.
const HASH = /~[\w-]+$/;

function bodyFaults(recorded: RecordedAnswer, { text }: Answer, names: Names): string[] {
  if (recorded.text) return text === '' ? ['no body'] : [];
  if (recorded.answer === '') return text === '' ? [] : [`a body: ${text.slice(0, 200)}`];
  if (recorded.answer === undefined && recorded.shape === undefined) return [];
  const node = names.get('node') ?? '';
  const plain = text.replaceAll(node, '{node}').replaceAll(/amq\.gen-[\w-]{22}/g, 'amq.gen');
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch {
    return [`a body that is no JSON: ${text.slice(0, 200)}`];
  }
  if (recorded.shape !== undefined) return shapeFaults(recorded.shape, shapeOf(value), tolerance);
  const [got, wanted] = [sorted(value), sorted(recorded.answer)].map((each) =>
    JSON.stringify(each),
  );
  return got === wanted ? [] : [`body: ${got} instead of ${wanted}`];
}

// The order of keys means nothing.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
