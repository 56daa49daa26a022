import { Route, RouteCache } from '../../src/broker/route-cache.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { FrameWriter } from '../generator/frame-writer.ts';
import type { Case, Suite } from '../kit/timing.ts';

const GENERATION = 1;
const ADDRESS_ROOM = 64;

interface PlacedRoute {
  readonly route: Route;
  readonly at: number;
  readonly length: number;
}

function placeRoutes(count: number): PlacedRoute[] {
  return Array.from({ length: count }, (_, n) => {
    const key = `orders.eu.${String(n).padStart(4, '0')}`;
    const address = new FrameWriter().shortstr('events').shortstr(key).take();
    const at = RECEIVE_AT + n * ADDRESS_ROOM;
    u8.set(address, at);
    const { length } = address;
    const route = new Route(at, length, GENERATION, undefined, 'events', key, [], false);
    return { route, at, length };
  });
}

function find(name: string, routes: number): Case {
  return {
    name,
    prepare: () => {
      const placed = placeRoutes(routes);
      const cache = new RouteCache();
      for (const { route, at, length } of placed) cache.keep(route, at, length);
      return (count) => {
        let found = 0;
        for (let i = 0; i < count; i++) {
          const wanted = placed[i % routes];
          if (wanted && cache.find(wanted.at, wanted.length, GENERATION) !== undefined) found++;
        }
        return found;
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/broker/route-cache.ts'],
  cases: [
    {
      name: 'compare an address with the last one',
      prepare: () => {
        const [placed] = placeRoutes(1);
        return (count) => {
          let same = 0;
          for (let i = 0; i < count; i++)
            if (placed?.route.matches(placed.at, placed.length)) same++;
          return same;
        };
      },
    },
    find('find the same address', 1),
    find('find one of 100 addresses', 100),
  ],
};
