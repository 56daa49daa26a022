const events = [
  'published',
  'confirmed',
  'refused',
  'returned',
  'committing',
  'rolled back',
  'delivered',
  'redelivered',
  'acked',
  'requeued',
  'rejected',
] as const;

export type Event = (typeof events)[number];

const FIELDS = 4;

/** What happened to one message: four numbers an event, since there are millions of them. */
export class History {
  readonly #numbers: number[] = [];

  /** @param queue its place in the list that `lines` gets; -1 for none */
  add(event: Event, epoch: number, atMs: number, queue: number): void {
    this.#numbers.push(events.indexOf(event), epoch, atMs, queue);
  }

  lines(queues: readonly string[]): string[] {
    const lines: string[] = [];
    for (let i = 0; i < this.#numbers.length; i += FIELDS) {
      const [event = 0, epoch = 0, atMs = 0, queue = -1] = this.#numbers.slice(i, i + FIELDS);
      const where = queues[queue] === undefined ? '' : ` (${queues[queue]})`;
      lines.push(`epoch ${epoch}, ${(atMs / 1000).toFixed(3)} s: ${events[event]}${where}`);
    }
    return lines;
  }
}
