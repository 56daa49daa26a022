import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { Section } from './output.ts';

const MS_PER_SECOND = 1000;
const units = new Map([
  ['gb', 1e9],
  ['mb', 1e6],
  ['kb', 1e3],
  ['bytes', 1],
]);

/** What a node tells of itself, as text. */
export function text(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}

export function runtime(overview: JsonObject, node: JsonObject): Section {
  const seconds = Math.floor(Number(node['uptime'] ?? 0) / MS_PER_SECOND);
  return {
    title: 'Runtime',
    lines: [
      `OS PID: ${text(node['os_pid'])}`,
      `Uptime (seconds): ${seconds}`,
      `Is under maintenance?: ${text(node['being_drained'])}`,
      `${text(overview['product_name'])} version: ${text(overview['product_version'])}`,
      `RabbitMQ version: ${text(overview['rabbitmq_version'])}`,
      `Node name: ${text(node['name'])}`,
      `Runtime: ${runtimeName(overview)}`,
      `Crypto library: ${text(overview['crypto_lib_version'])}`,
    ],
  };
}

export function runtimeName(overview: JsonObject): string {
  return text(overview['erlang_full_version']);
}

export function plugins(node: JsonObject): Section {
  return fileSection('Plugins', node['enabled_plugins']);
}

/** A list below a title. */
export function fileSection(title: string, names: JsonValue | undefined): Section {
  const list = isJsonList(names) ? names.map(text).filter((name) => name !== '') : [];
  return { title, lines: list.length === 0 ? ['(none)'] : list.map((name) => ` * ${name}`) };
}

/** An alarm that has been raised. */
export interface Alarm {
  readonly node: string;
  readonly resource: string;
  readonly [key: string]: string;
}

export function alarmsOf(node: JsonObject): readonly Alarm[] {
  const name = text(node['name']);
  return [
    ...(node['mem_alarm'] === true ? [{ node: name, resource: 'memory' }] : []),
    ...(node['disk_free_alarm'] === true ? [{ node: name, resource: 'disk' }] : []),
  ];
}

export function alarmText({ node, resource }: Alarm): string {
  return `${resource === 'memory' ? 'Memory' : 'Free disk space'} alarm on node ${node}`;
}

export function alarmSection(alarms: readonly Alarm[]): Section {
  return { title: 'Alarms', lines: alarms.length === 0 ? ['(none)'] : alarms.map(alarmText) };
}

export function memorySection(node: JsonObject, memory: JsonValue): Section {
  return {
    title: 'Memory',
    lines: [
      `Total memory used: ${amount(node['mem_used'], 'gb')}`,
      `Calculation strategy: ${text(node['mem_calculation_strategy'])}`,
      `Memory high watermark: ${amount(node['mem_limit'], 'gb')}`,
      '',
      ...breakdown(memory, 'gb', ' '),
    ],
  };
}

/** Where memory goes, the most first; what takes none is left out. */
export function breakdown(memory: JsonValue, unit: string, gap: string): readonly string[] {
  if (!isJsonObject(memory)) return [];
  const parts = Object.entries(memory).flatMap(([name, bytes]): [string, number][] =>
    typeof bytes === 'number' && bytes > 0 ? [[name, bytes]] : [],
  );
  const all = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
  return parts
    .sort(([, one], [, other]) => other - one)
    .map(([name, bytes]) => {
      const percent = ((100 * bytes) / all).toFixed(2);
      return `${name}: ${amount(bytes, unit)} (${percent}${gap}%)`;
    });
}

export function disk(node: JsonObject): Section {
  return {
    title: 'Free Disk Space',
    lines: [
      `Low free disk space watermark: ${amount(node['disk_free_limit'], 'gb')}`,
      `Free disk space: ${amount(node['disk_free'], 'gb')}`,
    ],
  };
}

export function totals(overview: JsonObject, vhosts: number): Section {
  const { object_totals: objects, queue_totals: messages } = overview;
  const counts = isJsonObject(objects) ? objects : {};
  const waiting = isJsonObject(messages) ? messages['messages'] : 0;
  return {
    title: 'Totals',
    lines: [
      `Connection count: ${text(counts['connections'])}`,
      `Queue count: ${text(counts['queues'])}`,
      `Virtual host count: ${vhosts}`,
      `Message count: ${text(waiting)}`,
    ],
  };
}

function amount(bytes: JsonValue | undefined, unit: string): string {
  const scaled = Number(bytes ?? 0) / (units.get(unit) ?? 1);
  return `${Math.round(scaled * 1e4) / 1e4} ${unit}`;
}
