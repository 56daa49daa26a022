import { parse } from 'ini';
import { codeOf } from '../kit/errors.ts';
import type { Credentials } from './client.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What flags, variables and files may say about the node and who asks it. */
const KEYS = ['url', 'host', 'port', 'username', 'password', 'tls', 'ca-cert', 'insecure'] as const;
type Key = (typeof KEYS)[number];
type Said = Readonly<Partial<Record<Key, string>>>;

/** How to reach a node. */
export interface NodeAddress {
  readonly origin: URL;
  readonly credentials: Credentials;
  /** A file of certificates in PEM. */
  readonly authoritiesFile: string | undefined;
  readonly isTrusting: boolean;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '15672';
const DEFAULT_TLS_PORT = '15671';
const RC_FILE = '.leveretrc';

// The spellings of rabbitmqadmin's file.
const FILE_KEYS = new Map<string, Key>([
  ['hostname', 'host'],
  ['ssl', 'tls'],
  ['ssl_ca_cert_file', 'ca-cert'],
  ['ca_cert', 'ca-cert'],
]);

/** Flags first, then variables, then the file. @throws CommandError */
export function nodeAddress(
  flags: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): NodeAddress {
  const given: Said = Object.fromEntries(KEYS.flatMap((key) => saidBy(flags[key], key)));
  const variables = fromVariables(terminal);
  const file = fromFile(flags, terminal);
  const layers = [given, variables, file].map(withUrl);
  const all: Said = { ...layers[2], ...layers[1], ...layers[0] };
  const isSecure = isOn(all.tls) || all['ca-cert'] !== undefined || isOn(all.insecure);
  const host = all.host ?? DEFAULT_HOST;
  const port = all.port ?? (isSecure ? DEFAULT_TLS_PORT : DEFAULT_PORT);
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const path = all.url === undefined ? '' : new URL(all.url).pathname;
  return {
    origin: parsedUrl(`${isSecure ? 'https' : 'http'}://${bracketed}:${port}${path}`),
    credentials: { user: all.username ?? 'guest', password: all.password ?? 'guest' },
    authoritiesFile: all['ca-cert'],
    isTrusting: isOn(all.insecure),
  };
}

function saidBy(value: unknown, key: Key): [Key, string][] {
  if (value === true) return [[key, 'true']];
  return typeof value === 'string' && value !== '' ? [[key, value]] : [];
}

// A URL says what the keys say one by one; those that are said beside it win.
function withUrl(said: Said): Said {
  if (said.url === undefined) return said;
  const { protocol, hostname, port, username, password } = parsedUrl(said.url);
  return {
    host: hostname,
    port: port === '' ? (protocol === 'https:' ? '443' : '80') : port,
    tls: String(protocol === 'https:'),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...said,
  };
}

function parsedUrl(text: string): URL {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text);
  throw new CommandError(exitCodes.usage, `'${text}' is no URL such as http://localhost:15672`);
}

/**
 * In a container the server's own variables name the user that it has created and the port of its API;
 * commands that run beside it need to be told nothing.
 */
function fromVariables(terminal: Terminal): Said {
  const { environment } = terminal;
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
  const inFile = (name: string): string | undefined => {
    const path = first(name);
    return path === undefined ? undefined : textOf(path, terminal, true)?.replace(/\r?\n$/, '');
  };
  const said: Record<Key, string | undefined> = {
    url: first('LEVERET_URL'),
    host: undefined,
    port: numeric(first('LEVERET_MANAGEMENT_PORT')),
    username:
      first('LEVERET_USER', 'LEVERET_DEFAULT_USER', 'RABBITMQ_DEFAULT_USER') ??
      inFile('RABBITMQ_DEFAULT_USER_FILE'),
    password:
      first('LEVERET_PASSWORD', 'LEVERET_DEFAULT_PASS', 'RABBITMQ_DEFAULT_PASS') ??
      inFile('RABBITMQ_DEFAULT_PASS_FILE'),
    tls: undefined,
    'ca-cert': first('LEVERET_CA_CERT'),
    insecure: undefined,
  };
  // The port is the server's, not that of a node somewhere else.
  const { port, ...others } = said;
  return Object.fromEntries(
    Object.entries(said.url === undefined ? { ...others, port } : others).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}

function numeric(text: string | undefined): string | undefined {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? text : undefined;
}

function fromFile(flags: Readonly<Record<string, unknown>>, terminal: Terminal): Said {
  const named = flags['config'];
  const path = typeof named === 'string' ? named : `${terminal.home}/${RC_FILE}`;
  const text = textOf(path, terminal, typeof named === 'string');
  if (text === undefined) return {};
  const profile = typeof flags['profile'] === 'string' ? flags['profile'] : 'default';
  const whole: Readonly<Record<string, unknown>> = parse(text);
  const section = whole[profile];
  if (typeof section !== 'object' || section === null) {
    if (profile === 'default') return {};
    throw new CommandError(exitCodes.usage, `There is no section [${profile}] in ${path}`);
  }
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => [knownKey(name, path), String(value)]),
  );
}

function knownKey(name: string, path: string): Key {
  const spelt = FILE_KEYS.get(name) ?? name.replaceAll('_', '-');
  const key = KEYS.find((each) => each === spelt);
  if (key !== undefined) return key;
  throw new CommandError(exitCodes.usage, `${path}: '${name}' means nothing here`);
}

function textOf(path: string, terminal: Terminal, isNamed: boolean): string | undefined {
  try {
    return terminal.readFile(path).toString();
  } catch (error) {
    if (!isNamed && codeOf(error) === 'ENOENT') return undefined;
    throw new CommandError(exitCodes.file, `Cannot read ${path}: ${codeOf(error)}`);
  }
}

function isOn(value: string | undefined): boolean {
  return value === 'true' || value === 'yes' || value === '1';
}
