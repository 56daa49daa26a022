import { afterEach, describe, expect, it } from 'vitest';
import { largestUser, type MemoryUsers } from '../../src/broker/memory-users.ts';
import { addForeignBytes } from '../../src/kit/memory.ts';
import { addReference, dropReference, reserveRecord } from '../../src/model/record.ts';

const MIB = 2 ** 20;
const records: number[] = [];
let received = 0;

afterEach(() => {
  for (const record of records.splice(0)) dropReference(record);
  addForeignBytes(-received);
  received = 0;
});

function queue(name: string, memoryBytes: number, consumers = 0) {
  return { name, memoryBytes, consumers: { count: consumers } };
}

/** One that holds so many deliveries of a MiB each. */
function connection(name: string, unacked: number, unsentBytes = 0) {
  const held = Array.from({ length: unacked }, () => {
    const record = reserveRecord(MIB, 0);
    addReference(record);
    records.push(record);
    return record;
  });
  return {
    name,
    unsentBytes,
    visitRecords: (visit: (record: number) => number) => {
      for (const record of held) expect(visit(record)).toBe(record);
    },
  };
}

function users(
  queues: Readonly<Record<string, readonly ReturnType<typeof queue>[]>>,
  connections: readonly ReturnType<typeof connection>[] = [],
): MemoryUsers {
  const vhosts = Object.entries(queues).map(([vhost, all]): [string, object] => [
    vhost,
    { queues: new Map(all.map((each) => [each.name, each])) },
  ]);
  return { vhosts: new Map(vhosts) as MemoryUsers['vhosts'], connections };
}

describe('who takes most memory', () => {
  it('is nobody where nobody takes any', () => {
    expect(largestUser(users({ '/': [queue('q', 0)] }, [connection('c', 0)]), 0)).toBe('');
  });

  it('is the largest queue of all vhosts, with its consumers counted', () => {
    const queues = {
      '/': [queue('small', MIB), queue('middling', 2 * MIB, 2)],
      shop: [queue('billing', 3.1 * 1024 * MIB, 1)],
    };
    expect(largestUser(users(queues), 100)).toBe(
      "queue 'billing' in vhost 'shop' holds 3.1 GiB in memory, 1 consumer",
    );
  });

  it('is a client that acknowledges too little', () => {
    const connections = [connection('a', 1), connection('b', 3)];
    expect(largestUser(users({ '/': [queue('q', 2 * MIB)] }, connections), 0)).toBe(
      'the client of connection b has 3.0 MiB not acknowledged',
    );
  });

  it('is a client that does not read', () => {
    expect(largestUser(users({}, [connection('a', 1, 5 * MIB), connection('b', 3)]), 0)).toBe(
      'the client of connection a has 5.0 MiB not read yet',
    );
  });

  it('is whatever is being received', () => {
    received = 7 * MIB;
    addForeignBytes(received);
    expect(largestUser(users({ '/': [queue('q', MIB)] }), 0)).toBe(
      'messages that have come in part hold 7.0 MiB',
    );
  });

  it('is the broker itself', () => {
    expect(largestUser(users({ '/': [queue('q', MIB)] }), 90 * MIB)).toBe(
      'the broker itself takes 90.0 MiB besides messages',
    );
  });

  it('is told in words that leave room, however long the names are', () => {
    const text = largestUser(users({ [`${'v'.repeat(255)}`]: [queue('q'.repeat(255), MIB)] }), 0);
    expect(text).toMatch(/^queue 'q{60}…' in vhost 'v{60}…' holds 1\.0 MiB/);
  });
});
