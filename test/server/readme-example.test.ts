import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

let broker: EmbeddedBroker;

beforeAll(async () => {
  broker = await startBroker({ clock: 'virtual' });
});
afterAll(() => broker.close());

it('gives up on an order after half an hour', async () => {
  const connection = await connect(broker.url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('expired');
  await channel.assertQueue('orders', {
    messageTtl: 30 * 60_000,
    deadLetterExchange: '',
    deadLetterRoutingKey: 'expired',
  });
  channel.sendToQueue('orders', Buffer.from('order 1'));
  await channel.waitForConfirms();

  await broker.clock.advance('30m');

  expect(broker.queue('orders').messages()).toHaveLength(0);
  expect(broker.queue('expired').messages()).toHaveLength(1);
  await connection.close();
});
