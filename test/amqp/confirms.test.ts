import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Confirms } from '../../src/amqp/confirms.ts';
import { FlushList } from '../../src/amqp/flush-list.ts';
import { Outbox } from '../../src/amqp/outbox.ts';
import { turn } from '../kit/memory-node.ts';
import { MemoryTransport } from '../kit/memory-transport.ts';
import { framesOf } from '../kit/scripted-peer.ts';
import { SlowLog } from '../kit/slow-log.ts';

let log: SlowLog;
let transport: MemoryTransport;
let outbox: Outbox;
let confirms: Confirms;
let changes: number;

beforeEach(() => {
  log = new SlowLog();
  transport = new MemoryTransport();
  outbox = new Outbox(transport, new FlushList(), () => {});
  changes = 0;
  confirms = new Confirms(5, outbox, log, () => {
    changes++;
  });
});

afterEach(() => {
  outbox.abandon();
});

/** What the publisher is told: `+3` a tag that is confirmed, `+*3` all up to it, `-4` one refused. */
async function told(): Promise<string[]> {
  confirms.flush();
  await turn();
  return framesOf(transport.output()).map((frame) => {
    if (frame.type !== 'method' || frame.channel !== 5) return 'something else';
    const { method } = frame;
    if (method.name === 'basic.ack') return `+${method.multiple ? '*' : ''}${method.deliveryTag}`;
    return method.name === 'basic.nack' ? `-${method.deliveryTag}` : method.name;
  });
}

const publishDurable = (): void => confirms.accepted(log.append());
const publishTransient = (): void => confirms.accepted(0);

describe('confirms', () => {
  it('tell one publish by its own tag and several with one frame', async () => {
    publishTransient();
    expect(await told()).toEqual(['+1']);
    for (let i = 0; i < 5; i++) publishTransient();
    expect(await told()).toEqual(['+*6']);
    expect(await told()).toEqual([]);
  });

  it('ask to be flushed once for all publishes of a read', async () => {
    for (let i = 0; i < 5; i++) publishTransient();
    expect(changes).toBe(1);
    await told();
    publishTransient();
    expect(changes).toBe(2);
  });

  it('wait for the log', async () => {
    publishDurable();
    publishDurable();
    publishDurable();
    expect(await told()).toEqual([]);
    log.sync(2);
    expect(await told()).toEqual(['+*2']);
    log.sync(3);
    expect(await told()).toEqual(['+3']);
  });

  it('keep the order of publishing: nothing overtakes what the log has not made durable', async () => {
    publishDurable();
    publishTransient();
    publishTransient();
    expect(await told()).toEqual([]);
    publishDurable();
    log.sync(1);
    expect(await told()).toEqual(['+*3']);
    log.sync(2);
    expect(await told()).toEqual(['+4']);
  });

  it('refuse at once, and confirm behind that what came before it', async () => {
    publishTransient();
    publishTransient();
    confirms.refused();
    publishTransient();
    expect(await told()).toEqual(['+*2', '-3', '+4']);
  });

  it('refuse a publish while others wait, which are confirmed later', async () => {
    publishDurable();
    confirms.refused();
    publishDurable();
    expect(await told()).toEqual(['-2']);
    log.sync(1);
    expect(await told()).toEqual(['+1']);
    log.sync(2);
    // The refused one is behind the publisher; all up to 3 are 1 and 3.
    expect(await told()).toEqual(['+*3']);
  });

  it('say each tag once when many wait and the log goes on in steps of any size', async () => {
    const total = 5000;
    for (let i = 0; i < total; i++) {
      if (i % 3 === 0) publishTransient();
      else publishDurable();
    }
    const tags: number[] = [];
    for (const step of [1, 1, 700, 1500, 2, 4000]) {
      log.sync(Math.min(log.appended, log.durable + step));
      for (const each of await told()) tags.push(Number(each.replace(/[+*]+/, '')));
    }
    expect(tags).toEqual([...tags].sort((a, b) => a - b));
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags.at(-1)).toBe(total);
    publishDurable();
    expect(await told()).toEqual([]);
    log.sync(log.appended);
    expect(await told()).toEqual([`+${total + 1}`]);
  });

  it('ask the log once for each batch, however many publishes it holds', () => {
    for (let i = 0; i < 100; i++) publishDurable();
    expect(log.waiting).toBe(1);
    log.sync(40);
    expect(log.waiting).toBe(1);
    log.sync(100);
    expect(log.waiting).toBe(0);
  });

  it('never confirm what a log was given that had failed, nor what comes behind it', async () => {
    publishDurable();
    log.sync();
    log.fail(new Error('EIO'));
    // A log that counts no longer gives the last position again.
    confirms.accepted(log.durable);
    publishDurable();
    publishTransient();
    expect(await told()).toEqual(['+1']);
    expect(log.waiting).toBe(0);
  });

  it('confirm what became durable before the log failed, and nothing behind that', async () => {
    publishDurable();
    publishDurable();
    log.sync(1);
    log.fail(new Error('EIO'));
    publishDurable();
    expect(await told()).toEqual(['+1']);
  });

  it('say nothing more once the channel is closed', async () => {
    publishDurable();
    confirms.close();
    log.sync(1);
    expect(changes).toBe(0);
    expect(await told()).toEqual([]);
  });
});

describe('the counts of confirms', () => {
  const counts = () => [confirms.published, confirms.confirmed, confirms.unconfirmed];

  it('are those of which the publisher knows', async () => {
    publishTransient();
    publishDurable();
    expect(counts()).toEqual([2, 0, 2]);
    await told();
    expect(counts()).toEqual([2, 1, 1]);
    log.sync();
    await told();
    expect(counts()).toEqual([2, 2, 0]);
  });

  it('take what was refused for neither confirmed nor open', async () => {
    confirms.refused();
    expect(counts()).toEqual([1, 0, 0]);
    publishDurable();
    confirms.refused();
    confirms.refused();
    publishDurable();
    confirms.refused();
    expect(counts()).toEqual([6, 0, 2]);
    log.sync();
    await told();
    expect(counts()).toEqual([6, 2, 0]);
    publishTransient();
    await told();
    expect(counts()).toEqual([7, 3, 0]);
  });
});
