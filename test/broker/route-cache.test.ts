import { describe, expect, it } from 'vitest';
import { Route, RouteCache } from '../../src/broker/route-cache.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';

/** Writes exchange and routing key as published. @returns their length */
function write(exchange: string, key: string): number {
  const [a, b] = [exchange, key].map((text) => new TextEncoder().encode(text));
  const bytes = [a?.length ?? 0, ...(a ?? []), b?.length ?? 0, ...(b ?? [])];
  u8.set(bytes, RECEIVE_AT);
  return bytes.length;
}

function routeOf(exchange: string, key: string, generation: number): Route {
  const length = write(exchange, key);
  return new Route(RECEIVE_AT, length, generation, undefined, exchange, key, [], false);
}

function keep(cache: RouteCache, exchange: string, key: string, generation = 1): Route {
  const route = routeOf(exchange, key, generation);
  cache.keep(route, RECEIVE_AT, write(exchange, key));
  return route;
}

function find(cache: RouteCache, exchange: string, key: string, generation = 1): Route | undefined {
  return cache.find(RECEIVE_AT, write(exchange, key), generation);
}

describe('a route', () => {
  it('matches its own address and no other', () => {
    const route = routeOf('ex', 'key', 1);
    expect(route.matches(RECEIVE_AT, write('ex', 'key'))).toBe(true);
    for (const [exchange, key] of [
      ['ex', 'kez'],
      ['ey', 'key'],
      ['ex', 'keys'],
      ['exk', 'ey'],
      ['', ''],
    ] as const) {
      expect(route.matches(RECEIVE_AT, write(exchange, key))).toBe(false);
    }
  });

  it('keeps its address when the memory that it came from changes', () => {
    const route = routeOf('ex', 'key', 1);
    u8.fill(0, RECEIVE_AT, RECEIVE_AT + 20);
    expect(route.matches(RECEIVE_AT, write('ex', 'key'))).toBe(true);
  });
});

describe('the routes of a vhost', () => {
  it('are found by their address', () => {
    const cache = new RouteCache();
    expect(find(cache, 'ex', 'key')).toBeUndefined();
    const route = keep(cache, 'ex', 'key');
    expect(find(cache, 'ex', 'key')).toBe(route);
    expect(find(cache, 'ex', 'other')).toBeUndefined();
  });

  it('hold for one generation only', () => {
    const cache = new RouteCache();
    keep(cache, 'ex', 'key', 1);
    expect(find(cache, 'ex', 'key', 2)).toBeUndefined();
    const newer = keep(cache, 'ex', 'key', 2);
    expect(find(cache, 'ex', 'key', 2)).toBe(newer);
    expect(find(cache, 'ex', 'key', 1)).toBeUndefined();
  });

  it('never answer for another address, however many share a slot', () => {
    const cache = new RouteCache();
    const count = 10_000;
    let hits = 0;
    for (let i = 0; i < count; i++) keep(cache, 'ex', `key-${i}`);
    for (let i = 0; i < count; i++) {
      const found = find(cache, 'ex', `key-${i}`);
      if (found === undefined) continue;
      hits += 1;
      expect(found.routingKey).toBe(`key-${i}`);
    }
    // As many as there are slots at most, and far fewer only if the hash were bad.
    expect(hits).toBeLessThanOrEqual(4096);
    expect(hits).toBeGreaterThan(2500);
  });
});
