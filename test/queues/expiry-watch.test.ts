import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kit/clock.ts';
import { ExpiryWatch } from '../../src/queues/expiry-watch.ts';

function build() {
  const clock = new VirtualClock(1000);
  const woken: number[] = [];
  const watch = new ExpiryWatch(clock, () => woken.push(clock.now()));
  return { clock, watch, woken };
}

describe('a watch for expiries', () => {
  it('wakes once, at the soonest moment that it was told of', async () => {
    const { clock, watch, woken } = build();
    for (const due of [1300, 1100, 1200]) watch.expect(due);
    await clock.advance(1000);
    expect(woken).toEqual([1100]);
  });

  it('wakes for nothing that never expires', async () => {
    const { clock, watch, woken } = build();
    watch.expect(Infinity);
    await clock.advance('1d');
    expect(woken).toEqual([]);
  });

  it('can be told anew once it has woken, or while it wakes', async () => {
    const { clock, watch, woken } = build();
    watch.expect(1100);
    await clock.advance(150);
    watch.expect(1200);
    await clock.advance(150);
    const again = new ExpiryWatch(clock, () => {
      woken.push(clock.now());
      if (clock.now() < 1400) again.expect(clock.now() + 50);
    });
    again.expect(1350);
    await clock.advance(1000);
    expect(woken).toEqual([1100, 1200, 1350, 1400]);
  });

  it('does not wake once it is stopped, until it is told of something else', async () => {
    const { clock, watch, woken } = build();
    watch.expect(1100);
    watch.stop();
    await clock.advance(200);
    watch.expect(1500);
    await clock.advance(500);
    expect(woken).toEqual([1500]);
  });
});
