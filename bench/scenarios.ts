/** What is measured, by the short names that the figures go by. */
import { type LoadPlan, PLAIN_LOAD } from './generator/plan.ts';

export type Work =
  /** Publishers and consumers at once, for the measured time. */
  | { readonly kind: 'steady'; readonly plan: LoadPlan }
  /** The same, while five clients ask the management API every second; once more without it. */
  | { readonly kind: 'polled'; readonly plan: LoadPlan }
  /** One message in flight. */
  | { readonly kind: 'ping-pong'; readonly plan: LoadPlan }
  /** So many messages are published, then consumed: two results. */
  | { readonly kind: 'backlog'; readonly plan: LoadPlan; readonly messages: number }
  /** The same, with the broker stopped, killed and started again between. */
  | { readonly kind: 'restarts'; readonly plan: LoadPlan; readonly messages: number }
  /** The same, with one message in a thousand left behind. */
  | { readonly kind: 'stragglers'; readonly plan: LoadPlan; readonly messages: number }
  /** Many queues with few messages each, declared and deleted as well. */
  | { readonly kind: 'many-queues'; readonly plan: LoadPlan; readonly perQueue: number }
  /** So many connections are opened and held. */
  | { readonly kind: 'idle'; readonly connections: number }
  /** Connections are opened and closed, so many at a time. */
  | { readonly kind: 'churn'; readonly connections: number }
  /** Durable queues are declared and deleted, each connection its own. */
  | { readonly kind: 'queue-churn'; readonly connections: number };

export interface Scenario {
  /** The name of the result; a scenario may have several. */
  readonly label: string;
  readonly about: string;
  readonly work: Work;
  /** How often it is run: as asked, or once because it is long. */
  readonly once?: boolean;
}

const SAFE: LoadPlan = {
  ...PLAIN_LOAD,
  size: 1024,
  durable: true,
  confirmWindow: 1000,
  ackEvery: 50,
  prefetch: 500,
};
const CONFIRMED: LoadPlan = { ...PLAIN_LOAD, confirmWindow: 1000, prefetch: 500 };
const ACKED_1K: LoadPlan = { ...PLAIN_LOAD, size: 1024, ackEvery: 1, prefetch: 100 };
const PACED: LoadPlan = { ...PLAIN_LOAD, size: 1024, rate: 5000, latency: true };

const MESSAGES = 1_000_000;
const LONG_BACKLOG = 5_000_000;
const MANY: LoadPlan = { ...SAFE, queues: 10_000 };

const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  a: [steady('a', 'transient, no-ack, 16 B', PLAIN_LOAD)],
  'a+': [
    steady('a+each', '16 B, confirm window 1000, ack each', { ...CONFIRMED, ackEvery: 1 }),
    steady('a+multi', '16 B, confirm window 1000, ack by 50', { ...CONFIRMED, ackEvery: 50 }),
  ],
  b: [steady('b', 'transient, no-ack, 1 KiB', { ...PLAIN_LOAD, size: 1024 })],
  c: [steady('c', '1 KiB, ack each, prefetch 100', ACKED_1K)],
  d: [steady('d', 'durable, persistent, confirms, acks, 1 KiB', SAFE)],
  e: [
    steady('e', 'd with 10 queues and 10 pairs', {
      ...SAFE,
      queues: 10,
      publishers: 10,
      consumers: 10,
    }),
  ],
  f: [
    steady('f', 'fanout to 10 queues, 16 B, per delivery', {
      ...PLAIN_LOAD,
      exchange: 'fanout',
      queues: 10,
      consumers: 10,
    }),
  ],
  g: [
    steady('g', 'topic, 1000 bindings, 100 keys, 16 B', {
      ...PLAIN_LOAD,
      exchange: 'topic',
      queues: 10,
      consumers: 10,
      bindingsPerQueue: 100,
      keys: 100,
    }),
  ],
  h: [
    {
      label: 'h',
      about: '1,000,000 waiting, persistent, 1 KiB, with restarts',
      work: { kind: 'restarts', plan: SAFE, messages: MESSAGES },
      once: true,
    },
  ],
  i: [
    steady('i-transient', '5,000 msgs/s, 1 KiB', PACED),
    steady('i-persistent', '5,000 msgs/s, as d', { ...SAFE, rate: 5000, latency: true }),
  ],
  j: [steady('j', 'd on a quorum queue', { ...SAFE, queueType: 'quorum' })],
  k: [
    {
      label: 'k-idle',
      about: 'idle connections with a channel, each',
      work: { kind: 'idle', connections: 2000 },
      once: true,
    },
    {
      label: 'k-churn',
      about: 'connections opened and closed, each',
      work: { kind: 'churn', connections: 10 },
    },
  ],
  m: [backlog('m', '1,000,000 waiting, 16 B', PLAIN_LOAD, MESSAGES)],
  n: [
    {
      label: 'n',
      about: '10,000 durable queues with 100 messages of 1 KiB each',
      work: { kind: 'many-queues', plan: MANY, perQueue: 100 },
      once: true,
    },
  ],
  q: [queueChurn(1), queueChurn(10)],
  p: [
    {
      label: 'p',
      about: 'd, asked about by five clients every second',
      work: { kind: 'polled', plan: SAFE },
    },
  ],
  w1: [
    {
      label: 'w1',
      about: 'one message in flight, 16 B',
      work: { kind: 'ping-pong', plan: PLAIN_LOAD },
    },
  ],
  gc: [
    steady('gc-a', 'a, for the longest GC pause', PLAIN_LOAD),
    steady('gc-c', 'c, for the longest GC pause', ACKED_1K),
  ],
};

/** Long enough that they are only run when they are asked for by name. */
const LONG: Readonly<Record<string, readonly Scenario[]>> = {
  B: [backlog('B', '5,000,000 waiting, persistent, 1 KiB', SAFE, LONG_BACKLOG)],
  S: [
    {
      label: 'S',
      about: '5,000,000 waiting, of which one in a thousand stays',
      work: { kind: 'stragglers', plan: SAFE, messages: LONG_BACKLOG },
      once: true,
    },
  ],
};

function steady(label: string, about: string, plan: LoadPlan): Scenario {
  return { label, about, work: { kind: 'steady', plan } };
}

function queueChurn(connections: number): Scenario {
  return {
    label: `q-${connections}`,
    about: `durable queues declared and deleted by ${connections} connections, each pair`,
    work: { kind: 'queue-churn', connections },
  };
}

function backlog(label: string, about: string, plan: LoadPlan, messages: number): Scenario {
  return { label, about, work: { kind: 'backlog', plan, messages }, once: true };
}

export function scenarioNames(): string[] {
  return Object.keys(SCENARIOS);
}

export function longScenarioNames(): string[] {
  return Object.keys(LONG);
}

export function scenariosOf(name: string): readonly Scenario[] {
  return SCENARIOS[name] ?? LONG[name] ?? [];
}
