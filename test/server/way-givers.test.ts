import { describe, expect, it } from 'vitest';
import { type WayGiver, WayGivers } from '../../src/server/way-givers.ts';

/** A socket that keeps what it was told, and whom others may wait for. */
class Socket implements WayGiver {
  times = 0;
  readonly read: Promise<void>;
  #tell: () => void = () => {};

  constructor() {
    this.read = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  readAgain(): void {
    this.times += 1;
    this.#tell();
  }
}

describe('a socket that gives way', () => {
  it('is read again behind three reads of others', () => {
    const givers = new WayGivers();
    const socket = new Socket();
    givers.noteRead();
    givers.add(socket);
    givers.noteRead();
    givers.noteRead();
    expect(socket.times).toBe(0);
    givers.noteRead();
    expect(socket.times).toBe(1);
    for (let i = 0; i < 5; i++) givers.noteRead();
    expect(socket.times).toBe(1);
  });

  it('is read again when nobody else has anything to say', async () => {
    const givers = new WayGivers();
    const socket = new Socket();
    givers.add(socket);
    expect(socket.times).toBe(0);
    await socket.read;
    expect(socket.times).toBe(1);
  });

  it('is read again when there are too few reads of others', async () => {
    const givers = new WayGivers();
    const socket = new Socket();
    givers.add(socket);
    givers.noteRead();
    givers.noteRead();
    expect(socket.times).toBe(0);
    await socket.read;
    givers.noteRead();
    expect(socket.times).toBe(1);
  });

  it('waits for three reads of its own, however many wait already', () => {
    const givers = new WayGivers();
    const sockets = [new Socket(), new Socket(), new Socket()];
    const times = () => sockets.map((socket) => socket.times);
    for (const socket of sockets) {
      givers.add(socket);
      givers.noteRead();
    }
    expect(times()).toEqual([1, 0, 0]);
    givers.noteRead();
    expect(times()).toEqual([1, 1, 0]);
    givers.noteRead();
    expect(times()).toEqual([1, 1, 1]);
  });

  it('is read again together with all others when time is up, in their order', async () => {
    const givers = new WayGivers();
    const order: number[] = [];
    const last = new Socket();
    for (const number of [1, 2, 3]) givers.add({ readAgain: () => order.push(number) });
    givers.noteRead();
    givers.add(last);
    await last.read;
    expect(order).toEqual([1, 2, 3]);
  });

  it('may give way again at once, and waits anew', async () => {
    const givers = new WayGivers();
    const afterwards = new Socket();
    let times = 0;
    const eager: WayGiver = {
      readAgain: () => {
        times += 1;
        givers.add(times === 1 ? eager : afterwards);
      },
    };
    givers.add(eager);
    for (let i = 0; i < 3; i++) givers.noteRead();
    expect(times).toBe(1);
    await afterwards.read;
    expect(times).toBe(2);
    expect(afterwards.times).toBe(1);
  });

  it('has time of its own when the one before was let go by reads', async () => {
    const givers = new WayGivers();
    for (let round = 0; round < 3; round++) {
      const byReads = new Socket();
      givers.add(byReads);
      for (let i = 0; i < 3; i++) givers.noteRead();
      expect(byReads.times).toBe(1);
      const byTime = new Socket();
      givers.add(byTime);
      await byTime.read;
      expect([byReads.times, byTime.times]).toEqual([1, 1]);
    }
  });
});
