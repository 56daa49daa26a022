/** Lets those who need the same thing have it one after the other. */
export class Turns {
  readonly #ends = new Map<string, Promise<unknown>>();

  take<T>(thing: string, act: () => Promise<T>): Promise<T> {
    const before = this.#ends.get(thing) ?? Promise.resolve();
    const mine = before.then(act, act);
    this.#ends.set(
      thing,
      mine.catch(() => undefined),
    );
    return mine;
  }
}

/** Of this process: what is kept on disk and what is installed. */
export const turns = new Turns();
