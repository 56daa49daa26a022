import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { type Extent, Overflow } from '../../src/store/overflow.ts';
import { ScratchDisk } from '../queues/scratch-disk.ts';

interface Message {
  readonly seq: number;
  readonly flags: number;
  readonly expiresAt: number;
  readonly body: string;
}

const MIB = 1024 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let disk: ScratchDisk;
let overflow: Overflow;

beforeEach(async () => {
  disk = new ScratchDisk();
  overflow = await Overflow.open(disk);
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

function add({ seq, flags, expiresAt, body }: Message): void {
  const bytes = encoder.encode(body);
  u8.set(bytes, RECEIVE_AT + 1);
  overflow.add(seq, flags, expiresAt, RECEIVE_AT + 1, bytes.length);
}

function message(seq: number, body = `body ${seq}`): Message {
  return { seq, flags: seq % 256, expiresAt: seq % 2 === 0 ? Infinity : seq + 0.5, body };
}

function write(...messages: Message[]): Extent {
  for (const one of messages) add(one);
  const extent = overflow.write();
  if (extent === undefined) throw new Error('no room');
  return extent;
}

/** An extent of about so many bytes. */
function writeBytes(bytes: number): Extent {
  return write(message(0, 'x'.repeat(bytes - 24)));
}

function collector() {
  const messages: Message[] = [];
  const visit: Parameters<Overflow['readNow']>[1] = (
    seq,
    flags,
    expiresAt,
    returns,
    bytes,
    at,
    length,
  ) => {
    expect(returns).toBe(0);
    messages.push({ seq, flags, expiresAt, body: decoder.decode(bytes.slice(at, at + length)) });
  };
  return { messages, visit };
}

function readNow(extent: Extent): Message[] {
  const { messages, visit } = collector();
  overflow.readNow(extent, visit);
  return messages;
}

async function read(extent: Extent): Promise<Message[]> {
  const { messages, visit } = collector();
  const error = await new Promise((resolve) => overflow.read(extent, visit, resolve));
  if (error !== undefined) throw error;
  return messages;
}

describe('what is written to the overflow', () => {
  it('comes back as it was, at once and later', async () => {
    const [one, other] = [[message(3)], [4, 5, 2 ** 50].map((seq) => message(seq))];
    const [first, second] = [write(...one), write(...other)];
    expect([readNow(first), readNow(second)]).toEqual([one, other]);
    expect([await read(second), await read(first)]).toEqual([other, one]);
  });

  it('is counted on its way out and on its way back', () => {
    const extent = write(message(1), message(2));
    expect(overflow.traffic).toEqual({ written: 2, read: 0 });
    overflow.readNow(extent, collector().visit);
    expect(overflow.traffic).toEqual({ written: 2, read: 2 });
  });

  it('comes back however large it is', async () => {
    const messages = [message(1), message(2, 'y'.repeat(200_000)), message(3, '')];
    const many = [...messages, ...messages, ...messages, ...messages];
    const extent = write(...many);
    expect(await read(extent)).toEqual(many);
    expect(readNow(write(message(7)))).toEqual([message(7)]);
  });

  it('is not known before the call has returned', () => {
    let done = false;
    overflow.read(
      write(message(1)),
      () => {},
      () => {
        done = true;
      },
    );
    expect(done).toBe(false);
  });

  it('comes back whatever is written and freed around it', async () => {
    const step = fc.oneof(
      fc.record({ size: fc.integer({ min: 0, max: 60_000 }) }),
      fc.record({ free: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const kept: { extent: Extent; body: string }[] = [];
        for (const [i, one] of steps.entries()) {
          if ('size' in one) {
            const body = String(i).padEnd(one.size, '.');
            kept.push({ extent: write(message(i, body)), body });
            await turn();
          } else if (kept.length > 0) {
            const [gone] = kept.splice(one.free % kept.length, 1);
            if (gone !== undefined) overflow.free(gone.extent);
          }
          for (const { extent, body } of kept) expect(readNow(extent)[0]?.body).toBe(body);
        }
        for (const { extent } of kept) overflow.free(extent);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the room of the overflow', () => {
  it('is used again', async () => {
    for (let i = 0; i < 100; i++) {
      const extents = [writeBytes(MIB), writeBytes(MIB)];
      await turn();
      for (const extent of extents) overflow.free(extent);
      await turn();
    }
    const sizes = await Promise.all([...disk.files.values()].map((file) => file.size()));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * MIB);
    expect(sizes.length).toBeLessThanOrEqual(2);
  });

  it('is used again where it is, behind something that stays', async () => {
    writeBytes(100);
    for (let i = 0; i < 200; i++) overflow.free(writeBytes(MIB));
    await turn();
    const sizes = await Promise.all([...disk.files.values()].map((file) => file.size()));
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(4 * MIB);
  });

  it('goes on in another file, and files go when nothing is left in them', async () => {
    const extents: Extent[] = [];
    for (let i = 0; i < 160; i++) {
      extents.push(writeBytes(MIB));
      await turn();
    }
    expect(disk.openFiles).toBe(4);
    const paths = extents.map((extent) => extent.file.file.path);
    expect(new Set(paths).size).toBe(3);
    for (const extent of extents) overflow.free(extent);
    await turn();
    expect([disk.openFiles, disk.files.size]).toEqual([1, 1]);
  });

  it('holds what is larger than a file', async () => {
    writeBytes(MIB);
    await turn();
    const large = Array.from({ length: 90 }, (_, i) => message(i, 'z'.repeat(MIB)));
    const extent = write(...large);
    expect(readNow(extent).map(({ body }) => body.length)).toEqual(large.map(() => MIB));
    overflow.free(extent);
    await turn();
    expect(disk.openFiles).toBe(2);
  });

  it('may be there a moment later', async () => {
    const whole = message(0, 'x'.repeat(64 * MIB - 24));
    const first = write(whole);
    add(whole);
    expect(overflow.write()).toBeUndefined();
    await turn();
    const second = write(whole);
    expect(second.file).not.toBe(first.file);
  });

  it('is told of when no file can be opened, until one can', async () => {
    const whole = message(0, 'x'.repeat(64 * MIB - 24));
    disk.broken.add('open');
    write(whole);
    await turn();
    add(whole);
    expect(() => overflow.write()).toThrow('no open');
    disk.broken.clear();
    await turn();
    add(whole);
    expect(() => overflow.write()).toThrow('no open');
    await turn();
    write(whole);
  });
});

describe('an extent that is freed', () => {
  it('is not visited by who was about to read it', async () => {
    disk.held = true;
    const extent = write(message(1));
    const { messages, visit } = collector();
    const done = new Promise((resolve) => overflow.read(extent, visit, resolve));
    overflow.free(extent);
    const next = write(message(2));
    disk.flush();
    expect(await done).toBeUndefined();
    expect(messages).toEqual([]);
    expect(readNow(next)).toEqual([message(2)]);
  });

  it('leaves its file open for who reads it', async () => {
    const extent = write(message(1));
    await turn();
    disk.held = true;
    const done = new Promise((resolve) => overflow.read(extent, () => {}, resolve));
    overflow.free(extent);
    await turn();
    expect(disk.openFiles).toBe(2);
    disk.flush();
    expect(await done).toBeUndefined();
    await turn();
    expect([disk.openFiles, disk.files.size]).toEqual([1, 1]);
  });
});

describe('a disk that fails', () => {
  it('is told of by who writes, and takes no room', async () => {
    disk.broken.add('write');
    expect(() => writeBytes(MIB)).toThrow('no write');
    disk.broken.clear();
    const extent = write(message(1));
    expect(extent.block).toBe(0);
    expect(readNow(extent)).toEqual([message(1)]);
  });

  it('is told of by who reads', async () => {
    const extent = write(message(1));
    disk.broken.add('read');
    expect(() => readNow(extent)).toThrow('no read');
    await expect(read(extent)).rejects.toThrow('no read');
    disk.broken.clear();
    expect(await read(extent)).toEqual([message(1)]);
  });

  it('is told of when a file has become shorter', async () => {
    const extent = write(message(1));
    await extent.file.file.truncate(10);
    expect(() => readNow(extent)).toThrow('ends within a message');
    await expect(read(extent)).rejects.toThrow('ends within a message');
  });

  it('may keep a file that is not needed', async () => {
    const extent = write(message(1));
    await turn();
    disk.broken.add('remove');
    overflow.free(extent);
    await turn();
    expect(disk.openFiles).toBe(1);
    expect(readNow(write(message(2)))).toEqual([message(2)]);
  });
});

describe('an overflow', () => {
  it('empties its folder when it is opened', async () => {
    const left = await disk.open('overflow/77');
    await left.close();
    expect([...disk.files.keys()]).toContain('overflow/77');
    await Overflow.open(disk);
    expect(disk.folders).toEqual(['overflow', 'overflow']);
    expect([...disk.files.keys()]).toEqual(['overflow/1']);
  });

  it('holds nothing open after it is closed', async () => {
    const extent = writeBytes(MIB);
    await overflow.close();
    expect([disk.openFiles, disk.files.size]).toEqual([0, 0]);
    overflow.free(extent);
    add(message(1));
    expect(overflow.write()).toBeUndefined();
  });
});
