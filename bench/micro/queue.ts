import { dropReference, PERSISTENT } from '../../src/model/record.ts';
import { createMessage, createQueue, plainHost } from '../kit/queues.ts';
import { PLENTY, SinkConsumer } from '../kit/sink-consumer.ts';
import type { Case, Suite } from '../kit/timing.ts';

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
    'src/queues/level.ts',
    'src/queues/queue-log.ts',
    'src/queues/bounds.ts',
    'src/queues/capacity.ts',
    'src/queues/arrivals.ts',
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
    {
      name: 'take a persistent message of a durable queue by hand and settle it',
      prepare: () => {
        const queue = createQueue(plainHost, true);
        const record = createMessage(PERSISTENT);
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) {
            queue.publish(record);
            const seq = queue.take(false)?.seq ?? 0;
            queue.settle(record, seq);
            dropReference(record);
            sum += seq;
          }
          return sum;
        };
      },
    },
  ],
};
