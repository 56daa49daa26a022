import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../kit/clock.ts';
import { usedBytes } from '../kit/memory.ts';
import type { ListenerFacts, NodeFacts, RuntimeFacts } from '../mgmt/node-facts.ts';
import type { Disk } from '../store/disk.ts';
import type { Config } from './config-schema.ts';
import { settingNames, settings } from './config-settings.ts';
import type { MemoryLimits } from './memory-limits.ts';
import { ProcessFacts } from './process-facts.ts';
import { totalMemory } from './process-memory.ts';

export interface NodeFactsParts {
  readonly broker: Broker;
  readonly config: Config;
  readonly limits: MemoryLimits;
  readonly disk: Pick<Disk, 'space'> | undefined;
  readonly configFiles: readonly string[];
  /** That of the machine. */
  readonly clock: Clock;
}

const DISK_ASKED_EVERY_MS = 5000;

/** What a server knows of itself, its process and its machine. */
export class ServerFacts implements NodeFacts {
  readonly name: string;
  readonly version: string;
  readonly startedAt: number;
  readonly pid: number;
  readonly processors: number;
  readonly runtime: RuntimeFacts;
  readonly dataDir: string | undefined;
  readonly configFiles: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly memoryStrategy: 'rss' | 'allocated';
  readonly memoryTotal: number;
  readonly #listeners: ListenerFacts[] = [];
  readonly #parts: NodeFactsParts;
  readonly #process: ProcessFacts;
  #free: number | undefined = undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: NodeFactsParts) {
    const { broker, config, clock } = parts;
    this.#parts = parts;
    this.#process = new ProcessFacts(clock);
    this.name = broker.nodeName;
    this.version = broker.version;
    this.startedAt = broker.startedAt;
    this.pid = this.#process.pid;
    this.processors = this.#process.processors;
    this.runtime = this.#process.runtime;
    this.dataDir = config.dataDir;
    this.configFiles = parts.configFiles;
    this.settings = settingsOf(config);
    this.memoryStrategy = config.memoryCalculation;
    this.memoryTotal = config.totalMemory ?? totalMemory();
  }

  addListener(listener: ListenerFacts): void {
    this.#listeners.push(listener);
  }

  listeners(): readonly ListenerFacts[] {
    return this.#listeners;
  }

  memoryUsed(): number {
    return this.memoryStrategy === 'rss' ? this.#process.resident : usedBytes();
  }

  memoryLimit(): number {
    return this.#parts.broker.alarms.memoryHighWatermark;
  }

  /** As it was when the disk was last asked; asking again is under way then. */
  diskFree(): number | undefined {
    const now = this.#parts.clock.now();
    if (now - this.#askedAt >= DISK_ASKED_EVERY_MS) {
      this.#askedAt = now;
      void this.askDisk();
    }
    return this.#free;
  }

  /** Resolves when it is known how much room there is, or cannot be. */
  async askDisk(): Promise<void> {
    try {
      this.#free = (await this.#parts.disk?.space())?.free;
    } catch {
      this.#free = undefined;
    }
  }

  diskFreeLimit(): number {
    return this.#parts.limits.diskFree;
  }

  openFiles(): number {
    return this.#process.openFiles;
  }

  openFilesMax(): number {
    return this.#process.openFilesMax;
  }

  sockets(): number {
    return this.#parts.broker.connections.size;
  }

  memoryParts(): ReturnType<NodeFacts['memoryParts']> {
    return this.#process.memoryParts;
  }

  collections(): ReturnType<NodeFacts['collections']> {
    return this.#process.collections;
  }

  close(): void {
    this.#process.close();
  }
}

// By the names under which a configuration file has them; what is secret stays out.
function settingsOf(config: Config): Readonly<Record<string, unknown>> {
  const shown = settingNames.flatMap((name): [string, unknown][] => {
    const { keys, flag, secret } = settings[name];
    return secret
      ? []
      : [[keys[0]?.replace('.*', '') ?? flag ?? name, withoutPasswords(config[name])]];
  });
  return Object.fromEntries(shown);
}

// Settings that have parts may have some that are secret.
function withoutPasswords(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const open = Object.entries(value).filter(([part]) => part !== 'password');
  return Object.fromEntries(open.map(([part, of]) => [part, withoutPasswords(of)]));
}
