import amqp from 'amqplib';

/** A connection to the broker of AMQP_URL, or to the one on this machine. */
export function open() {
  return amqp.connect(process.env.AMQP_URL ?? 'amqp://localhost');
}
