import type { SettingName } from './config-schema.ts';
import { tlsKeys } from './config-tls.ts';

/** The ways to say a setting. */
export interface Setting {
  /** Keys of the configuration file; a part `*` stands for any name. */
  readonly keys: readonly string[];
  /** What all the keys begin with, if they are the parts of one value. */
  readonly prefix?: string;
  /** The flag, without `--`. The variable `LEVERET_…` follows from it. */
  readonly flag?: string;
  /** The variables of RabbitMQ and its Docker image. */
  readonly variables?: readonly string[];
  readonly description: string;
  /** Its value is shown nowhere. */
  readonly secret?: true;
}

/** Everything that can be configured, by its name in `Config`. */
export const settings: Readonly<Record<SettingName, Setting>> = {
  host: {
    keys: [],
    flag: 'host',
    variables: ['RABBITMQ_NODE_IP_ADDRESS'],
    description: 'address to listen on; every address of the machine unless given',
  },
  port: {
    keys: [],
    flag: 'port',
    variables: ['RABBITMQ_NODE_PORT'],
    description: 'port to listen on; 0 takes a free one',
  },
  listeners: {
    keys: ['listeners.tcp.default', 'listeners.tcp.*', 'listeners.tcp'],
    description:
      'where to listen: a port, or an address and a port; `listeners.tcp = none` for nowhere; a host or a port given as a flag or a variable takes the place of them all',
  },
  tlsListeners: {
    keys: ['listeners.ssl.default', 'listeners.ssl.*', 'listeners.ssl'],
    description: 'where to listen for clients that speak TLS, commonly `5671`',
  },
  tls: {
    keys: tlsKeys('ssl_options.'),
    prefix: 'ssl_options.',
    description: 'how TLS is spoken to AMQP clients; see [TLS](tls.md)',
  },
  dataDir: {
    keys: ['data_dir'],
    flag: 'data-dir',
    variables: ['RABBITMQ_MNESIA_BASE', 'RABBITMQ_MNESIA_DIR'],
    description: 'folder for what is to outlive the process; `none` to keep everything in memory',
  },
  walFileSize: {
    keys: ['wal.file_size'],
    description: 'size of a file of the write-ahead log: 1MiB to 512MiB',
  },
  diskFreeLimit: {
    keys: ['disk_free_limit.absolute', 'disk_free_limit.relative'],
    flag: 'disk-free-limit',
    description:
      'free space on the disk of that folder below which publishers are held back: an amount (`2GB`) or a multiple of the memory that there is (`1.5`)',
  },
  logLevel: {
    keys: ['log.level', 'log.console.level'],
    flag: 'log-level',
    description: 'least important entry to log: debug, info, warning, error or none',
  },
  heartbeat: {
    keys: ['heartbeat'],
    flag: 'heartbeat',
    description: 'heartbeat interval to propose, in seconds; 0 for none',
  },
  frameMax: {
    keys: ['frame_max'],
    flag: 'frame-max',
    description: 'longest frame to propose, in bytes: 4096 to 1048576',
  },
  channelMax: {
    keys: ['channel_max'],
    flag: 'channel-max',
    description: 'most channels of a connection; 0 for as many as the protocol has',
  },
  connectionMax: {
    keys: ['connection_max'],
    flag: 'connection-max',
    description: 'most connections at a time, or `infinity`',
  },
  maxMessageSize: {
    keys: ['max_message_size'],
    flag: 'max-message-size',
    description: 'largest message body, in bytes: at most 536870912',
  },
  consumerTimeoutMs: {
    keys: ['consumer_timeout'],
    flag: 'consumer-timeout',
    description:
      'how long a delivery may wait for its acknowledgement, in milliseconds; `false` for ever',
  },
  handshakeTimeoutMs: {
    keys: ['handshake_timeout'],
    flag: 'handshake-timeout',
    description: 'how long a client may take to open its connection, in milliseconds',
  },
  memoryHighWatermark: {
    keys: ['vm_memory_high_watermark.relative', 'vm_memory_high_watermark.absolute'],
    flag: 'memory-high-watermark',
    description:
      'memory in use from which publishers are held back: a part of what there is (`0.4`) or an amount (`2GB`)',
  },
  messageMemory: {
    keys: ['message_memory.absolute', 'vm_memory_high_watermark_paging_ratio'],
    flag: 'message-memory',
    description:
      'memory for messages that wait, beyond which they are kept on disk alone: an amount (`256MiB`) or a part of the high watermark (`0.5`)',
  },
  memoryCalculation: {
    keys: ['vm_memory_calculation_strategy'],
    description:
      'memory that counts: all that the process takes (`rss`) or what messages take (`allocated`)',
  },
  memoryMonitorMs: {
    keys: ['memory_monitor_interval'],
    description: 'how often the memory of the process is looked at, in milliseconds',
  },
  totalMemory: {
    keys: ['total_memory_available_override_value'],
    flag: 'total-memory',
    description: 'memory that there is, if not as much as the machine or its container has',
  },
  defaultUser: {
    keys: ['default_user'],
    flag: 'default-user',
    variables: ['RABBITMQ_DEFAULT_USER'],
    description: 'user to create',
  },
  defaultPass: {
    keys: ['default_pass'],
    flag: 'default-pass',
    variables: ['RABBITMQ_DEFAULT_PASS'],
    description: "that user's password",
    secret: true,
  },
  defaultVhost: {
    keys: ['default_vhost'],
    flag: 'default-vhost',
    variables: ['RABBITMQ_DEFAULT_VHOST'],
    description: 'vhost to create',
  },
  defaultUserTags: {
    keys: ['default_user_tags.*'],
    description: "that user's tags: a tag's name is the last part of the key, the value `true`",
  },
  defaultConfigure: {
    keys: ['default_permissions.configure'],
    description: 'regular expression: names of what that user may declare and delete in that vhost',
  },
  defaultWrite: {
    keys: ['default_permissions.write'],
    description: 'regular expression: names of what that user may publish to and bind',
  },
  defaultRead: {
    keys: ['default_permissions.read'],
    description: 'regular expression: names of what that user may consume and bind from',
  },
  loopbackUsers: {
    keys: ['loopback_users', 'loopback_users.*'],
    flag: 'loopback-users',
    description:
      'users who may log in from this machine only; `none` for nobody; `loopback_users.NAME = false` lets one go',
  },
  authMechanisms: {
    keys: ['auth_mechanisms.*'],
    description:
      'ways to log in that are offered: `PLAIN`, `AMQPLAIN`, and `EXTERNAL` for clients with a certificate',
  },
  certificateLogin: {
    keys: ['ssl_cert_login_from'],
    description:
      "what of a client's certificate is its user's name: `distinguished_name`, `common_name` or `subject_alternative_name`",
  },
  certificateLoginType: {
    keys: ['ssl_cert_login_san_type'],
    description: 'type of that alternative name: `dns`, `ip`, `email`, `uri` or `other_name`',
  },
  certificateLoginIndex: {
    keys: ['ssl_cert_login_san_index'],
    description: 'which one of that type, counted from 0',
  },
  managementHost: {
    keys: ['management.tcp.ip', 'management.listener.ip'],
    flag: 'management-host',
    description: 'address of the HTTP API; that of the first listener unless given',
  },
  managementPort: {
    keys: ['management.tcp.port', 'management.listener.port'],
    flag: 'management-port',
    description: 'port of the HTTP API; 0 takes a free one, `none` turns it off',
  },
  managementTlsHost: {
    keys: ['management.ssl.ip'],
    description: 'address of the HTTP API with TLS; that of the first listener unless given',
  },
  managementTlsPort: {
    keys: ['management.ssl.port'],
    description:
      'port of the HTTP API with TLS; where it has a certificate, `15671` unless given, and then the API is served without TLS only if its other port is given too',
  },
  managementTls: {
    keys: tlsKeys('management.ssl.'),
    prefix: 'management.ssl.',
    description: 'how TLS is spoken by the HTTP API; see [TLS](tls.md)',
  },
  managementRates: {
    keys: ['management.rates_mode'],
    description:
      'what the HTTP API keeps of the past: `basic`, `detailed`, or `none` for nothing at all',
  },
  managementBodyLimit: {
    keys: ['management.http.max_body_size'],
    description: 'longest body of a request to the HTTP API, in bytes',
  },
  corsAllowOrigins: {
    keys: ['management.cors.allow_origins.*'],
    description:
      'pages of other sites that may use the HTTP API, by their origins (`https://ops.example`)',
  },
  corsMaxAge: {
    keys: ['management.cors.max_age'],
    description: 'how long browsers may remember that, in seconds',
  },
  prometheusHost: {
    keys: ['prometheus.tcp.ip'],
    flag: 'prometheus-host',
    description: 'address at which Prometheus is answered; that of the first listener unless given',
  },
  prometheusPort: {
    keys: ['prometheus.tcp.port'],
    flag: 'prometheus-port',
    description: 'port at which Prometheus is answered; 0 takes a free one, `none` turns it off',
  },
  prometheusTlsHost: {
    keys: ['prometheus.ssl.ip'],
    description:
      'address at which Prometheus is answered with TLS; that of the first listener unless given',
  },
  prometheusTlsPort: {
    keys: ['prometheus.ssl.port'],
    description:
      'port at which Prometheus is answered with TLS; where it has a certificate, `15691` unless given, and then it is answered without TLS only if its other port is given too',
  },
  prometheusTls: {
    keys: tlsKeys('prometheus.ssl.'),
    prefix: 'prometheus.ssl.',
    description: 'how TLS is spoken to Prometheus; see [TLS](tls.md)',
  },
  loadDefinitions: {
    keys: ['load_definitions', 'management.load_definitions'],
    flag: 'load-definitions',
    description: 'file of definitions, as exported, to take over at each start',
  },
  tcpNodelay: {
    keys: ['tcp_listen_options.nodelay'],
    description: "whether Nagle's algorithm is off",
  },
  tcpBacklog: {
    keys: ['tcp_listen_options.backlog'],
    description: 'connections that may wait to be accepted',
  },
  tcpKeepalive: {
    keys: ['tcp_listen_options.keepalive'],
    description: 'whether TCP probes silent connections',
  },
};

function isSettingName(name: string): name is SettingName {
  return name in settings;
}

/** All settings' names, in the order of the documentation. */
export const settingNames: readonly SettingName[] = Object.keys(settings).filter(isSettingName);

/** The variable of our own for a flag. */
export function variableOf(flag: string): string {
  return `LEVERET_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Every key that a configuration file may have; `member` is put where any name may stand. */
export function knownKeys(member: string): readonly string[] {
  return settingNames.flatMap((name) =>
    settings[name].keys.map((key) => key.replace('*', () => member)),
  );
}
