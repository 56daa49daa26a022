// HOT: how large published bodies are; every publish passes here.

/** Upper bounds of the classes in bytes, inclusive; the last class has none. As RabbitMQ's. */
export const sizeBounds: readonly number[] = [
  100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 50_000_000, 100_000_000,
];

const CLASSES = sizeBounds.length + 1;

/** How many message bodies there were of each class of sizes, and how many bytes in all. */
export class MessageSizes {
  // The classes, and behind them the sum.
  readonly #counts = new Float64Array(CLASSES + 1);

  note(bytes: number): void {
    const counts = this.#counts;
    const at = classOf(bytes);
    counts[at] = (counts[at] ?? 0) + 1;
    counts[CLASSES] = (counts[CLASSES] ?? 0) + bytes;
  }

  /** Messages of each class alone, the smallest first; the last class has no bound. */
  get counts(): readonly number[] {
    return [...this.#counts.subarray(0, CLASSES)];
  }

  /** Bytes of all bodies. */
  get sum(): number {
    return this.#counts[CLASSES] ?? 0;
  }

  add(other: MessageSizes): void {
    for (const [i, count] of other.#counts.entries()) {
      this.#counts[i] = (this.#counts[i] ?? 0) + count;
    }
  }
}

function classOf(bytes: number): number {
  if (bytes <= 100) return 0;
  if (bytes <= 1000) return 1;
  if (bytes <= 10_000) return 2;
  if (bytes <= 100_000) return 3;
  if (bytes <= 1_000_000) return 4;
  if (bytes <= 10_000_000) return 5;
  if (bytes <= 50_000_000) return 6;
  return bytes <= 100_000_000 ? 7 : 8;
}
