import { Connection } from '../../src/amqp/connection.ts';
import { FlushList } from '../../src/amqp/flush-list.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { RECEIVE_AT, RECEIVE_BYTES, u8 } from '../../src/kit/memory.ts';
import type { Transport } from '../../src/kit/transport.ts';
import { ACK_BYTES, ackTemplate } from '../generator/consumer.ts';
import { FrameWriter, method } from '../generator/frame-writer.ts';
import { buildPublishRing } from '../generator/publish-ring.ts';
import { createBroker, FRAME_MAX } from '../kit/broker.ts';
import { SMALL_MESSAGE } from '../kit/messages.ts';
import type { Case, Suite } from '../kit/timing.ts';

const QUEUE = 'bench';
const BATCH = 100;
const NO_ACK = 2;
const ACK_TAG_OFFSET = 11;

/** Counts what is sent and forgets it. */
class Counter implements Transport {
  readonly remote = { address: '127.0.0.1', port: 1 };
  readonly local = { address: '127.0.0.1', port: 2 };
  sent = 0;

  write(start: number, end: number): boolean {
    this.sent += end - start;
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
  giveWay(): void {}
}

/** A connection that has its bytes handed to it. */
class Peer {
  readonly transport = new Counter();
  readonly #connection: Connection;

  constructor(broker: Broker, flushes: FlushList) {
    this.#connection = new Connection(broker, this.transport, flushes);
    this.send(Buffer.from('AMQP\0\0\x09\x01', 'latin1'));
    this.send(
      new FrameWriter()
        .method(0, method.connectionStartOk, (to) =>
          to.table({}).shortstr('PLAIN').longstr('\0bench\0bench').shortstr('en_US'),
        )
        .method(0, method.connectionTuneOk, (to) => to.short(16).long(FRAME_MAX).short(0))
        .method(0, method.connectionOpen, (to) => to.shortstr('/').shortstr('').octet(0))
        .method(1, method.channelOpen, (to) => to.shortstr(''))
        .take(),
    );
  }

  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += RECEIVE_BYTES) {
      const piece = bytes.subarray(at, at + RECEIVE_BYTES);
      u8.set(piece, RECEIVE_AT);
      this.#connection.received(RECEIVE_AT, RECEIVE_AT + piece.length);
    }
  }
}

interface Load {
  readonly size: number;
  readonly confirm: boolean;
  readonly ackEvery: number;
}

function through(name: string, { size, confirm, ackEvery }: Load): Case {
  return {
    name,
    prepare: () => {
      const broker = createBroker();
      const flushes = new FlushList();
      const publisher = new Peer(broker, flushes);
      const consumer = new Peer(broker, flushes);
      publisher.send(setUp(confirm));
      consumer.send(subscribe(ackEvery));
      const ring = buildPublishRing([{ ...SMALL_MESSAGE, routingKey: QUEUE, size }], FRAME_MAX);
      const batch = ring.bytes.subarray(0, BATCH * ring.messageLength);
      const ackCount = ackEvery === 0 ? 0 : BATCH / ackEvery;
      const acks = ackTemplate(ackCount, ackEvery > 1);
      let tag = 0;
      return (count) => {
        for (let i = 0; i < count; i += BATCH) {
          publisher.send(batch);
          for (let ack = 0; ack < ackCount; ack++) {
            tag += ackEvery;
            acks.writeUInt32BE(tag, ack * ACK_BYTES + ACK_TAG_OFFSET + 4);
          }
          if (ackCount > 0) consumer.send(acks);
        }
        return consumer.transport.sent;
      };
    },
  };
}

function setUp(confirm: boolean): Uint8Array {
  const frames = new FrameWriter().method(1, method.queueDeclare, (to) =>
    to.short(0).shortstr(QUEUE).octet(0).table({}),
  );
  if (confirm) frames.method(1, method.confirmSelect, (to) => to.octet(0));
  return frames.take();
}

function subscribe(ackEvery: number): Uint8Array {
  return new FrameWriter()
    .method(1, method.basicQos, (to) => to.long(0).short(500).octet(0))
    .method(1, method.basicConsume, (to) =>
      to
        .short(0)
        .shortstr(QUEUE)
        .shortstr('c')
        .octet(ackEvery === 0 ? NO_ACK : 0)
        .table({}),
    )
    .take();
}

export const suite: Suite = {
  hotFiles: [
    'src/amqp/frame-reader.ts',
    'src/amqp/channel.ts',
    'src/amqp/channel-consumer.ts',
    'src/amqp/settlement.ts',
  ],
  cases: [
    through('from bytes in to bytes out, 16 B', { size: 16, confirm: false, ackEvery: 0 }),
    through('the same with confirms and an ack each', { size: 16, confirm: true, ackEvery: 1 }),
    through('the same with confirms and acks by 50', { size: 16, confirm: true, ackEvery: 50 }),
    through('from bytes in to bytes out, 1 KiB', { size: 1024, confirm: false, ackEvery: 0 }),
    through('the same with an ack each', { size: 1024, confirm: false, ackEvery: 1 }),
  ],
};
