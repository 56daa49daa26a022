import type { Moment } from './epochs.ts';
import { History } from './history.ts';
import type { Line, QueueRules, Sending } from './rules.ts';

/** How far a publisher knows that its message was taken. */
export type Standing =
  | 'sent'
  | 'confirmed'
  | 'refused'
  | 'returned'
  | 'uncommitted'
  | 'rolled back';

/** A message as its publisher and its consumers have seen it. */
export class Message {
  readonly sending: Sending;
  readonly history = new History();
  /** By the name of the queue; of queues that it was dead-lettered to as well. */
  readonly places = new Map<string, Place>();
  standing: Standing;
  sentAtMs: number;
  tick: number;
  readonly sent: Moment;

  constructor(sending: Sending, standing: Standing, sentAtMs: number, tick: number, sent: Moment) {
    this.sending = sending;
    this.standing = standing;
    this.sentAtMs = sentAtMs;
    this.tick = tick;
    this.sent = sent;
  }
}

export type PlaceState =
  /** Never delivered, or put back by its consumer. */
  | 'waiting'
  /** Delivered and not settled. */
  | 'out'
  | 'acked'
  | 'rejected'
  /** Seen in the queue that it was dead-lettered to. */
  | 'left';

/** A message in one queue. */
export class Place {
  readonly rules: QueueRules;
  state: PlaceState = 'waiting';
  deliveries = 0;
  rejections = 0;
  /** Of a dead letter: how many of it there must be to explain what was seen. */
  copies = 1;
  /** The last delivery: its epoch, its tick, its `x-delivery-count`. */
  epoch = -1;
  tick = 0;
  count = 0;
  /** It was put back in the epoch of its last delivery. */
  requeued = false;
  /** The last acknowledgement or rejection: by which channel, when, in which epoch. */
  settledBy: Line | undefined = undefined;
  settledTick = 0;
  settledEpoch = -1;
  settledAtMs = 0;
  /** When it was last seen where it was dead-lettered to. */
  leftTick = 0;
  leftEpoch = -1;
  leftAtMs = 0;

  constructor(rules: QueueRules) {
    this.rules = rules;
  }

  /** Whether the broker must know of the last settlement, whatever happened since. */
  get surelySettled(): boolean {
    return this.settledBy !== undefined && this.settledBy.sureTo > this.settledTick;
  }
}
