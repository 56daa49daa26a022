import { addressContent, writeDelivery, writePrefix } from '../../src/codec/delivery.ts';
import { takeSlab } from '../../src/kit/memory.ts';
import { placeMessage, SMALL_MESSAGE } from '../kit/messages.ts';
import type { Case, Suite } from '../kit/timing.ts';

const PREFIX_ROOM = 512;

function write(name: string, size: number): Case {
  return {
    name,
    prepare: () => {
      const message = placeMessage({ ...SMALL_MESSAGE, size });
      const slab = takeSlab();
      const prefixLength = writePrefix(slab, 1, Buffer.from('ctag1.9f0c'));
      const to = slab + PREFIX_ROOM;
      const contentLength = message.end - message.addressAt;
      const { addressAt, addressLength } = message;
      return (count) => {
        let sum = 0;
        for (let tag = 1; tag <= count; tag++) {
          const end = writeDelivery(
            to,
            slab,
            prefixLength,
            tag,
            false,
            addressAt,
            addressLength,
            contentLength,
          );
          addressContent(to + prefixLength + 9 + addressLength + 1, end, 2);
          sum += end;
        }
        return sum;
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/codec/delivery.ts'],
  cases: [write('write a delivery, 16 B', 16), write('write a delivery, 1 KiB', 1024)],
};
