import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import {
  addFlags,
  addReference,
  createRecord,
  HAS_EXPIRATION,
  HAS_PRIORITY,
} from '../../src/model/record.ts';
import { expiryOf, priorityOf } from '../../src/queues/message-limits.ts';
import { FrameWriter } from '../generator/frame-writer.ts';
import type { Suite } from '../kit/timing.ts';

const PRIORITY = 0x0800;
const EXPIRATION = 0x0100;

/** A record of a message that has a priority and expires. */
function createLimited(): number {
  const writer = new FrameWriter().shortstr('').shortstr('tasks');
  const addressLength = writer.length;
  writer.octet(0xce).frame(2, 1, (header) => {
    header
      .short(60)
      .short(0)
      .longlong(0)
      .short(PRIORITY | EXPIRATION);
    header.octet(5).shortstr('60000');
  });
  const bytes = writer.take();
  u8.set(bytes, RECEIVE_AT);
  const tailAt = RECEIVE_AT + addressLength;
  const record = createRecord(RECEIVE_AT, addressLength, tailAt, bytes.length - addressLength, 0);
  addFlags(record, HAS_EXPIRATION | HAS_PRIORITY);
  addReference(record);
  return record;
}

export const suite: Suite = {
  hotFiles: ['src/queues/message-limits.ts'],
  cases: [
    {
      name: 'read an expiration of five digits',
      prepare: () => {
        const record = createLimited();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += expiryOf(record, undefined, i);
          return sum;
        };
      },
    },
    {
      name: 'read a priority',
      prepare: () => {
        const record = createLimited();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += priorityOf(record, 10);
          return sum;
        };
      },
    },
  ],
};
