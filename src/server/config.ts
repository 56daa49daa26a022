import { configFileOf, type Environment, readVariables } from './config-environment.ts';
import { ConfigError, unknownWord } from './config-error.ts';
import { readFileLayer } from './config-file.ts';
import { type Given, type Layer, type ReadText, readNamed } from './config-layer.ts';
import { type Config, configSchema, type SettingName } from './config-schema.ts';
import { settingNames, settings } from './config-settings.ts';

export { ConfigError } from './config-error.ts';
export type { Config } from './config-schema.ts';

/** Where a configuration comes from. A flag beats a variable, a variable beats the file. */
export interface Sources {
  /** By the flag's name without `--`; `config` names the file. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly readText: ReadText;
  /** Where data lies when nobody says where; in memory if undefined. */
  readonly dataDir?: string | undefined;
}

/**
 * The configuration that file, variables and flags come to, frozen.
 * @throws ConfigError for whatever is unknown, unreadable or out of range
 */
export function loadConfig({ flags, environment, readText, dataDir }: Sources): Config {
  const path = configPathOf({ flags, environment });
  const file = path === undefined ? new Map() : readConfigFile(path, readText);
  const over: Layer = new Map([...readVariables(environment, readText), ...readFlags(flags)]);
  if (over.has('host') || over.has('port')) file.delete('listeners');
  const layer: Layer = new Map([...file, ...over]);
  if (dataDir !== undefined && !layer.has('dataDir')) {
    layer.set('dataDir', { value: dataDir, where: 'the default data directory' });
  }
  return finish(layer);
}

/** The path of the configuration file, if one is named. */
export function configPathOf({
  flags,
  environment,
}: Pick<Sources, 'flags' | 'environment'>): string | undefined {
  return typeof flags['config'] === 'string' ? flags['config'] : configFileOf(environment);
}

/**
 * The configuration of a program that says how it differs from the defaults, frozen. What listens
 * beside AMQP does so only where it is told a port.
 * @throws ConfigError for a setting that there is not, or a value out of range
 */
export function configOf(differences: Partial<Config> = {}): Config {
  // Ports that everybody knows are for the one broker of a machine.
  const layer: Layer = new Map([
    ['managementPort', { value: 'none', where: 'managementPort' }],
    ['prometheusPort', { value: 'none', where: 'prometheusPort' }],
  ]);
  for (const [given, value] of Object.entries(differences)) {
    const name = settingNames.find((known) => known === given);
    if (name === undefined) throw unknownWord('', 'setting', given, settingNames);
    if (value !== undefined) layer.set(name, { value, where: name });
  }
  return finish(layer);
}

function readConfigFile(path: string, readText: ReadText): Layer {
  if (path.endsWith('.config')) {
    throw new ConfigError(`${path}: Erlang terms cannot be read; write it as rabbitmq.conf`);
  }
  return readFileLayer(readNamed(path, readText), path);
}

function readFlags(flags: Readonly<Record<string, unknown>>): Layer {
  const layer: Layer = new Map();
  for (const name of settingNames) {
    const { flag } = settings[name];
    const value = flag === undefined ? undefined : flags[flag];
    if (value !== undefined) layer.set(name, { value, where: `--${flag}` });
  }
  return layer;
}

function finish(layer: Layer): Config {
  const raw = Object.fromEntries([...layer].map(([name, given]) => [name, given.value]));
  const { success, data, error } = configSchema.safeParse(raw);
  if (!success) {
    const issue = error.issues[0];
    const name = settingNames.find((candidate) => candidate === issue?.path[0]);
    throw invalid(name, issue?.message ?? 'cannot be read', name && layer.get(name));
  }
  const listeners = layer.has('listeners') ? data.listeners : [endpointOf(data)];
  return Object.freeze({
    ...data,
    ...(listeners[0] ?? data.tlsListeners[0]),
    listeners: Object.freeze(listeners),
    tlsListeners: Object.freeze(data.tlsListeners),
    ...httpPorts(layer, data),
  });
}

// As RabbitMQ: what is served with TLS is not served without, unless somebody says so.
function httpPorts(
  layer: Layer,
  data: Config,
): Pick<Config, 'managementPort' | 'managementTlsPort' | 'prometheusPort' | 'prometheusTlsPort'> {
  const tlsPort = (
    port: 'managementTlsPort' | 'prometheusTlsPort',
    certfile: string | undefined,
    common: number,
  ): number | undefined => (layer.has(port) || certfile === undefined ? data[port] : common);
  const managementTlsPort = tlsPort('managementTlsPort', data.managementTls.certfile, 15_671);
  const prometheusTlsPort = tlsPort('prometheusTlsPort', data.prometheusTls.certfile, 15_691);
  const withTls = (tls: number | undefined, name: SettingName): boolean =>
    tls !== undefined && !layer.has(name);
  return {
    managementTlsPort,
    prometheusTlsPort,
    managementPort: withTls(managementTlsPort, 'managementPort') ? undefined : data.managementPort,
    prometheusPort: withTls(prometheusTlsPort, 'prometheusPort') ? undefined : data.prometheusPort,
  };
}

function endpointOf({ host, port }: Config): Config['listeners'][number] {
  return { host, port };
}

function invalid(
  name: SettingName | undefined,
  complaint: string,
  given: Given | undefined,
): ConfigError {
  if (name === undefined) return new ConfigError(`the configuration ${complaint}`);
  const shown = settings[name].secret ? '' : `, not '${String(given?.value)}'`;
  return new ConfigError(`${given?.where ?? name}: ${complaint}${shown}`);
}
