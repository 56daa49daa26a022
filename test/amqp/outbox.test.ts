import { afterEach, describe, expect, it } from 'vitest';
import { FlushList } from '../../src/amqp/flush-list.ts';
import { Outbox, ROOM_BYTES_MAX } from '../../src/amqp/outbox.ts';
import { Writer } from '../../src/codec/bytes.ts';
import { RECEIVE_AT, SLAB_BYTES, u8, usedBytes } from '../../src/kit/memory.ts';
import { turn } from '../kit/memory-node.ts';
import { MemoryTransport } from '../kit/memory-transport.ts';
import { framesOf } from '../kit/scripted-peer.ts';

const opened: { outbox: Outbox; transport: MemoryTransport }[] = [];

function open(reading = true) {
  const transport = new MemoryTransport();
  transport.reading = reading;
  let relieved = 0;
  const outbox = new Outbox(transport, new FlushList(), () => {
    relieved++;
  });
  transport.attach({ received: () => {}, written: () => outbox.written(), closed: () => {} });
  opened.push({ outbox, transport });
  return { outbox, transport, relief: () => relieved };
}

// Bytes with a value that tells them apart, in one piece of the message memory.
function put(outbox: Outbox, value: number, length: number): void {
  for (let sent = 0; sent < length; sent += ROOM_BYTES_MAX) {
    const piece = Math.min(ROOM_BYTES_MAX, length - sent);
    const at = outbox.room(piece);
    u8.fill(value, at, at + piece);
    outbox.wrote(at + piece);
  }
}

function runs(bytes: Uint8Array): [value: number, length: number][] {
  const found: [number, number][] = [];
  for (const value of bytes) {
    const last = found.at(-1);
    if (last?.[0] === value) last[1]++;
    else found.push([value, 1]);
  }
  return found;
}

afterEach(() => {
  for (const { outbox } of opened) outbox.abandon();
  opened.length = 0;
});

describe('an outbox', () => {
  it('sends what one turn of the event loop has collected in one write', async () => {
    const { outbox, transport } = open();
    put(outbox, 1, 100);
    put(outbox, 2, 50);
    expect(transport.writes).toBe(0);
    await turn();
    expect(transport.writes).toBe(1);
    expect(runs(transport.output())).toEqual([
      [1, 100],
      [2, 50],
    ]);
    expect(outbox.writes).toBe(1);
    await turn();
    expect(transport.writes).toBe(1);
  });

  it('sends a full slab at once and goes on in the same one', async () => {
    const { outbox, transport } = open();
    put(outbox, 1, SLAB_BYTES);
    put(outbox, 2, SLAB_BYTES);
    expect(transport.writes).toBe(1);
    put(outbox, 3, 10);
    await turn();
    expect(runs(transport.output())).toEqual([
      [1, SLAB_BYTES],
      [2, SLAB_BYTES],
      [3, 10],
    ]);
  });

  it('gives its slab back when it has nothing to send', async () => {
    const first = open();
    put(first.outbox, 1, 1);
    const position = first.outbox.room(1) - 1;
    await turn();
    const second = open();
    expect(second.outbox.room(1)).toBe(position);
  });

  it('leaves a slab in flight alone until the transport is through with it', async () => {
    const { outbox, transport } = open(false);
    put(outbox, 1, 1000);
    await turn();
    expect(transport.inFlight).toBe(1);
    put(outbox, 2, 1000);
    await turn();
    expect(transport.inFlight).toBe(1);
    transport.take();
    expect(transport.inFlight).toBe(1);
    transport.take();
    expect(runs(transport.output())).toEqual([
      [1, 1000],
      [2, 1000],
    ]);
  });

  it('keeps the order of any mixture of pieces, also of those larger than a slab', async () => {
    const { outbox, transport } = open(false);
    const sizes = [1, 65_535, 65_536, 3, 300_000, 17, 200_000];
    for (const [index, size] of sizes.entries()) {
      u8.fill(index + 1, RECEIVE_AT, RECEIVE_AT + Math.min(size, 250_000));
      outbox.append(RECEIVE_AT, Math.min(size, 250_000));
    }
    await turn();
    transport.readAll();
    await turn();
    const wanted = sizes.map((size, index) => [index + 1, Math.min(size, 250_000)]);
    expect(runs(transport.output())).toEqual(wanted);
  });

  it('is congested from four slabs in flight on, choked from sixteen on, and says when both end', () => {
    const { outbox, transport, relief } = open(false);
    const slabs = (count: number) => {
      for (let i = 0; i < count; i++) put(outbox, i, SLAB_BYTES);
    };
    slabs(4);
    expect(outbox).toMatchObject({ congested: false, choked: false });
    slabs(1);
    expect(outbox).toMatchObject({ congested: true, choked: false });
    slabs(11);
    expect(outbox).toMatchObject({ congested: true, choked: false });
    slabs(1);
    expect(outbox).toMatchObject({ congested: true, choked: true });
    transport.take(8);
    expect(outbox).toMatchObject({ congested: true, choked: true });
    expect(relief()).toBe(0);
    transport.take(1);
    expect(outbox).toMatchObject({ congested: true, choked: false });
    expect(relief()).toBe(1);
    transport.take(5);
    expect(outbox.congested).toBe(true);
    transport.take(1);
    expect(outbox.congested).toBe(false);
    expect(relief()).toBe(2);
  });

  it('writes a method longer than a slab as one frame', async () => {
    const { outbox, transport } = open();
    put(outbox, 8, 5);
    transport.output();
    const writer = new Writer();
    writer.long((10 << 16) | 10);
    writer.octet(0);
    writer.octet(9);
    writer.long(0);
    writer.longstr(new Uint8Array(150_000).fill(65));
    writer.longstr('en_US');
    outbox.method(0, writer);
    await turn();
    const [frame] = framesOf(transport.output().subarray(5));
    expect(frame).toMatchObject({ type: 'method', method: { name: 'connection.start' } });
  });

  it('sends what is left before the end', async () => {
    const { outbox, transport } = open(false);
    put(outbox, 1, SLAB_BYTES);
    put(outbox, 2, 10);
    outbox.finish();
    expect(transport.ended).toBe(false);
    transport.take();
    expect(transport.ended).toBe(false);
    transport.take();
    expect(transport.ended).toBe(true);
    expect(runs(transport.output())).toEqual([
      [1, SLAB_BYTES],
      [2, 10],
    ]);
  });

  it('ends at once when nothing is left, and drops what comes afterwards', async () => {
    const { outbox, transport } = open();
    outbox.finish();
    expect(transport.ended).toBe(true);
    put(outbox, 1, 3 * SLAB_BYTES);
    await turn();
    expect(transport.output()).toHaveLength(0);
    expect(outbox.congested).toBe(true);
  });

  it('takes no more memory when it is abandoned over and over again', async () => {
    const abandoned = async (): Promise<void> => {
      const { outbox } = open(false);
      put(outbox, 1, 20 * SLAB_BYTES);
      await turn();
      outbox.abandon();
      put(outbox, 1, 20 * SLAB_BYTES);
      await turn();
    };
    await abandoned();
    const used = usedBytes();
    for (let i = 0; i < 10; i++) await abandoned();
    expect(usedBytes()).toBe(used);
  });
});
