/** What one load consists of: who publishes where, who consumes how. Plain data, so that it passes to a thread. */
export interface LoadPlan {
  /** Octets of body. */
  readonly size: number;
  readonly publishers: number;
  readonly consumers: number;
  readonly queues: number;
  /** '' is the default exchange. */
  readonly exchange: '' | 'fanout' | 'topic';
  /** Bindings of each queue, for topic. */
  readonly bindingsPerQueue: number;
  /** Distinct routing keys that a publisher rotates over; 1: it stays with one. */
  readonly keys: number;
  /** Durable queues and persistent messages. */
  readonly durable: boolean;
  readonly queueType: 'classic' | 'quorum';
  /** Unconfirmed messages at most for each publisher; 0: without publisher confirms. */
  readonly confirmWindow: number;
  /** 0: no-ack; 1: each delivery; N: one basic.ack for N deliveries, with multiple. */
  readonly ackEvery: number;
  /** Every so many deliveries one stays unacknowledged, where each is acknowledged by itself; 0: none. */
  readonly spareEvery: number;
  /** 0: no limit. */
  readonly prefetch: number;
  /** Messages a second for each publisher; 0: as fast as the broker takes them. */
  readonly rate: number;
  /** Whether messages carry the time they were due. */
  readonly latency: boolean;
  /** Publishers wait while more deliveries than this are outstanding. */
  readonly maxBacklog: number;
}

export const PLAIN_LOAD: LoadPlan = {
  size: 16,
  publishers: 1,
  consumers: 1,
  queues: 1,
  exchange: '',
  bindingsPerQueue: 1,
  keys: 1,
  durable: false,
  queueType: 'classic',
  confirmWindow: 0,
  ackEvery: 0,
  spareEvery: 0,
  prefetch: 0,
  rate: 0,
  latency: false,
  maxBacklog: 200_000,
};

/** Deliveries that one published message causes. */
export function deliveriesPerMessage(plan: LoadPlan): number {
  return plan.exchange === 'fanout' ? plan.queues : 1;
}

const PREFIX = 'leveret-bench';

export function queueName(queue: number): string {
  return `${PREFIX}.queue-${String(queue).padStart(5, '0')}`;
}

export function exchangeName(plan: LoadPlan): string {
  return plan.exchange === '' ? '' : `${PREFIX}.${plan.exchange}`;
}

/**
 * Binding `n` belongs to queue `n / bindingsPerQueue`. No two bindings match the same key, so a message of a topic
 * load reaches exactly one queue.
 */
export function topicKey(binding: number): string {
  return `plant${binding % 10}.unit${String(binding).padStart(5, '0')}.state`;
}

/** The pattern of a binding: the shapes take turns, so that exact words, `*` and `#` all occur. */
export function topicPattern(binding: number): string {
  const plant = `plant${binding % 10}`;
  const unit = `unit${String(binding).padStart(5, '0')}`;
  const shapes = [
    `${plant}.${unit}.state`,
    `${plant}.${unit}.*`,
    `*.${unit}.state`,
    `#.${unit}.state`,
    `${plant}.${unit}.#`,
    `*.${unit}.#`,
  ];
  return shapes[binding % shapes.length] ?? '#';
}

/** The queues that fall to one of so many workers: all are shared out, and no worker goes without. */
export function queuesOf(worker: number, workers: number, queues: number): number[] {
  const first = worker % queues;
  const count = Math.ceil((queues - first) / workers);
  return Array.from({ length: count }, (_, turn) => first + turn * workers);
}

/** The routing keys that a publisher rotates over, spread over all queues. */
export function routingKeys(plan: LoadPlan, publisher: number): string[] {
  if (plan.exchange === '') {
    return queuesOf(publisher, plan.publishers, plan.queues).map(queueName);
  }
  if (plan.exchange === 'fanout') return [''];
  return Array.from({ length: plan.keys }, (_, turn) => {
    const key = (turn + publisher) % plan.keys;
    const queue = key % plan.queues;
    return topicKey(queue * plan.bindingsPerQueue + Math.floor(key / plan.queues));
  });
}
