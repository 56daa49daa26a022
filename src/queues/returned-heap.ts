/**
 * Messages that were delivered and came back: a binary heap, over their sequence numbers in a classic
 * queue, where each takes its old place, or over the turns in which they came back, as in a quorum
 * queue. They all stand before what the ready ring holds.
 */
export class ReturnedHeap {
  readonly #inTurn: boolean;
  #turn = 0;
  readonly #places: number[] = [];
  readonly #seqs: number[] = [];
  readonly #records: number[] = [];
  readonly #expiries: number[] = [];
  readonly #returns: number[] = [];

  /** @param inTurn whether what came back first leaves first, wherever it stood */
  constructor(inTurn: boolean) {
    this.#inTurn = inTurn;
  }

  get size(): number {
    return this.#seqs.length;
  }

  add(seq: number, record: number, expiresAt: number, returns: number): void {
    this.#places.push(this.#inTurn ? this.#turn++ : seq);
    this.#seqs.push(seq);
    this.#records.push(record);
    this.#expiries.push(expiresAt);
    this.#returns.push(returns);
    this.#up(this.#seqs.length - 1);
  }

  get firstSeq(): number {
    return this.#seqs[0] ?? 0;
  }

  get lowestSeq(): number {
    if (!this.#inTurn) return this.firstSeq;
    let lowest = this.firstSeq;
    for (const seq of this.#seqs) lowest = Math.min(lowest, seq);
    return lowest;
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
    this.#places.pop();
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
    const places = this.#places;
    const order = places.map((_, i) => i).sort((a, b) => at(places, a) - at(places, b));
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
      if (at(this.#places, parent) <= at(this.#places, child)) return;
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
      if (least + 1 < size && at(this.#places, least + 1) < at(this.#places, least)) least += 1;
      if (at(this.#places, parent) <= at(this.#places, least)) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #swap(a: number, b: number): void {
    swap(this.#places, a, b);
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
