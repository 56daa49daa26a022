import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/server/config.ts';
import { knownKeys } from '../../src/server/config-settings.ts';

function read(text: string): Config {
  return loadConfig({ flags: { config: 'r.conf' }, environment: {}, readText: () => text });
}

describe('the configuration file', () => {
  it('reads the keys of rabbitmq.conf', () => {
    const config = read(`
      # a broker
      listeners.tcp.default = 5673
      heartbeat = 30
      frame_max = 65536      # bytes
      channel_max=100
      connection_max = infinity
      max_message_size = 1048576
      consumer_timeout = 3600000
      handshake_timeout = 5000
      default_user = ada
      default_pass = engine
      default_vhost = works
      default_user_tags.monitoring = true
      default_user_tags.administrator = false
      default_permissions.configure = ^a
      default_permissions.write = ^b|c$
      default_permissions.read = .*
      log.console.level = warning
      tcp_listen_options.nodelay = false
      tcp_listen_options.backlog = 4096
      tcp_listen_options.keepalive = true
      vm_memory_high_watermark.absolute = 2GB
      data_dir = /var/lib/leveret
    `);
    expect(config).toMatchObject({
      port: 5673,
      heartbeat: 30,
      frameMax: 65_536,
      channelMax: 100,
      connectionMax: Number.POSITIVE_INFINITY,
      maxMessageSize: 1_048_576,
      consumerTimeoutMs: 3_600_000,
      handshakeTimeoutMs: 5000,
      defaultUser: 'ada',
      defaultPass: 'engine',
      defaultVhost: 'works',
      defaultUserTags: ['monitoring'],
      defaultConfigure: '^a',
      defaultWrite: '^b|c$',
      logLevel: 'warn',
      tcpNodelay: false,
      tcpBacklog: 4096,
      tcpKeepalive: true,
      memoryHighWatermark: { by: 'bytes', bytes: 2e9 },
      dataDir: '/var/lib/leveret',
    });
  });

  // What cuttlefish, RabbitMQ's own reader, makes of the same lines.
  it.each([
    ['default_pass = "quoted"', '"quoted"'],
    ["default_pass = 'single'", "'single'"],
    ["default_pass = '", "'"],
    ['default_pass = "', '"'],
    ['default_pass = x;y', 'x;y'],
    ['default_pass = x # comment', 'x'],
    ['default_pass = x\\y', 'x\\y'],
    ['default_pass=1', '1'],
    [' default_pass  =  2  ', '2'],
    ['default_pass = a = b', 'a = b'],
    ['default_pass = true', 'true'],
    ['default_pass = a[]', 'a[]'],
    ['default_pass = old\ndefault_pass = new\r\n', 'new'],
  ])('reads %j as %j', (text, value) => {
    expect(read(text).defaultPass).toBe(value);
  });

  it('takes any value without a number sign and blanks around as it stands', () => {
    const values = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => text.trim() === text && !/[#\r\n\u2028\u2029\u0085]/.test(text));
    fc.assert(
      fc.property(values, (value) => {
        expect(read(`default_pass = ${value}`).defaultPass).toBe(value);
      }),
    );
  });

  it('lets a backslash keep a number sign', () => {
    expect(read('default_pass = a\\#b # c').defaultPass).toBe('a#b');
  });

  it.each([
    ['listeners.tcp.default = 5673', [{ host: undefined, port: 5673 }]],
    ['listeners.tcp.local = 127.0.0.1:5673', [{ host: '127.0.0.1', port: 5673 }]],
    ['listeners.tcp.1 = ::1:5673', [{ host: '::1', port: 5673 }]],
    ['listeners.tcp.1 = [fe80::1]:5673', [{ host: 'fe80::1', port: 5673 }]],
    [
      'listeners.tcp.1 = localhost:1\nlisteners.tcp.2 = 0.0.0.0:2\nlisteners.tcp.1 = ::1:3',
      [
        { host: '::1', port: 3 },
        { host: '0.0.0.0', port: 2 },
      ],
    ],
  ])('listens where %j says', (text, listeners) => {
    const config = read(text);
    expect(config.listeners).toEqual(listeners);
    expect({ host: config.host, port: config.port }).toEqual(listeners[0]);
  });

  it.each([
    ['loopback_users = none', []],
    ['loopback_users.guest = false', []],
    ['loopback_users.ada = true', ['ada']],
    ['loopback_users.guest = true\nloopback_users.ada = true', ['guest', 'ada']],
    ['loopback_users.ada = true\nloopback_users = none', []],
  ])('binds to this machine whom %j names', (text, users) => {
    expect(read(text).loopbackUsers).toEqual(users);
  });

  it.each([
    ['vm_memory_high_watermark.relative = 0.6', { by: 'fraction', fraction: 0.6 }],
    ['vm_memory_high_watermark.relative = 1', { by: 'fraction', fraction: 1 }],
    ['vm_memory_high_watermark.absolute = 1073741824', { by: 'bytes', bytes: 2 ** 30 }],
    ['vm_memory_high_watermark.absolute = 512MiB', { by: 'bytes', bytes: 2 ** 29 }],
    ['vm_memory_high_watermark.absolute = 2k', { by: 'bytes', bytes: 2048 }],
    ['vm_memory_high_watermark.absolute = 3kB', { by: 'bytes', bytes: 3000 }],
    ['vm_memory_high_watermark.absolute = 1GB', { by: 'bytes', bytes: 1e9 }],
  ])('reads %j', (text, limit) => {
    expect(read(text).memoryHighWatermark).toEqual(limit);
  });

  it.each([
    ['disk_free_limit.absolute = 2GB', { by: 'bytes', bytes: 2e9 }],
    ['disk_free_limit.absolute = 50000', { by: 'bytes', bytes: 50_000 }],
    ['disk_free_limit.absolute = 1', { by: 'bytes', bytes: 1 }],
    ['disk_free_limit.absolute = 4Gib', { by: 'bytes', bytes: 2 ** 32 }],
    ['disk_free_limit.relative = 1.5', { by: 'fraction', fraction: 1.5 }],
    ['disk_free_limit.relative = 2', { by: 'fraction', fraction: 2 }],
  ])('reads %j', (text, limit) => {
    expect(read(text).diskFreeLimit).toEqual(limit);
  });

  it.each([
    ['vm_memory_high_watermark_paging_ratio = 0.75', { by: 'fraction', fraction: 0.75 }],
    ['message_memory.absolute = 64MiB', { by: 'bytes', bytes: 2 ** 26 }],
    [
      'vm_memory_high_watermark_paging_ratio = 0.75\nmessage_memory.absolute = 1G',
      { by: 'bytes', bytes: 2 ** 30 },
    ],
  ])('reads %j', (text, limit) => {
    expect(read(text).messageMemory).toEqual(limit);
  });

  it.each([
    ['total_memory_available_override_value = 512MiB', { totalMemory: 2 ** 29 }],
    ['total_memory_available_override_value = 1000000000', { totalMemory: 1e9 }],
    ['vm_memory_calculation_strategy = rss', { memoryCalculation: 'rss' }],
    ['vm_memory_calculation_strategy = legacy', { memoryCalculation: 'allocated' }],
    ['memory_monitor_interval = 1000', { memoryMonitorMs: 1000 }],
    ['wal.file_size = 4MiB', { walFileSize: 2 ** 22 }],
    ['data_dir = /var/lib/leveret', { dataDir: '/var/lib/leveret' }],
    ['data_dir = none', { dataDir: undefined }],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it.each(['undefined', 'false', 'infinity'])(
    'waits for ever with consumer_timeout = %s',
    (word) => {
      expect(read(`consumer_timeout = ${word}`).consumerTimeoutMs).toBe(Number.POSITIVE_INFINITY);
    },
  );

  it.each([
    ['heart_beat = 1', "r.conf line 1: unknown key 'heart_beat'; did you mean 'heartbeat'?"],
    [
      '#\n\nloopback_user.guest = false',
      "r.conf line 3: unknown key 'loopback_user.guest'; did you mean 'loopback_users.guest'?",
    ],
    ['__proto__ = 1', "r.conf line 1: unknown key '__proto__'"],
    ['listeners.tcp. = 1', "r.conf line 1: unknown key 'listeners.tcp.'"],
    ['heartbeat', "r.conf line 1: expected 'key = value'"],
    ['heartbeat =', "r.conf line 1: expected 'key = value'"],
    ['heartbeat = # 5', "r.conf line 1: expected 'key = value'"],
    ['heartbeat = 1\n[rabbit]', 'r.conf line 2: expected'],
    ['[{rabbit, []}].', 'Erlang terms are not part of it'],
    [
      'listeners.tcp.1 = here',
      "r.conf line 1: listeners.tcp.1: must be a port such as '5672', or an address and a port, not 'here'",
    ],
    [
      'loopback_users.guest = no',
      "r.conf line 1: loopback_users.guest: must be 'true' or 'false', not 'no'",
    ],
    ['log.level = loud', "r.conf line 1: log.level: must be one of 'trace'"],
    ['default_permissions.read = (', 'must be a regular expression'],
    ['vm_memory_high_watermark.relative = 1.5', 'must be a part such as'],
    ['vm_memory_high_watermark.absolute = 2 lots', 'must be a part such as'],
    ['disk_free_limit.relative = -1', 'must be a multiple such as'],
    ['disk_free_limit.absolute = some', 'must be a multiple such as'],
    ['wal.file_size = 4096', 'must be an amount from 1048576 to 536870912 bytes'],
    ['total_memory_available_override_value = 0.5', 'must be an amount'],
    ['tcp_listen_options.nodelay = yes', "must be 'true' or 'false'"],
    ['consumer_timeout = 0', "or 'undefined' or 'false'"],
  ])('refuses %j', (text, complaint) => {
    expect(() => read(text)).toThrow(complaint);
  });

  it('knows every key that it says it knows', () => {
    for (const key of knownKeys('one')) {
      const attempt = (): unknown => read(`${key} = no such value`);
      expect(attempt, key).not.toThrow(/unknown key/);
    }
  });
});
