import { allocate, copy, RECEIVE_AT, release, returnPage, takePage } from '../../src/kit/memory.ts';
import { addReference, createRecord, dropReference } from '../../src/model/record.ts';
import { placeMessage, SMALL_MESSAGE } from '../kit/messages.ts';
import type { Case, Suite } from '../kit/timing.ts';

const WAITING = 1000;

function create(name: string, size: number): Case {
  return {
    name,
    prepare: () => {
      const message = placeMessage({ ...SMALL_MESSAGE, size });
      const tailLength = message.end - message.tailAt;
      const waiting = new Int32Array(WAITING);
      return (count) => {
        for (let i = 0; i < count; i++) {
          const slot = i % WAITING;
          const oldest = waiting[slot] ?? 0;
          if (oldest !== 0) dropReference(oldest);
          const { addressAt, addressLength, tailAt } = message;
          const record = createRecord(addressAt, addressLength, tailAt, tailLength, 0);
          addReference(record);
          waiting[slot] = record;
        }
        return count;
      };
    },
  };
}

function copyCase(length: number): Case {
  return {
    name: `copy ${length} octets`,
    prepare: () => (count) => {
      const to = RECEIVE_AT + 8192;
      for (let i = 0; i < count; i++) copy(to, RECEIVE_AT + (i & 7), length);
      return count;
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/kit/memory.ts', 'src/model/record.ts'],
  cases: [
    create('keep a record and drop it 1,000 later, 16 B', 16),
    create('keep a record and drop it 1,000 later, 1 KiB', 1024),
    {
      name: 'allocate and release',
      prepare: () => (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const position = allocate(100);
          sum += position;
          release(position);
        }
        return sum;
      },
    },
    {
      name: 'take and return a page',
      prepare: () => (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const page = takePage();
          sum += page;
          returnPage(page);
        }
        return sum;
      },
    },
    copyCase(16),
    copyCase(64),
    copyCase(1100),
  ],
};
