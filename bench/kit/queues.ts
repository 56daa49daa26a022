/** Queues and messages for the micro-benchmarks. */
import { RealClock } from '../../src/kit/clock.ts';
import { QueueArguments } from '../../src/model/arguments.ts';
import { addReference, createRecord } from '../../src/model/record.ts';
import { Queue, type QueueHost } from '../../src/queues/queue.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { placeMessage, SMALL_MESSAGE } from './messages.ts';

/** A host with a log that keeps nothing, and no disk. */
export const plainHost: QueueHost = {
  clock: new RealClock(),
  log: new MemoryLog(),
  overflow: undefined,
  recently: 0,
  seconds: 0,
  room: { isShort: false, isFull: false, whenRoom: () => {} },
  deadLetter() {},
  countReturn: (_, record) => record,
  unused() {},
  expired() {},
  readFailed() {},
};

export function createQueue(host: QueueHost = plainHost, durable = false): Queue {
  const name = 'bench';
  const declaration = { queue: name, vhost: '/', durable, exclusive: false, autoDelete: false };
  const settings = QueueArguments.parse(new Map(), declaration);
  const identity = {
    name,
    vhost: '/',
    durable,
    autoDelete: false,
    owner: undefined,
    arguments: new Map(),
  };
  return new Queue(1, identity, settings, host);
}

/** A small message, with one reference. @param flags of its record */
export function createMessage(flags = 0): number {
  const { addressAt, addressLength, tailAt, end } = placeMessage(SMALL_MESSAGE);
  const record = createRecord(addressAt, addressLength, tailAt, end - tailAt, flags);
  addReference(record);
  return record;
}
