import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kit/clock.ts';
import { IdleWatch } from '../../src/queues/idle-watch.ts';

function build(limitMs: number) {
  const clock = new VirtualClock(1000);
  const use = { going: false };
  const told: number[] = [];
  const watch = new IdleWatch(
    clock,
    limitMs,
    () => use.going,
    () => told.push(clock.now()),
  );
  return { clock, use, told, watch };
}

describe('a watch for idleness', () => {
  it('tells once, when nothing has happened for so long', async () => {
    const { clock, told } = build(100);
    await clock.advance(1000);
    expect(told).toEqual([1100]);
  });

  it('counts from the last use', async () => {
    const { clock, told, watch } = build(100);
    await clock.advance(70);
    watch.touch();
    await clock.advance(20);
    watch.touch();
    await clock.advance(1000);
    expect(told).toEqual([1190]);
  });

  it('does not tell while somebody uses the queue all the time', async () => {
    const { clock, use, told, watch } = build(100);
    use.going = true;
    await clock.advance(1050);
    expect(told).toEqual([]);
    use.going = false;
    watch.touch();
    await clock.advance(1000);
    expect(told).toEqual([2150]);
  });

  it('tells nothing once it is stopped', async () => {
    const { clock, told, watch } = build(100);
    watch.stop();
    await clock.advance(1000);
    expect(told).toEqual([]);
  });
});
