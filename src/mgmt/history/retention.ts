/** Samples are kept for `age` seconds, one for each `incr` seconds. */
export interface Retention {
  readonly age: number;
  readonly incr: number;
}

/** Seconds between samples. */
export const SAMPLE_SECONDS = 5;

const minutes: Retention = { age: 600, incr: SAMPLE_SECONDS };
const hour: Retention = { age: 3600, incr: 60 };
const workday: Retention = { age: 28_800, incr: 600 };
const day: Retention = { age: 86_400, incr: 1800 };

/** How long samples of what is kept; RabbitMQ's defaults, under its names. */
export const retention = {
  /** The node as a whole and its vhosts. */
  global: [minutes, hour, workday, day],
  /** Each queue, exchange, connection and channel. */
  basic: [minutes, hour],
  /** Each pair, such as a channel and an exchange. */
  detailed: [minutes],
} as const satisfies Record<string, readonly Retention[]>;

/** As it is announced: the ages alone. */
export const sampleRetentionPolicies = {
  global: retention.global.map(({ age }) => age),
  basic: retention.basic.map(({ age }) => age),
  detailed: retention.detailed.map(({ age }) => age),
};
