import { beforeEach, describe, expect, it } from 'vitest';
import { LoginThrottle } from '../../src/auth/login-throttle.ts';
import { VirtualClock } from '../../src/kit/clock.ts';

const options = { burst: 3, perSecond: 0.5, loopback: false };
const far = '203.0.113.7';

describe('throttled logins', () => {
  let clock: VirtualClock;
  let throttle: LoginThrottle;

  beforeEach(() => {
    clock = new VirtualClock();
    throttle = new LoginThrottle(clock, options);
  });

  function fail(times: number, address = far, name = 'ada'): void {
    for (let i = 0; i < times; i++) throttle.failed(address, name);
  }

  it('admit a source until it has failed too often, whatever names it gave', () => {
    fail(1, far, 'ada');
    fail(1, far, 'bob');
    expect(throttle.admits(far, 'ada')).toBe(true);
    fail(1, far, 'eve');
    expect(throttle.admits(far, 'ada')).toBe(false);
    expect(throttle.admits('203.0.113.8', 'ada')).toBe(true);
  });

  it('admit it again as time passes, and then for one failure', async () => {
    fail(3);
    await clock.advance('1s');
    expect(throttle.admits(far, 'ada')).toBe(false);
    await clock.advance('1s');
    expect(throttle.admits(far, 'ada')).toBe(true);
    fail(1);
    expect(throttle.admits(far, 'ada')).toBe(false);
  });

  it('never save up more than the burst', async () => {
    fail(1);
    await clock.advance('1h');
    fail(3);
    expect(throttle.admits(far, 'ada')).toBe(false);
  });

  it('keep no user out who came in from there before', () => {
    throttle.succeeded(far, 'ada');
    fail(10, far, 'bob');
    expect(throttle.admits(far, 'bob')).toBe(false);
    expect(throttle.admits(far, 'ada')).toBe(true);
    fail(3, far, 'ada');
    expect(throttle.admits(far, 'ada')).toBe(false);
  });

  it('forget the failures of a user who gets in', () => {
    throttle.succeeded(far, 'ada');
    fail(2);
    throttle.succeeded(far, 'ada');
    fail(2);
    expect(throttle.admits(far, 'ada')).toBe(true);
  });

  it('count a network of IPv6 as one source', () => {
    for (const host of ['1', '2', 'ffff:1::2']) fail(1, `2001:db8:0:1:${host}::`);
    expect(throttle.admits('2001:db8:0:1::99', 'ada')).toBe(false);
    expect(throttle.admits('2001:db8:0:2::99', 'ada')).toBe(true);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'leave %s alone unless told otherwise',
    (address) => {
      fail(10, address);
      expect(throttle.admits(address, 'ada')).toBe(true);
      throttle = new LoginThrottle(clock, { ...options, loopback: true });
      fail(10, address);
      expect(throttle.admits(address, 'ada')).toBe(false);
    },
  );
});
