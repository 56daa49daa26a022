import { describe, expect, it } from 'vitest';
import { Progress, waitingFor } from '../../src/cli/progress.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { VirtualClock } from '../../src/kit/clock.ts';

function terminalOf(isRead: boolean): { terminal: Terminal; clock: VirtualClock; shown: string[] } {
  const clock = new VirtualClock();
  const shown: string[] = [];
  const terminal: Terminal = {
    environment: {},
    home: '/',
    clock,
    isRead: { output: false, error: isRead },
    write: () => {},
    complain: (text) => {
      shown.push(text);
    },
    readInput: async () => Buffer.alloc(0),
    readSecret: async () => '',
    readFile: () => Buffer.alloc(0),
    writeFile: () => {},
  };
  return { terminal, clock, shown };
}

const ERASE = '\r\u001b[K';

describe('progress', () => {
  it('is shown to a person once work takes its time, and is gone at the end', async () => {
    const { terminal, clock, shown } = terminalOf(true);
    const progress = new Progress(terminal, 'Publishing', 4);
    progress.step();
    expect(shown).toEqual([]);
    await clock.advance(500);
    progress.step();
    progress.step();
    expect(shown).toEqual([`${ERASE}Publishing: 2 of 4 (50 %)`]);
    await clock.advance(200);
    progress.step();
    progress.end();
    expect(shown.slice(1)).toEqual([`${ERASE}Publishing: 4 of 4 (100 %)`, ERASE]);
  });

  it('is not written into files', async () => {
    const { terminal, clock, shown } = terminalOf(false);
    const progress = new Progress(terminal, 'Publishing', 2);
    await clock.advance(1000);
    progress.step();
    progress.end();
    await waitingFor(terminal, 'Purging', Promise.resolve());
    expect(shown).toEqual([]);
  });

  it('tells how long something takes that has no steps', async () => {
    const { terminal, clock, shown } = terminalOf(true);
    let finish = (_: number): void => {};
    const work = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const waiting = waitingFor(terminal, 'Purging', work);
    await clock.advance(700);
    finish(7);
    expect(await waiting).toBe(7);
    await clock.advance(1000);
    expect(shown).toEqual([`${ERASE}Purging: 0.5 s`, `${ERASE}Purging: 0.7 s`, ERASE]);
  });
});
