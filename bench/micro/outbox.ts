import { Confirms } from '../../src/amqp/confirms.ts';
import { FlushList } from '../../src/amqp/flush-list.ts';
import { Outbox } from '../../src/amqp/outbox.ts';
import type { Transport } from '../../src/kit/transport.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { placeMessage, SMALL_MESSAGE } from '../kit/messages.ts';
import type { Suite } from '../kit/timing.ts';

const NOWHERE = { address: '127.0.0.1', port: 0 };

/** Takes everything at once and forgets it. */
const drain: Transport = {
  remote: NOWHERE,
  local: NOWHERE,
  write: () => true,
  pause() {},
  resume() {},
  end() {},
  destroy() {},
  giveWay() {},
};

function createOutbox(): Outbox {
  return new Outbox(drain, new FlushList(), () => {});
}

export const suite: Suite = {
  hotFiles: ['src/amqp/outbox.ts', 'src/amqp/confirms.ts', 'src/amqp/flush-list.ts'],
  cases: [
    {
      name: 'append the content of a delivery, 16 B',
      prepare: () => (count) => {
        const message = placeMessage(SMALL_MESSAGE);
        const length = message.end - message.addressAt;
        const outbox = createOutbox();
        for (let i = 0; i < count; i++) outbox.append(message.addressAt, length);
        outbox.flush();
        return outbox.writes;
      },
    },
    {
      name: 'take room and tell what was written',
      prepare: () => (count) => {
        const outbox = createOutbox();
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const at = outbox.room(100);
          sum += at;
          outbox.wrote(at + 100);
        }
        outbox.flush();
        return sum;
      },
    },
    {
      name: 'list an outbox and flush it, each message by itself',
      prepare: () => (count) => {
        const outbox = createOutbox();
        for (let i = 0; i < count; i++) {
          outbox.wrote(outbox.room(100) + 100);
          outbox.flush();
        }
        return outbox.writes;
      },
    },
    {
      name: 'confirm a message, 100 to a flush',
      prepare: () => (count) => {
        const outbox = createOutbox();
        const confirms = new Confirms(1, outbox, new MemoryLog(), () => {});
        for (let i = 1; i <= count; i++) {
          confirms.accepted(0);
          if (i % 100 === 0) confirms.flush();
        }
        outbox.flush();
        return outbox.writes;
      },
    },
  ],
};
