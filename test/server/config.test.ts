import { describe, expect, it } from 'vitest';
import { type Config, ConfigError, configOf, loadConfig } from '../../src/server/config.ts';

interface World {
  readonly flags?: Record<string, string>;
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function load({ flags = {}, environment = {}, files = {} }: World): Config {
  const readText = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT: no such file');
    return text;
  };
  return loadConfig({ flags, environment, readText });
}

function loadFile(text: string): Config {
  return load({ flags: { config: 'r.conf' }, files: { 'r.conf': text } });
}

describe('a configuration that says nothing', () => {
  it("has RabbitMQ's defaults", () => {
    expect(load({})).toMatchObject({
      port: 5672,
      heartbeat: 60,
      frameMax: 131_072,
      channelMax: 2047,
      maxMessageSize: 134_217_728,
      consumerTimeoutMs: 1_800_000,
      handshakeTimeoutMs: 10_000,
      connectionMax: Number.POSITIVE_INFINITY,
      memoryHighWatermark: { by: 'fraction', fraction: 0.6 },
      messageMemory: { by: 'bytes', bytes: 134_217_728 },
      memoryMonitorMs: 2500,
      diskFreeLimit: { by: 'bytes', bytes: 50_000_000 },
      defaultUser: 'guest',
      defaultPass: 'guest',
      defaultVhost: '/',
      defaultUserTags: ['administrator'],
      loopbackUsers: ['guest'],
      listeners: [{ host: undefined, port: 5672 }],
    });
  });

  it('cannot be changed', () => {
    const config = load({});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.listeners, { 0: { port: 1 } })).toThrow(TypeError);
  });
});

describe('the data directory', () => {
  const from = (world: World, dataDir = '/the/default'): string | undefined =>
    loadConfig({
      flags: world.flags ?? {},
      environment: world.environment ?? {},
      readText: () => 'data_dir = /from/file',
      dataDir,
    }).dataDir;

  it('is the default one when nobody names one', () => {
    expect(from({})).toBe('/the/default');
  });

  it('is the one that file, variable or flag names, the latter before the former', () => {
    const flags = { config: 'r.conf' };
    const environment = { RABBITMQ_MNESIA_BASE: '/from/rabbit' };
    expect(from({ flags })).toBe('/from/file');
    expect(from({ flags, environment })).toBe('/from/rabbit');
    expect(from({ environment: { ...environment, LEVERET_DATA_DIR: '/own' } })).toBe('/own');
    expect(from({ flags: { 'data-dir': '/flag' }, environment })).toBe('/flag');
  });

  it('is none when somebody says none', () => {
    expect(from({ flags: { 'data-dir': 'none' } })).toBeUndefined();
    expect(from({ environment: { LEVERET_DATA_DIR: 'none' } })).toBeUndefined();
  });

  it('is none for a program that does not name one', () => {
    expect(configOf().dataDir).toBeUndefined();
    expect(configOf({ dataDir: '/some' }).dataDir).toBe('/some');
  });
});

describe('what listens beside AMQP', () => {
  it('is on the ports that everybody knows, and on none for a program that does not name them', () => {
    expect(load({})).toMatchObject({ managementPort: 15_672, prometheusPort: 15_692 });
    expect(configOf().managementPort).toBeUndefined();
    expect(configOf().prometheusPort).toBeUndefined();
    expect(configOf({ managementPort: undefined }).managementPort).toBeUndefined();
    expect(configOf({ managementPort: 0 }).managementPort).toBe(0);
  });

  it('is off when somebody says none', () => {
    const config = load({
      flags: { 'management-port': 'none' },
      environment: { LEVERET_PROMETHEUS_PORT: 'none' },
    });
    expect([config.managementPort, config.prometheusPort]).toEqual([undefined, undefined]);
    expect(() => load({ flags: { 'management-port': '70000' } })).toThrow(
      "--management-port: must be a whole number from 0 to 65535, or 'none', not '70000'",
    );
  });

  it("is said by RabbitMQ's keys", () => {
    const config = loadFile(`
      management.tcp.port = 8080
      management.tcp.ip = 127.0.0.1
      management.rates_mode = detailed
      management.cors.allow_origins.1 = https://a.example
      management.cors.allow_origins.2 = https://b.example
      management.cors.max_age = 60
      management.http.max_body_size = 5000
      management.load_definitions = /etc/definitions.json
      prometheus.tcp.port = 9090
    `);
    expect(config).toMatchObject({
      managementPort: 8080,
      managementHost: '127.0.0.1',
      managementRates: 'detailed',
      corsAllowOrigins: ['https://a.example', 'https://b.example'],
      corsMaxAge: 60,
      managementBodyLimit: 5000,
      loadDefinitions: '/etc/definitions.json',
      prometheusPort: 9090,
    });
  });
});

