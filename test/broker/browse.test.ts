import { afterEach, beforeEach, expect, test } from 'vitest';
import { peekMessages, takeMessages } from '../../src/broker/browse.ts';
import { post } from '../../src/broker/post.ts';
import { accepted, refused, unroutable } from '../../src/broker/publish.ts';
import { Overflow } from '../../src/store/overflow.ts';
import { noRecords } from '../queues/fixtures.ts';
import { ScratchDisk } from '../queues/scratch-disk.ts';
import { bodiesIn, brokerOf, Desk, outcomeOf } from './fixtures.ts';

const BODY_MAX = 1000;
const all = { count: Infinity, bytes: Infinity };

let desk: Desk;

beforeEach(() => {
  desk = new Desk(brokerOf());
});

afterEach(() => {
  desk.broker.close();
  expect(noRecords()).toBe(true);
});

function postTo(routingKey: string, body: string): number {
  const bytes = new TextEncoder().encode(body);
  return post(desk, { exchange: '', routingKey, properties: {}, body: bytes }, BODY_MAX).outcome;
}

function textsOf(messages: readonly { readonly body: Uint8Array }[]): string[] {
  return messages.map(({ body }) => new TextDecoder().decode(body));
}

test('a posted message reaches its queue, and is counted like any other', () => {
  const queue = desk.queue('q');
  expect(postTo('q', 'hello')).toBe(accepted);
  expect(bodiesIn(queue)).toEqual(['hello']);
  expect(postTo('none', 'hello')).toBe(unroutable);
  const { published } = desk.vhost.totals();
  expect(published).toMatchObject({ publish: 2, returnUnroutable: 1, dropUnroutable: 0 });
});

test('a full queue refuses a posted message', () => {
  desk.queue('q', { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
  expect(postTo('q', 'a')).toBe(accepted);
  expect(postTo('q', 'b')).toBe(refused);
});

test('a body that is too long is refused', () => {
  desk.queue('q');
  expect(outcomeOf(() => postTo('q', 'x'.repeat(BODY_MAX + 1)))).toBe(
    'PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000',
  );
});

test('messages that were only looked at come back as they stood', () => {
  const queue = desk.queue('q');
  for (const body of ['a', 'b', 'c']) postTo('q', body);
  const taken = takeMessages(desk, 'q', { count: 2, bytes: Infinity }, 'requeued');
  expect(taken.map(({ left, redelivered }) => [left, redelivered])).toEqual([
    [2, false],
    [1, false],
  ]);
  expect(bodiesIn(queue)).toEqual(['a', 'b', 'c']);
  expect(queue.unacked).toBe(0);
  const again = takeMessages(desk, 'q', all, 'gone');
  expect(again.map(({ redelivered }) => redelivered)).toEqual([true, true, false]);
  expect(queue.ready).toBe(0);
});

test('no more bodies are taken than there is room for', () => {
  desk.queue('q');
  for (const body of ['aaaa', 'bbbb', 'cccc']) postTo('q', body);
  expect(textsOf(takeMessages(desk, 'q', { count: 9, bytes: 5 }, 'gone'))).toEqual([
    'aaaa',
    'bbbb',
  ]);
});

test('peeking leaves messages alone, also those that had come back and those on disk', async () => {
  desk.broker.close();
  const overflow = await Overflow.open(new ScratchDisk());
  desk = new Desk(brokerOf({ overflow }));
  const queue = desk.queue('q');
  for (let i = 0; i < 8; i++) postTo('q', `${i}`);
  takeMessages(desk, 'q', { count: 2, bytes: Infinity }, 'requeued');
  expect(queue.pageOut(0)).toBeGreaterThan(0);
  const peek = (offset: number, count: number) =>
    textsOf(peekMessages(desk, 'q', offset, { count, bytes: Infinity }));
  expect(peek(0, 3)).toEqual(['0', '1', '2']);
  expect(peek(1, 4)).toEqual(['1', '2', '3', '4']);
  expect(peek(6, 10)).toEqual(['6', '7']);
  expect(peek(8, 1)).toEqual([]);
  const [first, , third] = peekMessages(desk, 'q', 0, all);
  expect([first?.redelivered, third?.redelivered]).toEqual([true, false]);
  expect([queue.ready, queue.unacked]).toEqual([8, 0]);
  expect(textsOf(takeMessages(desk, 'q', all, 'gone')).join('')).toBe('01234567');
});

test('a quorum queue with a single active consumer gives nothing away', () => {
  const arguments_ = { 'x-queue-type': 'quorum', 'x-single-active-consumer': true };
  desk.queue('q', arguments_, { durable: true });
  expect(outcomeOf(() => takeMessages(desk, 'q', all, 'gone'))).toContain('RESOURCE_LOCKED');
});
