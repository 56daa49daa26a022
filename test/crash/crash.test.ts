import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort, LeveretProcess } from './broker.ts';
import { runCrashTest } from './run.ts';

// A failure names the seed; `npm run crash` takes it from there.
// This one kills three times under load, twice during a start and once during a stop, and stops once in order.
const SEED = 109;
const ROUNDS = 5;
const DURATION_MS = 1200;

it('keeps what it has confirmed over one kill -9 after the other', {
  timeout: 180_000,
}, async () => {
  const home = mkdtempSync(join(tmpdir(), 'leveret-crash-'));
  const command = ['--import', 'tsx', 'src/cli/main.ts'];
  const broker = new LeveretProcess(command, join(home, 'data'), await freePort());
  const said: string[] = [];
  const report = await runCrashTest({
    rounds: ROUNDS,
    seed: SEED,
    durationMs: DURATION_MS,
    broker,
    say: (line) => said.push(line),
  });
  expect(report.objections, [`seed ${SEED}, kept in ${home}`, ...said].join('\n')).toEqual([]);
  expect(report.rounds).toBe(ROUNDS);
  expect(report.kills).toBeGreaterThanOrEqual(6);
  expect(report.counts.confirmed).toBeGreaterThan(500);
  rmSync(home, { recursive: true, force: true });
});
