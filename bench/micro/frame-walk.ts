import { contentEnd } from '../../src/codec/frame-walk.ts';
import { placeMessage, SMALL_MESSAGE } from '../kit/messages.ts';
import type { Case, Suite } from '../kit/timing.ts';

const FRAME_MAX = 131_072;

function walk(name: string, size: number): Case {
  return {
    name,
    prepare: () => {
      const { headerAt, end } = placeMessage({ ...SMALL_MESSAGE, size });
      return (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += contentEnd(headerAt, end, 1, FRAME_MAX);
        return sum;
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/codec/frame-walk.ts'],
  cases: [
    walk('find the end of a content, 16 B', 16),
    walk('find the end of a content, 1 KiB', 1024),
  ],
};
