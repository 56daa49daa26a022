import { declareQueue } from '../../src/broker/declare-queue.ts';
import { Publisher } from '../../src/broker/publish.ts';
import type { Session } from '../../src/broker/session.ts';
import { assert } from '../../src/kit/assert.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { FrameWriter } from '../generator/frame-writer.ts';
import { encodePublish } from '../generator/publish-ring.ts';
import { createBroker, FRAME_MAX } from '../kit/broker.ts';
import { SMALL_MESSAGE } from '../kit/messages.ts';
import { PLENTY, SinkConsumer } from '../kit/sink-consumer.ts';
import type { Case, Suite } from '../kit/timing.ts';

const QUEUES = 10;
const METHOD_ARGUMENTS_OFFSET = 7 + 4 + 2;
const HEADERS = 0x2000;
const DELIVERY_MODE = 0x1000;
const PERSISTENT = 2;

/** A vhost with queues `queue-0` to `queue-9`, each with a consumer that takes everything. */
function createSession(): { readonly session: Session; readonly sinks: readonly SinkConsumer[] } {
  const broker = createBroker();
  const vhost = broker.vhosts.get('/');
  assert(vhost !== undefined, 'a broker has its first vhost');
  const session = { vhost, user: { name: 'bench', tags: [] }, owner: {}, consumersLag: () => {} };
  const sinks = Array.from({ length: QUEUES }, (_, n) => {
    const sink = new SinkConsumer(PLENTY);
    const queue = `queue-${n}`;
    const plain = { passive: false, durable: false, exclusive: false, autoDelete: false };
    declareQueue(session, { ...plain, queue, arguments: new Map() }, broker.random);
    vhost.queue(queue).addConsumer(sink);
    return sink;
  });
  return { session, sinks };
}

/** A message with the headers and the delivery mode that a task queue's client sends. */
function encodeTask(to: FrameWriter, routingKey: string): void {
  to.method(1, 0x003c_0028, (args) => args.short(0).shortstr('').shortstr(routingKey).octet(0));
  to.frame(2, 1, (header) => {
    header
      .short(60)
      .short(0)
      .longlong(16)
      .short(HEADERS | DELIVERY_MODE);
    header.table({ lang: 'py', task: 'shop.orders.bill', retries: 0, root: 'x' }).octet(PERSISTENT);
  });
  to.frame(3, 1, (body) => body.raw(new Uint8Array(16)));
}

interface Place {
  readonly addressAt: number;
  readonly addressLength: number;
  readonly tailAt: number;
  readonly tailLength: number;
}

/** Writes one message for each queue into the receive window, as if all had come in one read. */
function placeAll(encode: (to: FrameWriter, routingKey: string) => void, queues: number): Place[] {
  let at = RECEIVE_AT;
  return Array.from({ length: queues }, (_, n) => {
    const writer = new FrameWriter();
    encode(writer, `queue-${n}`);
    const bytes = writer.take();
    u8.set(bytes, at);
    const addressAt = at + METHOD_ARGUMENTS_OFFSET;
    const tailAt = at + 7 + bytes.readUInt32BE(3);
    at += bytes.length;
    return { addressAt, addressLength: tailAt - 1 - addressAt, tailAt, tailLength: at - tailAt };
  });
}

function publish(
  name: string,
  queues: number,
  encode: (to: FrameWriter, routingKey: string) => void,
): Case {
  return {
    name,
    prepare: () => {
      const { session, sinks } = createSession();
      const publisher = new Publisher(session);
      const places = placeAll(encode, queues);
      let turn = 0;
      return (count) => {
        for (let i = 0; i < count; i++) {
          const place = places[turn++ % queues];
          if (place === undefined) continue;
          const { addressAt, addressLength, tailAt, tailLength } = place;
          publisher.publish(addressAt, addressLength, tailAt, tailLength, 0);
        }
        return sinks.reduce((sum, sink) => sum + sink.taken, 0);
      };
    },
  };
}

function encodePlain(to: FrameWriter, routingKey: string): void {
  encodePublish(to, { ...SMALL_MESSAGE, routingKey }, FRAME_MAX);
}

function encodePersistent(to: FrameWriter, routingKey: string): void {
  encodePublish(to, { ...SMALL_MESSAGE, routingKey, persistent: true }, FRAME_MAX);
}

export const suite: Suite = {
  hotFiles: ['src/broker/publish.ts', 'src/broker/inspect.ts', 'src/broker/message-sizes.ts'],
  cases: [
    publish('publish to the queue of the last message', 1, encodePlain),
    publish('publish to ten queues in turn', QUEUES, encodePlain),
    publish('publish with delivery mode 2', 1, encodePersistent),
    publish('publish with four headers', 1, encodeTask),
  ],
};
