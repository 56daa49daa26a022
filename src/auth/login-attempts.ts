import { LRUCache } from 'lru-cache';

/** How somebody tried to come in; the words are RabbitMQ's. */
export type LoginProtocol = 'amqp091' | 'http';

export interface AttemptCounts {
  readonly attempts: number;
  readonly failed: number;
  readonly succeeded: number;
}

export interface ProtocolAttempts extends AttemptCounts {
  readonly protocol: LoginProtocol;
}

export interface SourceAttempts extends ProtocolAttempts {
  readonly address: string;
  /** Whom they claimed to be. */
  readonly user: string;
}

// Sources beyond that push out those that were heard of longest ago.
const SOURCES_MAX = 10_000;

/** Counts logins: by protocol, and by who came from where if that is wanted. */
export class LoginAttempts {
  readonly #countsSources: boolean;
  readonly #protocols = new Map<LoginProtocol, Counts>();
  readonly #sources = new LRUCache<string, Source>({ max: SOURCES_MAX });

  /** @param countsSources RabbitMQ's `track_auth_attempt_source` */
  constructor(countsSources = false) {
    this.#countsSources = countsSources;
  }

  add(protocol: LoginProtocol, address: string, user: string, succeeded: boolean): void {
    const counts = this.#protocols.get(protocol) ?? new Counts();
    this.#protocols.set(protocol, counts);
    counts.add(succeeded);
    if (!this.#countsSources) return;
    const key = JSON.stringify([protocol, address, user]);
    const source = this.#sources.get(key) ?? { protocol, address, user, counts: new Counts() };
    this.#sources.set(key, source);
    source.counts.add(succeeded);
  }

  byProtocol(): readonly ProtocolAttempts[] {
    return [...this.#protocols].map(([protocol, counts]) => ({ protocol, ...counts.now() }));
  }

  /** The latest first. */
  bySource(): readonly SourceAttempts[] {
    return [...this.#sources.values()].map(({ counts, ...source }) => ({
      ...source,
      ...counts.now(),
    }));
  }

  /** Begins anew. */
  reset(): void {
    this.#protocols.clear();
    this.#sources.clear();
  }

  /** Begins anew with the sources alone. */
  resetSources(): void {
    this.#sources.clear();
  }
}

interface Source {
  readonly protocol: LoginProtocol;
  readonly address: string;
  readonly user: string;
  readonly counts: Counts;
}

class Counts {
  #failed = 0;
  #succeeded = 0;

  add(succeeded: boolean): void {
    if (succeeded) this.#succeeded += 1;
    else this.#failed += 1;
  }

  now(): AttemptCounts {
    const failed = this.#failed;
    const succeeded = this.#succeeded;
    return { attempts: failed + succeeded, failed, succeeded };
  }
}
