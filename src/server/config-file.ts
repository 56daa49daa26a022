import { parse } from 'ini';
import { ConfigError, unknownWord } from './config-error.ts';
import type { Layer } from './config-layer.ts';
import { configSchema, type SettingName } from './config-schema.ts';
import { knownKeys, settingNames, settings } from './config-settings.ts';
import { tlsOfParts } from './config-tls.ts';
import { yesOrNo } from './config-values.ts';

/** One `key = value` of a configuration file. */
interface Entry {
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * What a configuration file says.
 * @throws ConfigError that names the file, the line and the key
 */
export function readFileLayer(text: string, path: string): Layer {
  const layer: Layer = new Map();
  const families = new Map<SettingName, Map<string, string>>();
  for (const { key, value, line } of readEntries(text, path)) {
    const at = `${path} line ${line}: `;
    const where = `${at}${key}`;
    const { name, member } = settingOf(key, at);
    if (member === undefined) {
      families.delete(name);
      layer.set(name, { value: spelt(key, value), where });
    } else {
      checkMember(name, member, value, where);
      const members = (families.get(name) ?? new Map<string, string>()).set(member, value);
      families.set(name, members);
      layer.set(name, { value: membersValue(name, members), where });
    }
  }
  return layer;
}

// `2` is two bytes by itself, and under a relative key twice the memory.
function spelt(key: string, value: string): string {
  return key.endsWith('.relative') && /^\d+$/.test(value) ? `${value}.0` : value;
}

/**
 * The setting a key speaks of; `member` is what stands for the star of a family of keys, or what
 * follows the prefix that all of a setting's keys have.
 */
function settingOf(key: string, at: string): { name: SettingName; member?: string } {
  for (const name of settingNames) {
    const { keys, prefix } = settings[name];
    if (prefix !== undefined) {
      if (keys.some((known) => stands(known, key)))
        return { name, member: key.slice(prefix.length) };
      continue;
    }
    const family = keys.find((known) => known.endsWith('.*'))?.slice(0, -1);
    if (family !== undefined && key.startsWith(family) && key.length > family.length) {
      return { name, member: key.slice(family.length) };
    }
    if (keys.includes(key)) return { name };
  }
  throw unknownWord(at, 'key', key, knownKeys(key.slice(key.lastIndexOf('.') + 1)));
}

function stands(known: string, key: string): boolean {
  const [before = '', after] = known.split('*');
  if (after === undefined) return known === key;
  const long = key.length > before.length + after.length;
  return long && key.startsWith(before) && key.endsWith(after);
}

// What the members of a family of keys are worth: `listeners.tcp.NAME = VALUE` adds a value.
const valued: ReadonlySet<SettingName> = new Set([
  'listeners',
  'tlsListeners',
  'corsAllowOrigins',
  'authMechanisms',
]);

// Elsewhere `loopback_users.NAME = true` adds a name.
function membersValue(name: SettingName, members: ReadonlyMap<string, string>): unknown {
  if (settings[name].prefix !== undefined) return tlsOfParts(members);
  if (valued.has(name)) return [...members.values()];
  return [...members].flatMap(([member, value]) => (value === 'true' ? [member] : []));
}

function checkMember(name: SettingName, member: string, value: string, where: string): void {
  const complaint = memberComplaint(name, member, value);
  if (complaint === undefined) return;
  const shown = member.endsWith('password') ? '' : `, not '${value}'`;
  throw new ConfigError(`${where}: ${complaint}${shown}`);
}

function memberComplaint(name: SettingName, member: string, value: string): string | undefined {
  if (settings[name].prefix !== undefined || valued.has(name)) {
    const shape = configSchema.unwrap().shape[name];
    const { error } = shape.safeParse(membersValue(name, new Map([[member, value]])));
    return error?.issues[0]?.message;
  }
  return yesOrNo().safeParse(value).error?.issues[0]?.message;
}

/**
 * The entries of a file in RabbitMQ's format: `key = value`, a line each, `#` begins a comment and
 * `\#` is a number sign. A value is taken as it stands, quotation marks and all.
 * @throws ConfigError for a line that is neither entry, comment nor empty
 */
function readEntries(text: string, file: string): readonly Entry[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    const entry = readEntry(line);
    if (entry !== undefined) return [{ ...entry, line: index + 1 }];
    const advice = /^\s*[[{%]/.test(line) ? ' (sections and Erlang terms are not part of it)' : '';
    throw new ConfigError(`${file} line ${index + 1}: expected 'key = value'${advice}`);
  });
}

function readEntry(line: string): { key: string; value: string } | undefined {
  const [, key, value] = /^\s*([^\s=#[\]]+)\s*=(.*)$/.exec(line) ?? [];
  if (key === undefined || value === undefined) return undefined;
  // A line at a time, under a key without dots: ini neither loses the number nor divides the key.
  const entries: Record<string, unknown> = parse(`value=${shielded(value.trim())}`);
  const read = entries['value'];
  return read === undefined || read === '' ? undefined : { key, value: String(read) };
}

// To ini semicolons, backslashes and quotation marks mean something; in rabbitmq.conf they do not.
function shielded(value: string): string {
  if (/^(["'])(?:.*\1)?$/.test(value))
    return JSON.stringify(value.replace(/(?<!\\)#.*$/, '').trim());
  return value.replaceAll(/\\(?!#)/g, '\\\\').replaceAll(';', '\\;');
}
