import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { settingNames, settings } from '../../src/server/config-settings.ts';

function parse(...args: string[]): ReturnType<typeof parseCommandLine> {
  return parseCommandLine(args, async () => '1.2.3');
}

describe('the command line', () => {
  it('starts with the flags that are given, each as text', async () => {
    expect(await parse('start', '--port', '5673', '--log-level=debug')).toEqual({
      name: 'start',
      flags: { port: '5673', 'log-level': 'debug' },
    });
  });

  it('takes the last of two equal flags', async () => {
    const command = await parse('start', '--port', '1', '--port', '2');
    expect(command).toMatchObject({ flags: { port: '2' } });
  });

  it('keeps digits that are no number as they are', async () => {
    const command = await parse('start', '--default-pass', '007', '--default-user', '1e3');
    expect(command).toMatchObject({ flags: { 'default-pass': '007', 'default-user': '1e3' } });
  });

  it('repairs a data directory, once it is told twice', async () => {
    const dataDir = '/var/lib/leveret';
    expect(await parse('repair', '--data-dir', dataDir)).toEqual({
      name: 'repair',
      dataDir,
      yes: false,
    });
    expect(await parse('repair', '--yes', '--data-dir', dataDir)).toEqual({
      name: 'repair',
      dataDir,
      yes: true,
    });
  });

  it('shows its version', async () => {
    expect(await parse('--version')).toEqual({ name: 'show', text: '1.2.3' });
  });

  it('shows every flag of start', async () => {
    const command = await parse('start', '--help');
    const text = command.name === 'show' ? command.text : '';
    expect(text).toContain('--config');
    for (const name of settingNames) {
      const { flag } = settings[name];
      if (flag !== undefined) expect(text).toContain(`--${flag}`);
    }
  });

  it.each([
    [['strat'], "unknown command 'strat'; did you mean 'start'?"],
    [['start', '--prot', '1'], "unknown flag '--prot'; did you mean '--port'?"],
    [['start', '--logLevel', 'x'], "unknown flag '--logLevel'; did you mean '--log-level'?"],
    [['start', '--no-port'], "unknown flag '--no-port'; did you mean '--port'?"],
    [['start', '--port.x', '1'], "unknown flag '--port.x'; did you mean '--port'?"],
    [['start', '-p', '1'], "unknown flag '--p'"],
    [['start', '--port'], 'port'],
    [['start', '--yes'], "unknown flag '--yes'"],
    [['repair'], "repair what? Name the data directory by '--data-dir'"],
    [['repair', '--data-dir'], 'data-dir'],
    [['repair', '--data-dir', '/d', '--port', '1'], "unknown flag '--port'"],
    [['repair', '/d'], "'/d' is one word too many"],
    [['start', '1'], "'1' is one word too many"],
    [[], "which command? 'leveret --help' lists them"],
    [['--port', '1'], 'which command?'],
  ])('refuses %j', async (args, complaint) => {
    const refusal = await parse(...args).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UsageError);
    expect(String(refusal)).toContain(complaint);
    expect(String(refusal)).not.toContain('\n');
  });
});
