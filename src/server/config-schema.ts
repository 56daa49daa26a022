import { z } from 'zod';
import { namePattern } from '../auth/name-pattern.ts';
import { tlsOptions } from './config-tls.ts';
import {
  bytes,
  endpoints,
  multipleOrAmount,
  names,
  partOrAmount,
  pattern,
  portOrNone,
  someText,
  whole,
  wholeOr,
  word,
  yesOrNo,
} from './config-values.ts';

const MIB = 1024 * 1024;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

// RabbitMQ's names where they differ from ours.
const LOG_LEVEL_SYNONYMS = new Map<string, (typeof LOG_LEVELS)[number]>([
  ['notice', 'info'],
  ['warning', 'warn'],
  ['critical', 'fatal'],
  ['alert', 'fatal'],
  ['emergency', 'fatal'],
  ['none', 'silent'],
]);

const MEMORY_CALCULATION_SYNONYMS = new Map<string, 'rss' | 'allocated'>([
  ['erlang', 'allocated'],
  ['legacy', 'allocated'],
]);

/** Every setting: its type, its limits, and its value when nobody says anything. */
export const configSchema = z
  .strictObject({
    /** The first listener's address, with TLS or without; undefined for every address of the machine. */
    host: someText().optional(),
    /** The first listener's port; 0 takes a free one. */
    port: whole(0, 65_535).default(5672),
    /** All listeners without TLS. In a finished `Config`, it has those that `host` and `port` mean. */
    listeners: endpoints().default([]),
    /** All listeners with TLS. */
    tlsListeners: endpoints().default([]),
    tls: tlsOptions().prefault({}),
    /** undefined for none: all ends with the process. */
    dataDir: someText()
      .transform((path) => (path === 'none' ? undefined : path))
      .optional(),
    /** Bytes of a file of the write-ahead log. */
    walFileSize: bytes(MIB, 512 * MIB).default(32 * MIB),
    /** A fraction is one of the total memory. */
    diskFreeLimit: multipleOrAmount().default({ by: 'bytes', bytes: 50_000_000 }),
    logLevel: word(LOG_LEVELS, LOG_LEVEL_SYNONYMS).default('info'),
    /** Seconds; 0 for none. */
    heartbeat: whole(0, 65_535).default(60),
    /** Bytes. */
    frameMax: whole(4096, MIB).default(131_072),
    /** 0 for as many as the protocol has. */
    channelMax: whole(0, 65_535).default(2047),
    /** `Infinity` for no limit. */
    connectionMax: wholeOr(['infinity'], 0, 1_000_000).default(Number.POSITIVE_INFINITY),
    /** Bytes. */
    maxMessageSize: whole(0, 512 * MIB).default(128 * MIB),
    /** `Infinity` for no limit. */
    consumerTimeoutMs: wholeOr(['undefined', 'false', 'infinity'], 1, 2 ** 40).default(1_800_000),
    handshakeTimeoutMs: whole(1, 3_600_000).default(10_000),
    /** A fraction is one of the total memory. */
    memoryHighWatermark: partOrAmount().default({ by: 'fraction', fraction: 0.6 }),
    /** A fraction is one of the high watermark. */
    messageMemory: partOrAmount().default({ by: 'bytes', bytes: 128 * MIB }),
    memoryCalculation: word(['rss', 'allocated'], MEMORY_CALCULATION_SYNONYMS).default('rss'),
    memoryMonitorMs: whole(100, 3_600_000).default(2500),
    /** Bytes; undefined for what the machine or the container has. */
    totalMemory: bytes(MIB, Number.MAX_SAFE_INTEGER).optional(),
    defaultUser: someText().default('guest'),
    defaultPass: someText().default('guest'),
    defaultVhost: someText().default('/'),
    defaultUserTags: names().default(['administrator']),
    defaultConfigure: pattern(namePattern).default('.*'),
    defaultWrite: pattern(namePattern).default('.*'),
    defaultRead: pattern(namePattern).default('.*'),
    loopbackUsers: names().default(['guest']),
    /** The SASL mechanisms that are offered; EXTERNAL only to clients with a certificate. */
    authMechanisms: z
      .array(word(['PLAIN', 'AMQPLAIN', 'EXTERNAL']))
      .readonly()
      .default(['PLAIN', 'AMQPLAIN']),
    /** What a client's certificate calls its user, for EXTERNAL. */
    certificateLogin: word([
      'distinguished_name',
      'common_name',
      'subject_alternative_name',
    ]).default('distinguished_name'),
    certificateLoginType: word(['dns', 'ip', 'email', 'uri', 'other_name']).default('dns'),
    /** Which of that type, from 0. */
    certificateLoginIndex: whole(0, 1000).default(0),
    /** Where the HTTP API listens; undefined for where AMQP does. */
    managementHost: someText().optional(),
    /** undefined for no HTTP API; 0 takes a free one. */
    managementPort: portOrNone().prefault(15_672),
    managementRates: word(['basic', 'detailed', 'none']).default('basic'),
    /** Bytes of a request's body. */
    managementBodyLimit: whole(1024, 512 * MIB).default(20_000_000),
    /** Origins of pages of other sites that may use the HTTP API; `*` for all. */
    corsAllowOrigins: names().default([]),
    /** Seconds for which browsers may remember that. */
    corsMaxAge: whole(0, 86_400).default(1800),
    /** Where the HTTP API listens with TLS; undefined for where AMQP does. */
    managementTlsHost: someText().optional(),
    /** undefined for no HTTP API with TLS; 0 takes a free one. */
    managementTlsPort: portOrNone().optional(),
    managementTls: tlsOptions().prefault({}),
    /** Where Prometheus is answered; undefined for where AMQP listens. */
    prometheusHost: someText().optional(),
    /** undefined for none; 0 takes a free one. */
    prometheusPort: portOrNone().prefault(15_692),
    /** Where Prometheus is answered with TLS; undefined for where AMQP listens. */
    prometheusTlsHost: someText().optional(),
    /** undefined for none; 0 takes a free one. */
    prometheusTlsPort: portOrNone().optional(),
    prometheusTls: tlsOptions().prefault({}),
    /** A file of definitions to take over at each start; undefined for none. */
    loadDefinitions: someText().optional(),
    tcpNodelay: yesOrNo().default(true),
    tcpBacklog: whole(1, 65_535).default(128),
    tcpKeepalive: yesOrNo().default(false),
  })
  .readonly();

/** What the server runs with. */
export type Config = z.output<typeof configSchema>;

/** A setting's name in `Config`. */
export type SettingName = keyof Config;
