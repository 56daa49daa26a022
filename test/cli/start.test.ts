import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Boot, explain, serve } from '../../src/cli/start.ts';
import { configOf } from '../../src/server/config.ts';
import { createLogger } from '../../src/server/logger.ts';

interface Run {
  readonly done: Promise<void>;
  readonly signals: EventEmitter;
  readonly told: string[];
  readonly log: string[];
}

function run(boot: Boot, differences: Parameters<typeof configOf>[0] = {}): Run {
  const signals = new EventEmitter();
  const told: string[] = [];
  const log: string[] = [];
  const logger = createLogger('info', 'json', (line) => log.push(JSON.parse(line).msg));
  const done = serve(boot, configOf(differences), logger, signals, () => told.push('left at once'));
  return { done, signals, told, log };
}

function stoppable(stop: () => Promise<void>): Boot {
  return () => Promise.resolve({ port: 5672, reload: () => Promise.resolve(), stop });
}

describe('serving', () => {
  it.each(['SIGTERM', 'SIGINT'])('says that it is up, and stops cleanly on %s', async (signal) => {
    let stopped = 0;
    const { done, signals, told, log } = run(
      stoppable(() => {
        stopped++;
        return Promise.resolve();
      }),
      { dataDir: '/tmp/data' },
    );
    await Promise.resolve();
    expect(log).toEqual(['Server startup complete']);
    signals.emit(signal, signal);
    await done;
    expect(stopped).toBe(1);
    expect(told).toEqual([]);
    expect(log).toEqual(['Server startup complete', 'Stopping', 'Stopped']);
  });

  it('reads certificates anew on SIGHUP, and goes on', async () => {
    let reloaded = 0;
    const server = {
      port: 5672,
      reload: async () => {
        reloaded += 1;
      },
      stop: async () => {},
    };
    const { done, signals, log } = run(() => Promise.resolve(server));
    await expect.poll(() => signals.listenerCount('SIGHUP')).toBe(1);
    signals.emit('SIGHUP', 'SIGHUP');
    signals.emit('SIGHUP', 'SIGHUP');
    expect(reloaded).toBe(2);
    signals.emit('SIGTERM', 'SIGTERM');
    await done;
    expect(log.join('')).toContain('Reading certificates anew');
  });

  it('leaves at once on the second signal while it still stops', async () => {
    let finish = (): void => {};
    const stopping = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { done, signals, told } = run(stoppable(() => stopping));
    await Promise.resolve();
    signals.emit('SIGINT', 'SIGINT');
    await Promise.resolve();
    expect(told).toEqual([]);
    signals.emit('SIGTERM', 'SIGTERM');
    expect(told).toEqual(['left at once']);
    finish();
    await done;
  });

  it('warns when nothing will be kept, and only then', async () => {
    const runs = [{}, { dataDir: '/tmp/data' }].map((differences) =>
      run(
        stoppable(() => Promise.resolve()),
        differences,
      ),
    );
    await Promise.resolve();
    const [inMemory, onDisk] = runs.map(({ log }) => log[0]);
    expect(inMemory).toContain('No data directory');
    expect(onDisk).toBe('Server startup complete');
  });

  it('fails when it cannot keep everything', async () => {
    const { done, signals } = run(stoppable(() => Promise.reject(new Error('EIO'))));
    await Promise.resolve();
    signals.emit('SIGTERM', 'SIGTERM');
    await expect(done).rejects.toThrow('not all that was to be kept could be written: EIO');
  });

  it('fails when the server does not start', async () => {
    const { done } = run(() => Promise.reject(new Error('no')));
    await expect(done).rejects.toThrow('no');
  });
});

describe('the reason why a server did not start', () => {
  const config = configOf({ port: 5672 });

  it.each([
    ['EADDRINUSE', 'cannot listen on port 5672: it is in use'],
    ['EACCES', 'cannot listen on port 5672: not permitted'],
    ['EADDRNOTAVAIL', 'cannot listen on port 5672: this machine has no such address'],
    ['EOTHER', 'listen EOTHER'],
  ])('is one line for %s', (code, line) => {
    expect(explain(Object.assign(new Error(`listen ${code}`), { code }), config)).toBe(line);
  });

  it.each([
    [15_672, 'cannot listen on 127.0.0.1 port 15672 for the HTTP API: it is in use'],
    [15_692, 'cannot listen on ::1 port 15692 for Prometheus: it is in use'],
    [5672, 'cannot listen on 127.0.0.1 port 5672: it is in use'],
  ])('says which of its ports could not be had: %d', (port, line) => {
    const several = configOf({
      host: '127.0.0.1',
      port: 5672,
      managementPort: 15_672,
      prometheusPort: 15_692,
      prometheusHost: '::1',
    });
    const error = Object.assign(new Error('x'), { code: 'EADDRINUSE', port });
    expect(explain(error, several)).toBe(line);
  });

  it('names the address where there is one', () => {
    const error = Object.assign(new Error('x'), { code: 'EADDRINUSE' });
    expect(explain(error, configOf({ host: '127.0.0.1', port: 1 }))).toBe(
      'cannot listen on 127.0.0.1 port 1: it is in use',
    );
  });
});
