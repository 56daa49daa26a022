/** Why a message leaves a queue without an acknowledgement, in the words of `x-death`. */
export type Reason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** What a queue promises, as far as it can be checked from outside. */
export interface QueueRules {
  readonly name: string;
  readonly durable: boolean;
  /**
   * Which deliveries of one publisher's messages of one priority come in the order of publishing:
   * all (what was put back returns to its old place), or only those that come for the first time.
   */
  readonly inOrder: 'all' | 'first' | 'none';
  /** Why its messages may leave without a consumer's acknowledgement. */
  readonly leaves: readonly Reason[];
  /** Where those are found again; absent: they are gone for good. */
  readonly deadTo?: string;
  readonly ttlMs?: number;
  /** Tells in `x-delivery-count` how often a message came back. */
  readonly counts?: boolean;
  readonly deliveryLimit?: number;
  /** Its consumers take without acknowledging: what was under way to one that has gone is lost. */
  readonly noAck?: boolean;
}

/** How a run of the broker, or of the connections to it, ended. */
export type Ending =
  /** SIGKILL. */
  | 'kill'
  /** SIGTERM, obeyed. */
  | 'stop'
  /** Only the connections were cut; the broker went on. */
  | 'cut';

/** A channel: what the broker reads from it, it reads in order. */
export interface Line {
  /** Whatever was said on the channel before this tick is durable. */
  sureTo: number;
}

/** What is known of a message when it is published. */
export interface Sending {
  readonly id: string;
  readonly publisher: string;
  /** Grows with each message of the publisher. */
  readonly seq: number;
  readonly persistent: boolean;
  readonly priority: number;
  /** Queues that it is routed to. */
  readonly targets: readonly string[];
  /** `expiration` in milliseconds; Infinity if it has none. */
  readonly expirationMs: number;
  readonly line: Line;
}

export interface Death {
  readonly queue: string;
  readonly reason: string;
}

/** What a consumer was given. */
export interface Handed {
  readonly queue: string;
  /** The channel that it came by. */
  readonly session: string;
  readonly id: string;
  readonly redelivered: boolean;
  /** `x-delivery-count`; 0 when it is absent. */
  readonly count: number;
  /** The first entry of `x-death`. */
  readonly death: Death | undefined;
  /** What is not as it was published. */
  readonly damage: string | undefined;
}

/** A promise that was broken. */
export interface Objection {
  readonly kind: string;
  readonly text: string;
  /** What happened to the message, oldest first. */
  readonly history: readonly string[];
}
