import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { field, type Table, type Value } from './kit/wire.ts';

const broker = await target();

/** Which of the messages, given by their header tables, a binding with these arguments takes. */
async function taken(binding: Table, messages: readonly (Table | undefined)[]): Promise<number[]> {
  const ch = await broker.channel();
  const exchange = broker.name('x');
  await ch.call('exchange.declare', { exchange, type: 'headers' });
  const queue = await ch.queue(broker.name('q'));
  await ch.call('queue.bind', { queue, exchange, routingKey: 'ignored', arguments: binding });
  for (const [at, headers] of messages.entries()) {
    ch.publish({ exchange, routingKey: 'any' }, String(at), headers ? { headers } : {});
  }
  return (await ch.drain(queue)).map(Number);
}

const messages: readonly (Table | undefined)[] = [
  undefined,
  {},
  { a: 1 },
  { b: 'two' },
  { a: 1, b: 'two' },
  { a: 1, b: 'two', c: true },
  { a: 2, b: 'two' },
  { a: '1', b: 'other' },
];

describe('a headers exchange', () => {
  it.each<[string, Table, number[]]>([
    ['all', { 'x-match': 'all', a: 1, b: 'two' }, [4, 5]],
    ['all when x-match is absent', { a: 1, b: 'two' }, [4, 5]],
    ['any', { 'x-match': 'any', a: 1, b: 'two' }, [2, 3, 4, 5, 6]],
    ['everything by all of nothing', { 'x-match': 'all' }, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['everything by no arguments', {}, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['nothing by any of nothing', { 'x-match': 'any' }, []],
  ])('matches %s', async (_, binding, expected) => {
    expect(await taken(binding, messages)).toEqual(expected);
  });

  it('takes a void argument for presence: any value matches', async () => {
    expect(await taken({ a: null }, messages)).toEqual([2, 4, 5, 6, 7]);
    expect(await taken({ 'x-match': 'any', a: null, c: null }, messages)).toEqual([2, 4, 5, 6, 7]);
  });

  it('leaves x- arguments out with all and any', async () => {
    const sent = [{ 'x-a': 1 }, { a: 1 }, { a: 1, 'x-a': 1 }, { a: 1, 'x-a': 2 }];
    expect(await taken({ 'x-match': 'all', a: 1, 'x-a': 1 }, sent)).toEqual([1, 2, 3]);
    expect(await taken({ 'x-match': 'any', a: 9, 'x-a': 1 }, sent)).toEqual([]);
  });

  it('counts x- arguments in with all-with-x and any-with-x', async () => {
    const sent = [{ 'x-a': 1 }, { a: 1 }, { a: 1, 'x-a': 1 }, { a: 1, 'x-a': 2 }];
    expect(await taken({ 'x-match': 'all-with-x', a: 1, 'x-a': 1 }, sent)).toEqual([2]);
    expect(await taken({ 'x-match': 'any-with-x', a: 9, 'x-a': 1 }, sent)).toEqual([0, 2]);
  });

  it('compares values, not the width in which an integer was written', async () => {
    const widths = ['b', 'B', 's', 'u', 'I', 'i', 'l', 'L'].map((type) => ({ a: field(type, 5) }));
    for (const type of ['b', 's', 'I', 'l']) {
      expect(await taken({ a: field(type, 5) }, widths)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it.each<[string, Value, readonly Value[], number[]]>([
    ['strings by case', 'Text', ['Text', 'text', 'TEXT', ''], [0]],
    ['booleans', true, [true, false, 1, 'true'], [0]],
    ['doubles', 1.5, [1.5, field('f', 1.5), 1.25, '1.5'], [0, 1]],
    ['binaries', Buffer.from('x'), [Buffer.from('x'), Buffer.from('y')], [0]],
    ['timestamps', new Date(5000), [new Date(5000), new Date(6000)], [0]],
    ['nested tables', { a: [1, 'x'] }, [{ a: [1, 'x'] }, { a: [1, 'y'] }, {}], [0]],
    ['arrays by order', [1, 2], [[1, 2], [2, 1], [1]], [0]],
  ])('compares %s', async (_, value, sent, expected) => {
    const headers = sent.map((each) => ({ a: each }));
    expect(await taken({ a: value }, headers)).toEqual(expected);
  });

  it('takes no notice of the routing key', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'headers' });
    const binding = { queue, exchange, arguments: { a: 1 } };
    await ch.call('queue.bind', { ...binding, routingKey: 'k' });
    for (const routingKey of ['', 'k', 'other']) {
      ch.publish({ exchange, routingKey }, routingKey, { headers: { a: 1 } });
    }
    expect(await ch.drain(queue)).toEqual(['', 'k', 'other']);
  });

  it('holds bindings with different arguments apart', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'headers' });
    for (const a of [1, 2]) await ch.call('queue.bind', { queue, exchange, arguments: { a } });
    await ch.call('queue.unbind', { queue, exchange, arguments: { a: 1 } });
    for (const a of [1, 2]) ch.publish({ exchange }, String(a), { headers: { a } });
    expect(await ch.drain(queue)).toEqual(['2']);
  });

  it.each<[Value, string]>([
    ['bogus', 'value <<"bogus">>; expected all, any, all-with-x, or any-with-x'],
    ['', 'value <<>>; expected all, any, all-with-x, or any-with-x'],
    ['ALL', 'value <<"ALL">>; expected all, any, all-with-x, or any-with-x'],
    [1, 'type signedint (value 1); expected longstr'],
    [true, 'type bool (value true); expected longstr'],
    [null, 'type void (value undefined); expected longstr'],
  ])('refuses x-match %o with 406', async (value, how) => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const args = { queue, exchange: 'amq.headers', arguments: { 'x-match': value } };
    const text = `PRECONDITION_FAILED - Invalid x-match field ${how}`;
    await ch.fails('queue.bind', args, 406, text);
  });

  it('is there as amq.match and amq.headers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    for (const exchange of ['amq.match', 'amq.headers']) {
      await ch.call('queue.bind', { queue, exchange, arguments: { [queue]: true } });
      ch.publish({ exchange }, exchange, { headers: { [queue]: true } });
    }
    expect(await ch.drain(queue)).toEqual(['amq.match', 'amq.headers']);
  });
});
