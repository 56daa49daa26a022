/** What a log is told to keep, as a model that is too simple to be wrong. */

export interface Message {
  /** Where its bytes lie in the pool of bytes. */
  readonly offset: number;
  readonly length: number;
  readonly bodySize: number;
  readonly flags: number;
  readonly expiresAt: number;
  /** How often it came back, as it was logged last; 0 if never. */
  readonly returns: number;
  /** It was there after a restart, and flagged as one that may have been delivered before. */
  readonly redelivered: boolean;
}

export class LaneState {
  readonly queue: number;
  readonly priority: number;
  readonly messages = new Map<number, Message>();
  /** Everything before this number was handed out for sure … */
  deliveredFrom = 0;
  /** … and nothing from this one on. */
  deliveredTo = 0;

  constructor(queue: number, priority: number) {
    this.queue = queue;
    this.priority = priority;
  }

  copy(): LaneState {
    const copy = new LaneState(this.queue, this.priority);
    for (const [seq, message] of this.messages) copy.messages.set(seq, message);
    copy.deliveredFrom = this.deliveredFrom;
    copy.deliveredTo = this.deliveredTo;
    return copy;
  }
}

export interface Place {
  readonly queue: number;
  readonly priority: number;
  readonly seq: number;
}

/** What happened, and in which turn of the event loop: what happens in one turn stays together. */
export type Happening = {
  /** The position of its record; that of the record before it if it has none of its own. */
  readonly position: number;
  readonly turn: number;
} & (
  | {
      readonly is: 'message';
      readonly places: readonly Place[];
      readonly messages: readonly Message[];
    }
  | { readonly is: 'settled'; readonly at: Place; readonly to: number }
  | { readonly is: 'returned'; readonly at: Place; readonly returns: number }
  | { readonly is: 'delivered'; readonly at: Place }
  | { readonly is: 'dropped'; readonly queue: number }
  | { readonly is: 'fact'; readonly key: number; readonly value: string | undefined }
);

export class State {
  readonly lanes = new Map<string, LaneState>();
  readonly facts = new Map<number, string>();

  copy(): State {
    const copy = new State();
    for (const [key, lane] of this.lanes) copy.lanes.set(key, lane.copy());
    for (const [key, value] of this.facts) copy.facts.set(key, value);
    return copy;
  }

  get count(): number {
    let count = 0;
    for (const { messages } of this.lanes.values()) count += messages.size;
    return count;
  }

  get bytes(): number {
    let bytes = 0;
    for (const { messages } of this.lanes.values()) {
      for (const { length } of messages.values()) bytes += length;
    }
    return bytes;
  }

  lane({ queue, priority }: Pick<Place, 'queue' | 'priority'>): LaneState {
    const key = `${queue}/${priority}`;
    const found = this.lanes.get(key);
    if (found !== undefined) return found;
    const lane = new LaneState(queue, priority);
    this.lanes.set(key, lane);
    return lane;
  }

  apply(happening: Happening): void {
    switch (happening.is) {
      case 'message':
        for (const [index, place] of happening.places.entries()) {
          const message = happening.messages[index];
          if (message !== undefined) this.lane(place).messages.set(place.seq, message);
        }
        break;
      case 'settled': {
        const { messages } = this.lane(happening.at);
        for (const seq of [...messages.keys()]) {
          if (seq >= happening.at.seq && seq < happening.to) messages.delete(seq);
        }
        break;
      }
      case 'returned': {
        const { messages } = this.lane(happening.at);
        const message = messages.get(happening.at.seq);
        const { returns } = happening;
        if (message !== undefined) messages.set(happening.at.seq, { ...message, returns });
        break;
      }
      case 'delivered': {
        const lane = this.lane(happening.at);
        lane.deliveredFrom = Math.max(lane.deliveredFrom, happening.at.seq);
        lane.deliveredTo = Math.max(lane.deliveredTo, happening.at.seq);
        break;
      }
      case 'dropped':
        for (const [key, { queue }] of [...this.lanes]) {
          if (queue === happening.queue) this.lanes.delete(key);
        }
        break;
      case 'fact':
        if (happening.value === undefined) this.facts.delete(happening.key);
        else this.facts.set(happening.key, happening.value);
    }
  }
}

/** The numbers of [from, to) that wait. */
export function liveIn({ messages }: LaneState, from: number, to: number): ReadonlySet<number> {
  return new Set([...messages.keys()].filter((seq) => seq >= from && seq < to));
}

/** How a life goes: how much of everything there is in it. */
export interface Habits {
  readonly publish: number;
  readonly settle: number;
  readonly burst: number;
  readonly largest: number;
  readonly pause: number;
}
