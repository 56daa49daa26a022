import { describe, expect, it } from 'vitest';
import { parseBenchArguments, UsageError } from '../../bench/arguments.ts';
import { parseAddress } from '../../bench/generator/address.ts';
import { longScenarioNames, scenarioNames } from '../../bench/scenarios.ts';

describe('the bench’s command line', () => {
  it('runs every scenario three times for 8 seconds when nothing is asked', () => {
    const args = parseBenchArguments([]);
    expect(args.scenarios).toEqual(scenarioNames());
    expect(args).toMatchObject({ runs: 3, durationSeconds: 8, warmupSeconds: 3, leveret: true });
    expect(args.against).toBeUndefined();
  });

  it('takes scenario names and options in any order', () => {
    const args = parseBenchArguments(['a+', '--runs', '1', 'w1', '--duration', '0.5']);
    expect(args.scenarios).toEqual(['a+', 'w1']);
    expect(args).toMatchObject({ runs: 1, durationSeconds: 0.5 });
  });

  it('takes another broker with all its processes', () => {
    const args = parseBenchArguments(['--against', 'amqp://u:p@box:5673/v', '--pid', '12,34']);
    expect(args.against?.pids).toEqual([12, 34]);
    expect(args.against?.address).toMatchObject({ host: 'box', port: 5673, user: 'u' });
  });

  it('runs what takes long only when it is named', () => {
    const [long = ''] = longScenarioNames();
    expect(parseBenchArguments([]).scenarios).not.toContain(long);
    expect(parseBenchArguments([long]).scenarios).toEqual([long]);
  });

  it('takes a command line that starts another broker, where it keeps data and what memory it gets', () => {
    const command = 'run.sh {port} {dir}';
    const args = parseBenchArguments(['--start', command, '--folder', '/data', '--cage', '512']);
    expect(args).toMatchObject({ startCommand: command, folder: '/data', cageMib: 512 });
    expect(parseBenchArguments(['--start', command, '--only-against']).leveret).toBe(false);
  });

  it('passes arguments that begin with a dash on to node and to the broker', () => {
    const args = parseBenchArguments(['--node-arg=--max-semi-space-size=32', '--start-arg=--x']);
    expect(args.nodeArgs).toEqual(['--max-semi-space-size=32']);
    expect(args.startArgs).toEqual(['--x']);
  });

  it.each([
    ['an unknown scenario', ['z']],
    ['an unknown option', ['--fast']],
    ['another broker without its process', ['--against', 'amqp://127.0.0.1']],
    ['a process without another broker', ['--pid', '1']],
    ['an address of another scheme', ['--against', 'http://127.0.0.1', '--pid', '1']],
    ['a process id that is not a number', ['--against', 'amqp://x', '--pid', 'beam']],
    ['half a run', ['--runs', '1.5']],
    ['no time at all', ['--duration', '0']],
    ['nothing to measure', ['--only-against']],
    ['a cage of no size', ['--cage', '0']],
  ])('refuses %s', (_, argv) => {
    expect(() => parseBenchArguments(argv)).toThrow(UsageError);
  });
});

describe('an AMQP address', () => {
  it('falls back to guest, the usual port and the default virtual host', () => {
    expect(parseAddress('amqp://10.0.0.1')).toEqual({
      host: '10.0.0.1',
      port: 5672,
      user: 'guest',
      password: 'guest',
      vhost: '/',
    });
  });

  it('decodes its parts', () => {
    const address = parseAddress('amqp://a%40b:p%2Fq@h:1/%2Fv');
    expect(address).toEqual({ host: 'h', port: 1, user: 'a@b', password: 'p/q', vhost: '/v' });
  });
});
