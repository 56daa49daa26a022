import { describe, expect, it } from 'vitest';
import { type DirectoryRepair, repair } from '../../src/cli/repair.ts';

/** A directory with this report, and what was done to it. */
class Directory implements DirectoryRepair {
  readonly done: string[] = [];
  readonly report: readonly string[];

  constructor(report: readonly string[]) {
    this.report = report;
  }

  async repair(): Promise<void> {
    this.done.push('repair');
    if (this.report.includes('hopeless')) throw new Error('no');
  }

  async close(): Promise<void> {
    this.done.push('close');
  }
}

async function run(report: readonly string[], yes: boolean) {
  const directory = new Directory(report);
  const said: string[] = [];
  const options = { dataDir: '/data', yes };
  const good = await repair(
    async () => directory,
    options,
    (line) => said.push(line),
  );
  return { good, said, done: directory.done };
}

describe('leveret repair', () => {
  it('says that nothing is damaged', async () => {
    expect(await run([], true)).toEqual({
      good: true,
      said: ['Nothing is damaged in /data'],
      done: ['close'],
    });
  });

  it('says what is damaged and changes nothing', async () => {
    expect(await run(['one', 'two'], false)).toEqual({
      good: false,
      said: [
        'one',
        'two',
        "Nothing has been changed: 'leveret repair --data-dir /data --yes' does the above",
      ],
      done: ['close'],
    });
  });

  it('repairs it when it is told to, after it has said what it does', async () => {
    expect(await run(['one'], true)).toEqual({
      good: true,
      said: ['one', 'Done'],
      done: ['repair', 'close'],
    });
  });

  it('gives the directory back when it could not', async () => {
    const directory = new Directory(['hopeless']);
    const options = { dataDir: '/data', yes: true };
    await expect(
      repair(
        async () => directory,
        options,
        () => {},
      ),
    ).rejects.toThrow('no');
    expect(directory.done).toEqual(['repair', 'close']);
  });
});
