/**
 * Messages that were delivered and came back, by their old place: a binary heap over sequence
 * numbers. They all stand before what the ready ring holds.
 */
export class ReturnedHeap {
  readonly #seqs: number[] = [];
  readonly #records: number[] = [];
  readonly #expiries: number[] = [];
  readonly #returns: number[] = [];

  get size(): number {
    return this.#seqs.length;
  }

  add(seq: number, record: number, expiresAt: number, returns: number): void {
    this.#seqs.push(seq);
    this.#records.push(record);
    this.#expiries.push(expiresAt);
    this.#returns.push(returns);
    this.#up(this.#seqs.length - 1);
  }

  get firstSeq(): number {
    return this.#seqs[0] ?? 0;
  }

  get firstRecord(): number {
    return this.#records[0] ?? 0;
  }

  get firstExpiry(): number {
    return this.#expiries[0] ?? Number.POSITIVE_INFINITY;
  }

  get firstReturns(): number {
    return this.#returns[0] ?? 0;
  }

  /** Forgets the first. */
  removeFirst(): void {
    const last = this.#seqs.length - 1;
    this.#swap(0, last);
    this.#seqs.pop();
    this.#records.pop();
    this.#expiries.pop();
    this.#returns.pop();
    this.#down(0);
  }

  /**
   * Visits all in the order of their places. What the visitor returns is kept in the record's stead; 0
   * ends the visit.
   */
  visit(visit: (record: number, seq: number, expiresAt: number, returns: number) => number): void {
    const order = this.#seqs.map((_, i) => i).sort((a, b) => at(this.#seqs, a) - at(this.#seqs, b));
    for (const i of order) {
      const record = at(this.#records, i);
      const now = visit(record, at(this.#seqs, i), at(this.#expiries, i), at(this.#returns, i));
      if (now === 0) return;
      this.#records[i] = now;
    }
  }

  #up(from: number): void {
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      if (at(this.#seqs, parent) <= at(this.#seqs, child)) return;
      this.#swap(parent, child);
      child = parent;
    }
  }

  #down(from: number): void {
    const size = this.#seqs.length;
    let parent = from;
    for (;;) {
      let least = 2 * parent + 1;
      if (least >= size) return;
      if (least + 1 < size && at(this.#seqs, least + 1) < at(this.#seqs, least)) least += 1;
      if (at(this.#seqs, parent) <= at(this.#seqs, least)) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #swap(a: number, b: number): void {
    swap(this.#seqs, a, b);
    swap(this.#records, a, b);
    swap(this.#expiries, a, b);
    swap(this.#returns, a, b);
  }
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}

function swap(numbers: number[], a: number, b: number): void {
  const kept = at(numbers, a);
  numbers[a] = at(numbers, b);
  numbers[b] = kept;
}
