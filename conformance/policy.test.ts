import { afterEach, describe, expect, it } from 'vitest';
import { authority, request } from './kit/authority.ts';
import { eventually, fill, got, numbered, ready } from './kit/messages.ts';
import { Peer } from './kit/peer.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import type { Table } from './kit/wire.ts';

const broker = await authority();
const { username, password } = new URL(broker.url);
const login = `${username || 'guest'}:${password || 'guest'}`;
const run = `policy.${process.pid}`;
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const api = (method: string, path: string, body?: object) =>
  request(broker.managementUrl, login, method, path, body);

type Kind = 'policies' | 'operator-policies';

interface Set {
  readonly pattern?: string;
  readonly kind?: Kind;
  readonly priority?: number;
  readonly name?: string;
}

async function clear(kind: Kind = 'policies', name = run): Promise<void> {
  await api('DELETE', `/${kind}/%2F/${name}`);
}

/** Sets a policy for all queues and exchanges of these tests, or says why it may not be. */
async function set(definition: object, options: Set = {}): Promise<string> {
  const { kind = 'policies', name = run, ...rest } = options;
  const body = { pattern: `^${run}`, definition, ...rest };
  const { status, text } = await api('PUT', `/${kind}/%2F/${name}`, body);
  undo.push(() => clear(kind, name));
  if (status < 300) return 'ok';
  return JSON.parse(text).reason.replaceAll('&lt;', '<').replaceAll('&gt;', '>');
}

async function channel(): Promise<PeerChannel> {
  const peer = await Peer.connect(broker.url);
  undo.push(() => peer.close());
  return peer.channel();
}

const types = [
  ['a classic queue', {}],
  ['a quorum queue', { 'x-queue-type': 'quorum' }],
] as const;

let count = 0;

async function queueOn(ch: PeerChannel, args: Table = {}): Promise<string> {
  const name = `${run}.${count++}`;
  undo.push(() => ch.call('queue.delete', { queue: name }));
  return ch.queue(name, { durable: true, arguments: args });
}

describe.each(types)('a policy for %s', (_, type) => {
  it('with a length takes away what is too much at once', async () => {
    const ch = await channel();
    const queue = await queueOn(ch, type);
    fill(ch, queue, numbered(6));
    await ready(ch, queue, 6);
    await set({ 'max-length': 2 });
    await ready(ch, queue, 2);
    expect(await ch.drain(queue)).toEqual(['m5', 'm6']);
  });

  it('cannot lengthen what the queue was declared with', async () => {
    const ch = await channel();
    const queue = await queueOn(ch, { ...type, 'x-max-length': 1 });
    await set({ 'max-length': 3 });
    await ch.confirmSelect();
    for (const body of numbered(3)) await ch.publishConfirmed({ routingKey: queue }, body);
    await ready(ch, queue, 1);
    expect(await ch.drain(queue)).toEqual(['m3']);
  });

  it('with a dead-letter exchange holds for messages from before, until it goes', async () => {
    const ch = await channel();
    const dead = await ch.queue('', { exclusive: true });
    const queue = await queueOn(ch, type);
    fill(ch, queue, numbered(2));
    await ready(ch, queue, 2);
    await set({ 'max-length': 1, 'dead-letter-exchange': '', 'dead-letter-routing-key': dead });
    expect((await got(ch, dead)).content.text).toBe('m1');
    await clear();
    fill(ch, queue, numbered(2));
    await ready(ch, queue, 3);
  });

  it('does not take the place of a dead-letter exchange in the arguments', async () => {
    const ch = await channel();
    const own = await ch.queue('', { exclusive: true });
    const other = await ch.queue('', { exclusive: true });
    const queue = await queueOn(ch, {
      ...type,
      'x-max-length': 1,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': own,
    });
    await set({ 'dead-letter-exchange': '', 'dead-letter-routing-key': other });
    fill(ch, queue, numbered(2));
    expect((await got(ch, own)).content.text).toBe('m1');
    expect(await ch.get(other)).toBeUndefined();
  });

  it('with a time to live is for messages that come from then on', async () => {
    const ch = await channel();
    const queue = await queueOn(ch, type);
    const later = await queueOn(ch, type);
    fill(ch, queue, ['early']);
    await ready(ch, queue, 1);
    await set({ 'message-ttl': 100 });
    const confirming = await channel();
    await confirming.confirmSelect();
    expect(await confirming.publishConfirmed({ routingKey: later }, 'late')).toBe('ack');
    await ready(ch, later, 0);
    fill(ch, queue, ['late']);
    await ready(ch, queue, 2);
    expect((await got(ch, queue)).content.text).toBe('early');
    await ready(ch, queue, 0);
  });
});

