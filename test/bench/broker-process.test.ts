import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BrokerProcess } from '../../bench/broker-process.ts';
import { type Launch, leveretLaunch, otherLaunch } from '../../bench/launch.ts';

/** What a shell makes of the command: its words, one a line. */
function wordsOf(launch: Launch, dataDir: string): string[] {
  const { command, args } = launch.command(4711, dataDir, 4712);
  const shell = spawnSync('/bin/sh', [
    '-c',
    `for word in ${command}; do echo "$word"; done`,
    'sh',
    ...args,
  ]);
  return shell.stdout.toString().trimEnd().split('\n');
}

describe('the command line of a broker', () => {
  it('has port and folder filled in, whatever the folder is called', () => {
    const launch = otherLaunch('bench/run.sh --at {port} "x y" {dir}/data');
    expect(launch.name).toBe('run');
    expect(wordsOf(launch, "/tmp/it's $HOME")).toEqual([
      'bench/run.sh',
      '--at',
      '4711',
      'x y',
      "/tmp/it's $HOME/data",
    ]);
  });

  it('gives node and Leveret their own arguments, word by word', () => {
    const nodeArgs = ['--max-semi-space-size=32'];
    const words = wordsOf(leveretLaunch({ nodeArgs, startArgs: ['--set', 'a = b'] }), '/d');
    expect(words.slice(1, 3)).toEqual(['--max-semi-space-size=32', '--trace-gc']);
    expect(words.slice(-9, -6)).toEqual(['warn', '--data-dir', '/d']);
    expect(words.slice(-6, -2)).toEqual(['--management-port', '4712', '--prometheus-port', 'none']);
    expect(words.slice(-2)).toEqual(['--set', 'a = b']);
  });
});

describe('a broker that ends at once', () => {
  it('is an error, and nothing of it stays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-start-'));
    const launch = otherLaunch('test -d {dir} -a -n {port}');
    await expect(BrokerProcess.create(launch, folder, undefined)).rejects.toThrow('ended before');
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
