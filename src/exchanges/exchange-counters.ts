/** What one publisher has published through an exchange. */
export interface Throughput {
  readonly publish: number;
  /** Queues that those messages were routed to. */
  readonly routed: number;
}

/** What went through an exchange: publishers count for themselves, and are added up on demand. */
export class ExchangeCounters {
  readonly #live = new Set<Throughput>();
  #pastIn = 0;
  #pastOut = 0;

  get publishedIn(): number {
    let sum = this.#pastIn;
    for (const { publish } of this.#live) sum += publish;
    return sum;
  }

  get publishedOut(): number {
    let sum = this.#pastOut;
    for (const { routed } of this.#live) sum += routed;
    return sum;
  }

  /** A publisher counts from now on. */
  begin(throughput: Throughput): void {
    this.#live.add(throughput);
  }

  /** It counts no more. */
  end(throughput: Throughput): void {
    if (!this.#live.delete(throughput)) return;
    this.#pastIn += throughput.publish;
    this.#pastOut += throughput.routed;
  }
}
