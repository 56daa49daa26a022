import type { JsonValue } from '../kit/json.ts';

/** A value that the node as a whole was given under a name. */
export interface GlobalParameter {
  readonly name: string;
  readonly value: JsonValue;
}

/** Is told of every change, to keep it. */
export interface GlobalParameterJournal {
  globalParameterSet(parameter: GlobalParameter): void;
  globalParameterCleared(name: string): void;
}

/** What a node was told at run time, whatever the vhost. Names and values mean what others make of them. */
export class GlobalParameters {
  readonly #values = new Map<string, JsonValue>();
  readonly #journal: GlobalParameterJournal;

  /** @param known parameters that the journal has been told of */
  constructor(journal: GlobalParameterJournal, known: Iterable<GlobalParameter> = []) {
    this.#journal = journal;
    for (const { name, value } of known) this.#values.set(name, value);
  }

  set(name: string, value: JsonValue): void {
    this.#values.set(name, value);
    this.#journal.globalParameterSet({ name, value });
  }

  get(name: string): JsonValue | undefined {
    return this.#values.get(name);
  }

  /** @returns whether it was there */
  remove(name: string): boolean {
    const removed = this.#values.delete(name);
    if (removed) this.#journal.globalParameterCleared(name);
    return removed;
  }

  list(): readonly GlobalParameter[] {
    return [...this.#values].map(([name, value]) => ({ name, value }));
  }
}
