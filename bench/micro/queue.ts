import { RealClock } from '../../src/kit/clock.ts';
import { QueueArguments } from '../../src/model/arguments.ts';
import { addReference, createRecord } from '../../src/model/record.ts';
import { Queue, type QueueHost } from '../../src/queues/queue.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { placeMessage, SMALL_MESSAGE } from '../kit/messages.ts';
import { PLENTY, SinkConsumer } from '../kit/sink-consumer.ts';
import type { Case, Suite } from '../kit/timing.ts';

const host: QueueHost = {
  clock: new RealClock(),
  log: new MemoryLog(),
  deadLetter() {},
  countReturn: (_, record) => record,
  unused() {},
  expired() {},
};

function createQueue(): Queue {
  const name = 'bench';
  const declaration = {
    queue: name,
    vhost: '/',
    durable: false,
    exclusive: false,
    autoDelete: false,
  };
  const identity = {
    name,
    vhost: '/',
    durable: false,
    autoDelete: false,
    owner: undefined,
    arguments: new Map(),
  };
  return new Queue(1, identity, QueueArguments.parse(new Map(), declaration), host);
}

function createMessage(): number {
  const { addressAt, addressLength, tailAt, end } = placeMessage(SMALL_MESSAGE);
  const record = createRecord(addressAt, addressLength, tailAt, end - tailAt, 0);
  addReference(record);
  return record;
}

function straightThrough(name: string, consumers: number): Case {
  return {
    name,
    prepare: () => {
      const queue = createQueue();
      const record = createMessage();
      const sinks = Array.from({ length: consumers }, () => new SinkConsumer(PLENTY));
      for (const sink of sinks) queue.addConsumer(sink);
      return (count) => {
        for (let i = 0; i < count; i++) queue.publish(record);
        return sinks.reduce((sum, sink) => sum + sink.taken, 0);
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: [
    'src/queues/queue.ts',
    'src/queues/dispatcher.ts',
    'src/queues/consumer.ts',
    'src/queues/ready.ts',
  ],
  cases: [
    straightThrough('hand a message to the only consumer', 1),
    straightThrough('hand a message to one of ten consumers in turn', 10),
    {
      name: 'let a message wait, then dispatch it, 100 at a time',
      prepare: () => {
        const queue = createQueue();
        const record = createMessage();
        const sink = new SinkConsumer(0);
        queue.addConsumer(sink);
        return (count) => {
          for (let i = 0; i < count; i += 100) {
            for (let k = 0; k < 100; k++) queue.publish(record);
            sink.credit = 100;
            queue.resume(sink);
            queue.dispatch();
          }
          return sink.taken;
        };
      },
    },
  ],
};
