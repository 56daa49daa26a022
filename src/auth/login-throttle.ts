import { LRUCache } from 'lru-cache';
import type { Clock } from '../kit/clock.ts';
import { loginSource } from './login-source.ts';
import { isLoopback } from './loopback.ts';

export interface ThrottleOptions {
  /** Failures that a source may have in a row. */
  readonly burst: number;
  /** Failures that it gets back each second. */
  readonly perSecond: number;
  /** Whether logins from this machine are throttled as well. */
  readonly loopback: boolean;
}

/** Nobody who mistypes notices; whoever tries out passwords gets nowhere. */
const defaultThrottle: ThrottleOptions = { burst: 100, perSecond: 10, loopback: false };

// Sources beyond that push out those that were heard of longest ago.
const SOURCES_MAX = 10_000;

/**
 * Slows down whoever tries out passwords: a source that has failed too often is refused for a while,
 * whatever it says. A user who has come in from there is judged apart from all others there, so that
 * nobody is locked out by a neighbour behind the same address.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #options: ThrottleOptions;
  readonly #buckets = new LRUCache<string, Bucket>({ max: SOURCES_MAX });
  readonly #welcome = new LRUCache<string, true>({ max: SOURCES_MAX });

  constructor(clock: Clock, options: ThrottleOptions = defaultThrottle) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Whether a login may be judged at all now. */
  admits(address: string, name: string): boolean {
    if (this.#isExempt(address)) return true;
    const bucket = this.#buckets.get(this.#keyOf(address, name));
    return bucket === undefined || this.#left(bucket) >= 1;
  }

  succeeded(address: string, name: string): void {
    if (this.#isExempt(address)) return;
    const key = keyOfUser(address, name);
    this.#welcome.set(key, true);
    this.#buckets.delete(key);
  }

  failed(address: string, name: string): void {
    if (this.#isExempt(address)) return;
    const key = this.#keyOf(address, name);
    const bucket = this.#buckets.get(key);
    const left = bucket === undefined ? this.#options.burst : this.#left(bucket);
    this.#buckets.set(key, { left: Math.max(0, left - 1), at: this.#clock.now() });
  }

  #isExempt(address: string): boolean {
    return !this.#options.loopback && isLoopback(address);
  }

  #left({ left, at }: Bucket): number {
    const { burst, perSecond } = this.#options;
    return Math.min(burst, left + ((this.#clock.now() - at) / 1000) * perSecond);
  }

  #keyOf(address: string, name: string): string {
    const user = keyOfUser(address, name);
    return this.#welcome.has(user) ? user : loginSource(address);
  }
}

/** The failures that a source had left at some time. */
interface Bucket {
  readonly left: number;
  /** Milliseconds of the clock. */
  readonly at: number;
}

function keyOfUser(address: string, name: string): string {
  return `${loginSource(address)} ${name}`;
}
