import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../../bench/generator/address.ts';
import { BULK, RawConnection } from '../../bench/generator/connection.ts';
import { Consumer } from '../../bench/generator/consumer.ts';
import { type LoadPlan, PLAIN_LOAD, queueName } from '../../bench/generator/plan.ts';
import { Publisher } from '../../bench/generator/publisher.ts';
import { nowUs, SharedState } from '../../bench/generator/shared-state.ts';
import { declareTopology, readyMessages } from '../../bench/generator/topology.ts';
import { Histogram } from '../../bench/kit/statistics.ts';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';

const PLAN: LoadPlan = { ...PLAIN_LOAD, queues: 3, confirmWindow: 1000, ackEvery: 1 };
const MESSAGES = 30;

let broker: EmbeddedBroker;

beforeEach(async () => {
  broker = await startBroker();
});

afterEach(async () => {
  await broker.close();
});

async function fill(shared: SharedState): Promise<void> {
  const address = parseAddress(broker.url);
  const control = await RawConnection.open(address, BULK);
  await declareTopology(control, PLAN);
  await control.close();
  const samples = { confirmLatency: new Histogram(), lateness: new Histogram() };
  const publisher = await Publisher.open(address, PLAN, 0, shared, samples, MESSAGES);
  publisher.pump(nowUs());
  await expect.poll(() => publisher.exhausted && publisher.settled).toBe(true);
  await publisher.connection.close();
}

async function consumeAll(plan: LoadPlan, shared: SharedState): Promise<void> {
  const consumer = await Consumer.open(parseAddress(broker.url), plan, shared, new Histogram());
  await consumer.subscribe([0, 1, 2]);
  await expect.poll(() => shared.read('received')).toBe(MESSAGES);
  consumer.settle();
  await consumer.connection.close();
}

async function countReady(): Promise<number> {
  const control = await RawConnection.open(parseAddress(broker.url), BULK);
  const ready = await readyMessages(control, PLAN);
  await control.close();
  return ready;
}

describe('one publisher of several queues', () => {
  it('gives each of them as much', async () => {
    await fill(new SharedState());
    for (const queue of [0, 1, 2]) {
      expect(broker.queue(queueName(queue)).messageCount).toBe(MESSAGES / 3);
    }
  });
});

describe('one consumer of several queues', () => {
  it('takes everything', async () => {
    const shared = new SharedState();
    await fill(shared);
    await consumeAll(PLAN, shared);
    expect(await countReady()).toBe(0);
  });

  it('leaves behind what it is told to spare', async () => {
    const shared = new SharedState();
    await fill(shared);
    await consumeAll({ ...PLAN, spareEvery: 10 }, shared);
    expect(await countReady()).toBe(MESSAGES / 10);
  });
});
