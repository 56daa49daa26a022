import { describe, expect, it } from 'vitest';
import { Capacity } from '../../src/queues/capacity.ts';

describe("the capacity of a queue's consumers", () => {
  it('is whole while no message has to wait for them', () => {
    const capacity = new Capacity(0);
    capacity.freed(1000);
    expect(capacity.share(20_000)).toBe(1);
  });

  it('is the share of time in which they could take messages', () => {
    const capacity = new Capacity(0);
    capacity.blocked(1000);
    capacity.blocked(2000);
    capacity.freed(3000);
    capacity.blocked(4000);
    capacity.freed(4500);
    expect(capacity.share(5000)).toBe(0.5);
  });

  it('is nothing when they have not moved since', () => {
    const capacity = new Capacity(0);
    capacity.blocked(0);
    expect(capacity.share(5000)).toBe(0);
    expect(capacity.share(3_600_000)).toBe(0);
    capacity.freed(3_604_000);
    expect(capacity.share(3_605_000)).toBeCloseTo(0.2);
  });

  it('is told of the window before while another one runs', () => {
    const capacity = new Capacity(0);
    capacity.blocked(0);
    capacity.freed(5000);
    expect(capacity.share(9999)).toBe(0);
    expect(capacity.share(10_000)).toBe(1);
  });
});
