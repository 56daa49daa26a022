import { z } from 'zod';
import { namePattern } from '../auth/name-pattern.ts';
import {
  bytes,
  endpoint,
  multipleOrAmount,
  names,
  partOrAmount,
  pattern,
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
    /** The first listener's address; undefined for every address of the machine. */
    host: someText().optional(),
    /** The first listener's port; 0 takes a free one. */
    port: whole(0, 65_535).default(5672),
    /** All listeners; never empty in a finished `Config`. */
    listeners: z.array(endpoint()).readonly().default([]),
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
    tcpNodelay: yesOrNo().default(true),
    tcpBacklog: whole(1, 65_535).default(128),
    tcpKeepalive: yesOrNo().default(false),
  })
  .readonly();

/** What the server runs with. */
export type Config = z.output<typeof configSchema>;

/** A setting's name in `Config`. */
export type SettingName = keyof Config;
