/** Wakes whoever waits for a condition, whenever something has happened. */
export class Pulse {
  readonly #looks = new Set<() => void>();

  beat(): void {
    for (const look of [...this.#looks]) look();
  }

  /** Whether the condition came to hold within the time. */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(held);
      };
      const look = (): void => {
        if (holds()) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.#looks.add(look);
    });
  }
}
