import { describe, expect, it } from 'vitest';
import { addUp, nothingYet, simulate } from './simulation.ts';

const SEEDS = 200;

describe('the segment log on a disk that fails', () => {
  it('loses nothing that was durable, in many lives', async () => {
    let all = nothingYet;
    for (let seed = 1; seed <= SEEDS; seed++) all = addUp(all, await simulate(seed));
    expect(all.lives).toBeGreaterThan(4 * SEEDS);
    expect(all.records).toBeGreaterThan(300 * SEEDS);
    expect(all.faults).toBeGreaterThan(SEEDS / 4);
  }, 120_000);

  it('goes the same way with the same seed', async () => {
    const runs: string[][] = [[], []];
    for (const lines of runs) await simulate(7, (line) => lines.push(line));
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]?.length).toBeGreaterThan(20);
  });
});
