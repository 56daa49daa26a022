import { describe, expect, it } from 'vitest';
import { LoginAttempts } from '../../src/auth/login-attempts.ts';

describe('attempts to log in', () => {
  it('are counted by protocol', () => {
    const attempts = new LoginAttempts();
    attempts.add('amqp091', '::1', 'ada', true);
    attempts.add('amqp091', '::1', 'ada', false);
    attempts.add('http', '::1', 'bob', true);
    expect(attempts.byProtocol()).toEqual([
      { protocol: 'amqp091', attempts: 2, failed: 1, succeeded: 1 },
      { protocol: 'http', attempts: 1, failed: 0, succeeded: 1 },
    ]);
  });

  it('are counted by source when that is wanted, and only then', () => {
    const attempts = new LoginAttempts(true);
    const others = new LoginAttempts();
    for (const each of [attempts, others]) {
      each.add('http', '10.0.0.1', 'ada', false);
      each.add('http', '10.0.0.2', 'ada', true);
      each.add('http', '10.0.0.1', 'ada', true);
    }
    expect(others.bySource()).toEqual([]);
    const ada = { protocol: 'http', user: 'ada' };
    expect(attempts.bySource()).toEqual([
      { ...ada, address: '10.0.0.1', attempts: 2, failed: 1, succeeded: 1 },
      { ...ada, address: '10.0.0.2', attempts: 1, failed: 0, succeeded: 1 },
    ]);
  });

  it('remember the sources that were heard of last, however many there are', () => {
    const attempts = new LoginAttempts(true);
    for (let i = 0; i < 20_000; i++) attempts.add('amqp091', '::1', `user-${i}`, false);
    const sources = attempts.bySource();
    expect(sources).toHaveLength(10_000);
    expect(sources[0]?.user).toBe('user-19999');
    expect(attempts.byProtocol()[0]?.attempts).toBe(20_000);
  });

  it('begin anew, all of them or the sources alone', () => {
    const attempts = new LoginAttempts(true);
    attempts.add('http', '::1', 'ada', true);
    attempts.resetSources();
    expect(attempts.bySource()).toEqual([]);
    expect(attempts.byProtocol()).toHaveLength(1);
    attempts.add('http', '::1', 'ada', true);
    attempts.reset();
    expect([...attempts.bySource(), ...attempts.byProtocol()]).toEqual([]);
  });
});
