import { ConfigError, unknownWord } from './config-error.ts';
import { type Given, type Layer, type ReadText, readNamed } from './config-layer.ts';
import { settingNames, settings, variableOf } from './config-settings.ts';

/** The process's variables, or as many as matter. */
export type Environment = Readonly<Record<string, string | undefined>>;

const OWN_PREFIX = 'LEVERET_';
const FILE_SUFFIX = '_FILE';
const OWN_CONFIG_FILE = variableOf('config');
// What the commands for a running node read: both may be said in one place.
const COMMAND_VARIABLES = ['LEVERET_URL', 'LEVERET_USER', 'LEVERET_PASSWORD', 'LEVERET_CA_CERT'];
const RABBIT_CONFIG_FILE = 'RABBITMQ_CONFIG_FILE';

/** The path of the configuration file that the environment names. */
export function configFileOf(environment: Environment): string | undefined {
  return filled(environment[OWN_CONFIG_FILE]) ?? filled(environment[RABBIT_CONFIG_FILE]);
}

/**
 * What the environment says. Variables of our own that mean nothing are refused; of RabbitMQ's
 * there are many, and those that mean nothing here are passed over.
 * @throws ConfigError that names the variable
 */
export function readVariables(environment: Environment, readText: ReadText): Layer {
  const layer: Layer = new Map();
  const own = [OWN_CONFIG_FILE, ...COMMAND_VARIABLES];
  for (const name of settingNames) {
    const { flag, variables = [] } = settings[name];
    for (const variable of variables) {
      const given = readRabbitVariable(variable, environment, readText);
      if (given !== undefined) layer.set(name, given);
    }
    if (flag === undefined) continue;
    const variable = variableOf(flag);
    own.push(variable);
    const value = filled(environment[variable]);
    if (value !== undefined) layer.set(name, { value, where: variable });
  }
  refuseStrangers(environment, own);
  liftLoopback(layer);
  return layer;
}

// The image takes secrets from files as well: NAME_FILE holds the path of what NAME would hold.
function readRabbitVariable(
  variable: string,
  environment: Environment,
  readText: ReadText,
): Given | undefined {
  const value = filled(environment[variable]);
  const fileVariable = `${variable}${FILE_SUFFIX}`;
  const path = filled(environment[fileVariable]);
  if (path === undefined) return value === undefined ? undefined : { value, where: variable };
  if (value !== undefined) {
    throw new ConfigError(`${variable} and ${fileVariable} are both set: one of them is enough`);
  }
  const text = readNamed(path, readText, `${fileVariable}: `);
  return { value: text.replace(/\r?\n$/, ''), where: fileVariable };
}

function refuseStrangers(environment: Environment, own: readonly string[]): void {
  const stranger = Object.keys(environment).find(
    (variable) => variable.startsWith(OWN_PREFIX) && !own.includes(variable),
  );
  if (stranger !== undefined) throw unknownWord('', 'variable', stranger, own);
}

// RabbitMQ's image lets its users in from other containers; naming its user here does the same.
function liftLoopback(layer: Layer): void {
  const where = layer.get('defaultUser')?.where;
  if (where?.startsWith('RABBITMQ_') && !layer.has('loopbackUsers')) {
    layer.set('loopbackUsers', { value: [], where });
  }
}

// Compose files set variables to nothing to leave them out.
function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
