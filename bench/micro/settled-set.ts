import { SectionWriter } from '../../src/store/section.ts';
import { SettledSet } from '../../src/store/settled-set.ts';
import type { Case, Suite } from '../kit/timing.ts';

const SECTION_BYTES = 256 * 1024;

/** Of each `window` numbers the last is settled first; one window is always waiting. */
function passThrough(name: string, window: number, straggler: boolean): Case {
  return {
    name,
    prepare: () => {
      const set = new SettledSet();
      if (straggler) set.add(0);
      const start = set.next;
      let added = 0;
      let settled = 0;
      return (count) => {
        for (let i = 0; i < count; i++) {
          set.add(start + added++);
          if (added - settled < 2 * window) continue;
          const block = settled - (settled % window);
          set.settle(start + block + window - 1 - (settled++ % window));
        }
        return set.live + set.floor;
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/store/settled-set.ts'],
  cases: [
    passThrough('append and settle in order', 1, false),
    passThrough('the same behind one that stays', 1, true),
    passThrough('append and settle, windows of 1,000 from their ends', 1000, false),
    passThrough('the same behind one that stays', 1000, true),
    {
      name: 'a message of 1 KiB into a section of 256 KiB',
      prepare: () => {
        const writer = new SectionWriter();
        const bytes = new Uint8Array(1024);
        let seq = 0;
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) {
            writer.add(seq++, Infinity, 0, bytes.length, bytes, 0, bytes.length);
            if (writer.size >= SECTION_BYTES) sum += writer.finish(1, 0).length;
          }
          return sum + writer.size;
        };
      },
    },
  ],
};
