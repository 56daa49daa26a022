// HOT: which queues a published address leads to, without making a string of it.

import type { Exchange } from '../exchanges/exchange.ts';
import { dv, u8 } from '../kit/memory.ts';
import type { Queue } from '../queues/queue.ts';

const SLOTS = 4096;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The answer for one address (the bytes of exchange and routing key as published). */
export class Route {
  readonly address: Uint8Array;
  /** The vhost's topology that the answer is true for. */
  readonly generation: number;
  readonly exchange: Exchange<Queue> | undefined;
  readonly exchangeName: string;
  readonly routingKey: string;
  readonly queues: readonly Queue[];
  /** The answer depends on the message: it has to be asked for each. */
  readonly perMessage: boolean;

  constructor(
    addressAt: number,
    addressLength: number,
    generation: number,
    exchange: Exchange<Queue> | undefined,
    exchangeName: string,
    routingKey: string,
    queues: readonly Queue[],
    perMessage: boolean,
  ) {
    this.address = u8.slice(addressAt, addressAt + addressLength);
    this.generation = generation;
    this.exchange = exchange;
    this.exchangeName = exchangeName;
    this.routingKey = routingKey;
    this.queues = queues;
    this.perMessage = perMessage;
  }

  matches(addressAt: number, addressLength: number): boolean {
    const address = this.address;
    if (address.length !== addressLength) return false;
    // From the end: keys that differ mostly differ there.
    for (let i = addressLength - 1; i >= 0; i--) {
      if (address[i] !== dv.getUint8(addressAt + i)) return false;
    }
    return true;
  }
}

/** The routes of a vhost that were asked for last: one slot an address hash, the newest wins. */
export class RouteCache {
  readonly #slots: (Route | undefined)[] = new Array(SLOTS);

  find(addressAt: number, addressLength: number, generation: number): Route | undefined {
    const route = this.#slots[slotOf(addressAt, addressLength)];
    if (route === undefined || route.generation !== generation) return undefined;
    return route.matches(addressAt, addressLength) ? route : undefined;
  }

  keep(route: Route, addressAt: number, addressLength: number): void {
    this.#slots[slotOf(addressAt, addressLength)] = route;
  }
}

function slotOf(at: number, length: number): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ dv.getUint8(at + i), FNV_PRIME);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}