describe('a policy', () => {
  it('lets a classic queue end that nobody uses', async () => {
    const ch = await channel();
    const queue = await queueOn(ch);
    await set({ expires: 200 });
    await eventually('the queue to go', async () => {
      const { status } = await api('GET', `/queues/%2F/${queue}`);
      return status === 404;
    });
  });

  it('refuses messages for a full queue if it says so, and no longer when it has gone', async () => {
    const ch = await channel();
    const queue = await queueOn(ch);
    await ch.confirmSelect();
    await set({ 'max-length': 1, overflow: 'reject-publish' });
    expect(await ch.publishConfirmed({ routingKey: queue }, 'a')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'b')).toBe('nack');
    await clear();
    await eventually('a message to be taken', async () => {
      return (await ch.publishConfirmed({ routingKey: queue }, 'c')) === 'ack';
    });
  });

  it('gives an alternate to an exchange that has none', async () => {
    const ch = await channel();
    const unrouted = await ch.queue('', { exclusive: true });
    const exchange = `${run}.x`;
    undo.push(() => ch.call('exchange.delete', { exchange }));
    await ch.call('exchange.declare', { exchange, type: 'direct' });
    await ch.call('queue.bind', { queue: unrouted, exchange: 'amq.fanout' });
    ch.publish({ exchange, routingKey: 'nowhere' }, 'lost');
    await set({ 'alternate-exchange': 'amq.fanout' });
    await eventually('a message by the alternate exchange', async () => {
      ch.publish({ exchange, routingKey: 'nowhere' }, 'kept');
      const message = await ch.get(unrouted);
      return message?.content.text === 'kept';
    });
  });

  it('holds for queues of a connection and for those that the server named', async () => {
    const ch = await channel();
    await set({ 'max-length': 1 }, { pattern: `^(${run}|amq.gen)` });
    const named = await ch.queue('', { exclusive: true });
    fill(ch, named, numbered(3));
    await ready(ch, named, 1);
  });

  it('gives way to one of a higher priority', async () => {
    const ch = await channel();
    const queue = await queueOn(ch);
    await set({ 'max-length': 1 }, { priority: 1 });
    await set({ 'max-length': 3 }, { priority: 2, name: `${run}.high` });
    await ch.confirmSelect();
    for (const body of numbered(5)) await ch.publishConfirmed({ routingKey: queue }, body);
    await ready(ch, queue, 3);
    await clear('policies', `${run}.high`);
    await ready(ch, queue, 1);
  });

  it('of an operator limits what a policy allows', async () => {
    const ch = await channel();
    const queue = await queueOn(ch);
    await set({ 'max-length': 4 });
    await set({ 'max-length': 2 }, { kind: 'operator-policies' });
    await ch.confirmSelect();
    for (const body of numbered(5)) await ch.publishConfirmed({ routingKey: queue }, body);
    await ready(ch, queue, 2);
  });

  it('of an operator cannot say all that a policy can', async () => {
    expect(await set({ 'dead-letter-exchange': 'x' }, { kind: 'operator-policies' })).toBe(
      'Validation failed\n\n' +
        '[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings\n',
    );
  });

  it.each([
    [{ 'max-length': -5 }, '-5 is not a valid maximum length'],
    [{ 'message-ttl': 'x' }, '<<"x">> is not a valid message TTL'],
    [{ overflow: 'foo' }, '<<"foo">> is not a valid overflow value'],
    [{ nonsense: 5 }, '[{<<"nonsense">>,5}] are not recognised policy settings'],
    [{}, 'no policy provided'],
  ])('may not say %j', async (definition, text) => {
    expect(await set(definition)).toBe(`Validation failed\n\n${text}\n`);
  });
});
