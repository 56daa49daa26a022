import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUse, lockDirectory } from '../../src/store/directory-lock.ts';

const PROGRAM = fileURLToPath(new URL('lock-child.ts', import.meta.url));

let directory: string;
let children: Child[];

beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/leveret-lock-`);
  children = [];
});

afterEach(async () => {
  for (const child of children) await child.kill();
  rmSync(directory, { recursive: true });
});

/** Another process that wants the directory. */
class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(of = directory) {
    this.process = spawn(process.execPath, ['--import', 'tsx', PROGRAM, of], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: this.process.stdout ?? process.stdin });
    this.#lines = lines[Symbol.asyncIterator]();
    children.push(this);
  }

  async line(): Promise<string> {
    return String((await this.#lines.next()).value);
  }

  /** What it says to being told to take the directory. */
  async take(): Promise<string> {
    this.process.stdin?.write('go\n');
    return this.line();
  }

  async release(): Promise<string> {
    this.process.stdin?.end();
    return this.line();
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}

async function readyChild(of = directory): Promise<Child> {
  const child = new Child(of);
  expect(await child.line()).toBe('ready');
  return child;
}

const inUse = (by: number | undefined) => `data directory ${directory} is in use by process ${by}`;

describe('the lock of a data directory', () => {
  it('is refused while another process holds it, which is named', async () => {
    const child = await readyChild();
    expect(await child.take()).toBe('held');
    await expect(lockDirectory(directory)).rejects.toThrow(
      expect.objectContaining({ name: 'DirectoryInUse', message: inUse(child.process.pid) }),
    );
    expect(await child.release()).toBe('released');
    await (await lockDirectory(directory)).release();
  });

  it('is refused to another process', async () => {
    const lock = await lockDirectory(directory);
    const child = await readyChild();
    expect(await child.take()).toBe(`DirectoryInUse: ${inUse(process.pid)}`);
    await lock.release();
  });

  it('is free at once when its holder was killed, and what that left is removed', async () => {
    const child = await readyChild();
    expect(await child.take()).toBe('held');
    await child.kill();
    expect(readdirSync(`${directory}/lock`)).toHaveLength(1);
    const lock = await lockDirectory(directory);
    expect(readdirSync(`${directory}/lock`)).toEqual([
      expect.stringMatching(new RegExp(`^${process.pid}-`)),
    ]);
    await lock.release();
    expect(readdirSync(`${directory}/lock`)).toEqual([]);
  });

  it('is free when the holder was killed and a process with its number lives', async () => {
    const child = await readyChild();
    await child.take();
    await child.kill();
    const [name = ''] = readdirSync(`${directory}/lock`);
    const renamed = name.replace(String(child.process.pid), String(process.pid));
    renameSync(`${directory}/lock/${name}`, `${directory}/lock/${renamed}`);
    await (await lockDirectory(directory)).release();
  });

  it('is refused to a second holder with the same process number', async () => {
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(inUse(process.pid));
    await lock.release();
    await (await lockDirectory(directory)).release();
  });

  it('is one, whatever path leads to the directory', async () => {
    const link = `${directory}/link`;
    symlinkSync(directory, link);
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(link)).rejects.toThrow(DirectoryInUse);
    await lock.release();
    const other = await lockDirectory(link);
    await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUse);
    await other.release();
  });

  it('goes to one of several processes that start at once', async () => {
    const contenders = await Promise.all(Array.from({ length: 5 }, () => readyChild()));
    const said = await Promise.all(contenders.map((child) => child.take()));
    const winner = contenders[said.indexOf('held')];
    const others = said.filter((text) => text !== 'held');
    expect(others).toEqual(Array(4).fill(`DirectoryInUse: ${inUse(winner?.process.pid)}`));
  }, 30_000);

  it('goes to one of several that ask at once, again and again', async () => {
    for (let round = 0; round < 50; round++) {
      const asked = Array.from({ length: 6 }, () => lockDirectory(directory));
      const outcomes = await Promise.allSettled(asked);
      const held = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(held).toHaveLength(1);
      expect(refused.every((error) => error instanceof DirectoryInUse)).toBe(true);
      await held[0]?.release();
      expect(readdirSync(`${directory}/lock`)).toEqual([]);
    }
  });

  it('is refused by a holder that does not answer', async () => {
    mkdirSync(`${directory}/lock`);
    const silent = createServer(() => {}).listen(`${directory}/lock/4711-0`);
    await once(silent, 'listening');
    await expect(lockDirectory(directory)).rejects.toThrow(inUse(4711));
    silent.close();
  });

  it.runIf(process.platform === 'linux')('works below a long path', async () => {
    const deep = `${directory}/${'d'.repeat(60)}/${'e'.repeat(60)}`;
    mkdirSync(deep, { recursive: true });
    const lock = await lockDirectory(deep);
    await expect(lockDirectory(deep)).rejects.toThrow(DirectoryInUse);
    const child = await readyChild(deep);
    expect(await child.take()).toContain('is in use by process');
    await lock.release();
    expect(readdirSync(deep)).toEqual(['lock']);
    expect(readdirSync(`${deep}/lock`)).toEqual([]);
  });
});
