import type { ConnectionView } from './live.ts';

/** A client's connection, as the node sees it. */
export interface LiveConnection extends ConnectionView {
  /** Publishing has to wait, for this reason. */
  block(reason: string): void;
  unblock(): void;
  /** Nothing becomes durable any more. */
  logFailed(error: Error): void;
  /** Visits the records that it holds; what the visitor returns is held in their stead. */
  visitRecords(visit: (record: number) => number): void;
  /**
   * Ends channels whose deliveries have been unsettled for too long.
   * @returns whether there are unsettled deliveries at all
   */
  checkTimeouts(): boolean;
}

/** The clients' connections of a node. */
export class LiveConnections extends Set<LiveConnection> {
  readonly #awaited = new Map<LiveConnection, (() => void)[]>();

  override delete(connection: LiveConnection): boolean {
    const isHere = super.delete(connection);
    const waiting = this.#awaited.get(connection) ?? [];
    this.#awaited.delete(connection);
    for (const run of waiting) run();
    return isHere;
  }

  /** Resolves when the connection is not among them any more. */
  async untilGone(connection: LiveConnection): Promise<void> {
    if (!this.has(connection)) return;
    await new Promise<void>((resolve) => {
      const waiting = this.#awaited.get(connection);
      if (waiting === undefined) this.#awaited.set(connection, [resolve]);
      else waiting.push(resolve);
    });
  }
}
