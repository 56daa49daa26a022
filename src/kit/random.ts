/** Chance comes in by argument, so that a seed can replay a run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

/** Numbers that nobody can guess: names of queues and reply addresses. */
export const systemRandom: Random = {
  next: () => {
    const word = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    return word / 0x1_0000_0000;
  },
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** A repeatable sequence (xorshift32). */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e3779b9;
  }

  next(): number {
    let word = this.#state;
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    this.#state = word;
    return (word >>> 0) / 0x1_0000_0000;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.next() * 256));
  }
}