describe('who says what', () => {
  const files = { 'r.conf': 'heartbeat = 10\nframe_max = 8192\nchannel_max = 5' };

  it('takes the flag before the variable and the variable before the file', () => {
    const config = load({
      files,
      environment: {
        RABBITMQ_CONFIG_FILE: 'r.conf',
        LEVERET_HEARTBEAT: '20',
        LEVERET_FRAME_MAX: '9000',
      },
      flags: { heartbeat: '30' },
    });
    expect(config).toMatchObject({ heartbeat: 30, frameMax: 9000, channelMax: 5 });
  });

  it('takes the file that the flag names before those of the variables', () => {
    const environment = { RABBITMQ_CONFIG_FILE: 'nowhere', LEVERET_CONFIG: 'nowhere' };
    expect(load({ files, environment, flags: { config: 'r.conf' } }).heartbeat).toBe(10);
  });

  it('takes its own variable before that of RabbitMQ', () => {
    const environment = { RABBITMQ_NODE_PORT: '1111', LEVERET_PORT: '2222' };
    expect(load({ environment }).port).toBe(2222);
  });

  it('puts a port or host of a variable or flag in place of all listeners of the file', () => {
    const listening = {
      files: { 'r.conf': 'listeners.tcp.default = 1000\nlisteners.tcp.1 = 127.0.0.1:1001' },
      environment: { LEVERET_CONFIG: 'r.conf' },
    };
    expect(load(listening).listeners).toHaveLength(2);
    expect(load({ ...listening, flags: { port: '7' } }).listeners).toEqual([
      { host: undefined, port: 7 },
    ]);
  });

  it('gives a program what it asks for and the defaults for the rest', () => {
    const config = configOf({ host: '127.0.0.1', port: 0, loopbackUsers: [] });
    expect(config).toMatchObject({ port: 0, heartbeat: 60, loopbackUsers: [] });
    expect(config.listeners).toEqual([{ host: '127.0.0.1', port: 0 }]);
    expect(() => configOf({ frameMax: 100 })).toThrow(
      "frameMax: must be a whole number from 4096 to 1048576, not '100'",
    );
  });
});

describe("the Docker image's variables", () => {
  it('sets user, password, vhost, port and address', () => {
    const config = load({
      environment: {
        RABBITMQ_DEFAULT_USER: 'ada',
        RABBITMQ_DEFAULT_PASS: 'engine # 1',
        RABBITMQ_DEFAULT_VHOST: 'works',
        RABBITMQ_NODE_PORT: '5679',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      },
    });
    expect(config).toMatchObject({
      defaultUser: 'ada',
      defaultPass: 'engine # 1',
      defaultVhost: 'works',
      port: 5679,
      host: '127.0.0.1',
    });
  });

  it('lets users in from everywhere once a user is named, unless told otherwise', () => {
    const environment = { RABBITMQ_DEFAULT_USER: 'guest' };
    expect(load({ environment }).loopbackUsers).toEqual([]);
    expect(load({ environment, flags: { 'loopback-users': 'guest,ada' } }).loopbackUsers).toEqual([
      'guest',
      'ada',
    ]);
    expect(load({ environment: { LEVERET_DEFAULT_USER: 'guest' } }).loopbackUsers).toEqual([
      'guest',
    ]);
  });

  it('reads secrets from the files that the _FILE variables name, less the last line end', () => {
    const config = load({
      environment: { RABBITMQ_DEFAULT_USER_FILE: '/u', RABBITMQ_DEFAULT_PASS_FILE: '/p' },
      files: { '/u': 'ada\n', '/p': ' s3cret \n' },
    });
    expect(config).toMatchObject({
      defaultUser: 'ada',
      defaultPass: ' s3cret ',
      loopbackUsers: [],
    });
  });

  it('refuses a variable and its file at once, and a file that is not there', () => {
    const environment = { RABBITMQ_DEFAULT_PASS: 'x', RABBITMQ_DEFAULT_PASS_FILE: '/p' };
    expect(() => load({ environment, files: { '/p': 'y' } })).toThrow(
      'RABBITMQ_DEFAULT_PASS and RABBITMQ_DEFAULT_PASS_FILE are both set: one of them is enough',
    );
    expect(() => load({ environment: { RABBITMQ_DEFAULT_USER_FILE: '/u' } })).toThrow(
      'RABBITMQ_DEFAULT_USER_FILE: /u cannot be read: ENOENT: no such file',
    );
  });

  it('passes over variables that are empty, and those of RabbitMQ that mean nothing here', () => {
    const environment = {
      RABBITMQ_NODE_PORT: '',
      RABBITMQ_ERLANG_COOKIE: 'x',
      RABBITMQ_LOGS: '-',
      LEVERET_PORT: '',
    };
    expect(load({ environment }).port).toBe(5672);
  });
});

describe('mistakes', () => {
  it('names a variable of its own that it does not know, and the nearest', () => {
    expect(() => load({ environment: { LEVERET_HEARTBEET: '1' } })).toThrow(
      "unknown variable 'LEVERET_HEARTBEET'; did you mean 'LEVERET_HEARTBEAT'?",
    );
  });

  it('says where a value out of range was given', () => {
    expect(() => load({ flags: { port: '70000' } })).toThrow(
      "--port: must be a whole number from 0 to 65535, not '70000'",
    );
    expect(() => load({ environment: { RABBITMQ_NODE_PORT: 'x' } })).toThrow(
      "RABBITMQ_NODE_PORT: must be a whole number from 0 to 65535, not 'x'",
    );
    expect(() => loadFile('\nframe_max = 1024')).toThrow(
      "r.conf line 2: frame_max: must be a whole number from 4096 to 1048576, not '1024'",
    );
  });

  it('shows no password', () => {
    expect(() => load({ flags: { 'default-pass': '' } })).toThrow(
      /^--default-pass: must not be empty$/,
    );
  });

  it('refuses a file that is not there or holds Erlang terms', () => {
    expect(() => load({ flags: { config: '/nowhere.conf' } })).toThrow(
      '/nowhere.conf cannot be read: ENOENT: no such file',
    );
    expect(() => load({ flags: { config: 'advanced.config' } })).toThrow('Erlang terms');
  });

  it('throws errors that a command can tell from its own', () => {
    expect(() => load({ flags: { port: 'x' } })).toThrow(ConfigError);
  });
});
