import { describe, expect, it } from 'vitest';
import {
  explained,
  explanation,
  lineViewFor,
  viewFor,
} from '../../conformance/differential/explained.ts';
import type { Fields, Script, Step } from '../../conformance/differential/steps.ts';
import type { Properties } from '../../conformance/kit/content.ts';
import { field, TypedField } from '../../conformance/kit/wire.ts';

const at = { connection: 0, channel: 1 };
const declares = (table: Fields): Script => [
  { kind: 'method', at, method: 'queue.declare', args: { queue: '~q0', arguments: table } },
];
const death = (queue: string): TypedField =>
  new TypedField(
    'F',
    new Map([
      ['queue', field('S', queue)],
      ['reason', field('S', 'expired')],
    ]),
  );
const headers = (entries: readonly (readonly [string, TypedField])[]) => new Map(entries);

describe('what is explained', () => {
  it('is a short list, each with its reason', () => {
    expect(explained.length).toBeLessThanOrEqual(10);
    for (const { reason } of explained) expect(reason.length).toBeGreaterThan(20);
  });

  it('leaves headers out that only later versions have', () => {
    const given = headers([
      ['x-last-death-queue', field('S', 'q')],
      ['mine', field('I', 1)],
    ]);
    expect([...(viewFor('3.10.8')(given)?.keys() ?? [])]).toEqual(['mine']);
    expect([...(viewFor('3.13.7')(given)?.keys() ?? [])]).toEqual(['x-last-death-queue', 'mine']);
  });

  it('brings the entries of x-death into one order', () => {
    const there = headers([['x-death', new TypedField('A', [death('b'), death('a')])]]);
    const back = headers([['x-death', new TypedField('A', [death('a'), death('b')])]]);
    expect(viewFor('3.12.1')(there)).toEqual(viewFor('3.12.1')(back));
    expect(viewFor('3.13.1')(there)).not.toEqual(viewFor('3.13.1')(back));
  });

  it('takes a count of no deliveries for no count', () => {
    expect(viewFor('3.10.8')(headers([['x-delivery-count', field('l', 0)]]))).toBeUndefined();
    expect(viewFor('3.10.8')(headers([['x-delivery-count', field('l', 1)]]))?.size).toBe(1);
  });

  it('leaves out the consumers of quorum queues alone', () => {
    const view = lineViewFor('3.10.8');
    const quorum = new Set(['~q0']);
    expect(view('~q0: 1 ready, 2 consumers', quorum)).toBe('~q0: 1 ready');
    expect(view('~q1: 1 ready, 2 consumers', quorum)).toBe('~q1: 1 ready, 2 consumers');
  });
});

const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1 };
const consume = (queue: string): Step => ({
  kind: 'method',
  at,
  method: 'basic.consume',
  args: { queue },
});
const publish = (properties: Properties): Step => ({
  kind: 'publish',
  at,
  exchange: '',
  routingKey: '~q0',
  mandatory: false,
  properties,
  size: 0,
  count: 1,
});
const delivery = (tag: string, body: string): string =>
  `c0.1 consumer ~${tag}: basic.deliver, redelivered false, exchange '', routingKey '~q0', '${body}' {}`;
const got = (body: string, messageCount: number): string =>
  `left in ~q0: basic.get-ok, redelivered true, exchange '', routingKey '~q0', messageCount ${messageCount}, '${body}' {}`;

/** What explains that the brokers said this after the script's last step; undefined for nothing. */
const what = (script: Script, said: readonly (readonly string[])[], version = '3.10.8') =>
  explanation(script, { at: script.length, said }, version)?.what;

describe('what explains that a script ends early', () => {
  it('is the global prefetch where queues share it, and as many messages came', () => {
    const qos = (global: boolean): Script => [
      { kind: 'method', at, method: 'basic.qos', args: { prefetchCount: 1, global } },
    ];
    const shared = [...qos(true), consume('~q0'), consume('~q1')];
    const one = [delivery('t0', 'a'), '~q0: 0 ready, 1 consumers', '~q1: 1 ready, 1 consumers'];
    const other = [delivery('t1', 'b'), '~q0: 1 ready, 1 consumers', '~q1: 0 ready, 1 consumers'];
    expect(what(shared, [one, other])).toContain('prefetch');
    expect(what([...qos(false), consume('~q0'), consume('~q1')], [one, other])).toBeUndefined();
    expect(what([...qos(true), consume('~q0'), consume('~q0')], [one, other])).toBeUndefined();
    expect(what(shared, [one, other.slice(1)])).toBeUndefined();
    expect(what(shared, [one, [...other, 'c0.1 replies: channel.close']])).toBeUndefined();
  });

  it('is that a channel that ends still hears of its own dead letters', () => {
    const late = 'c0.1 consumer ~t0: basic.deliver, redelivered false, \'\' {"x-death":[]}';
    const few = ['c0.1 replies: channel.close-ok', '~q0: 1 ready, 0 consumers'];
    expect(what(declares({}), [few, [late, ...few]])).toContain('first');
    expect(what(declares({}), [[late, ...few], few])).toBeUndefined();
    expect(what(declares({}), [few.slice(1), [late, ...few.slice(1)]])).toBeUndefined();
    expect(what(declares({}), [few, [delivery('t0', 'a'), ...few]])).toBeUndefined();
  });

  it('is that the channels of a connection end one by one, and each counts as a return', () => {
    const over = 'c0: connection.close, replyCode 530';
    const kept = [over, '~q0: 1 ready'];
    const dropped = [over, '~q0: 0 ready'];
    expect(what(declares(quorum), [kept, dropped])).toContain('channels end');
    expect(what(declares(quorum), [dropped, kept])).toBeUndefined();
    expect(what(declares(quorum), [kept.slice(1), dropped.slice(1)])).toBeUndefined();
    expect(what(declares({}), [kept, dropped])).toBeUndefined();
  });

  it('is that what expires is too much at the same moment', () => {
    const dead = (reason: string) => [
      `left in ~q1: basic.get-ok, '' {"x-death":[{"queue":"~q0","reason":"${reason}"}],"x-first-death-reason":"${reason}"}`,
    ];
    const bounded = [...declares({ 'x-max-length': 1 }), publish({ expiration: '50' })];
    expect(what(bounded, [dead('maxlen'), dead('expired')])).toContain('expired');
    expect(what(bounded, [dead('maxlen'), dead('rejected')])).toBeUndefined();
    const atOnce = [...declares({ 'x-max-length': 1 }), publish({ expiration: '0' })];
    expect(what(atOnce, [dead('maxlen'), dead('expired')])).toBeUndefined();
    expect(what(bounded.slice(0, 1), [dead('maxlen'), dead('expired')])).toBeUndefined();
    expect(what(bounded.slice(1), [dead('maxlen'), dead('expired')])).toBeUndefined();
  });

  it('is a global prefetch that came after the consumer of a quorum queue, and held back', () => {
    const qos: Step = {
      kind: 'method',
      at,
      method: 'basic.qos',
      args: { prefetchCount: 1, global: true },
    };
    const few = [delivery('t0', 'a'), '~q0: 1 ready'];
    const many = [delivery('t0', 'a'), delivery('t0', 'b'), '~q0: 0 ready'];
    expect(what([...declares(quorum), consume('~q0'), qos], [few, many])).toContain('already');
    expect(what([...declares(quorum), consume('~q0'), qos], [many, few])).toBeUndefined();
    expect(what([...declares(quorum), consume('~q0')], [few, many])).toBeUndefined();
    expect(what([...declares({}), consume('~q0'), qos], [few, many])).toBeUndefined();
  });

  it('is that what goes back to a quorum queue without a limit waits behind the others', () => {
    const back: Step = { kind: 'method', at, method: 'basic.recover', args: {} };
    const script = [...declares({ 'x-queue-type': 'quorum' }), back];
    expect(what(script, [[delivery('t0', 'a')], [delivery('t0', 'b')]])).toContain('goes back');
    expect(what(script, [[delivery('t0', 'a')], [delivery('t0', 'b')]], '4.0.1')).toBeUndefined();
    expect(what([...declares(quorum), back], [['a'], ['b']])).toBeUndefined();
    expect(what(script, [['~q0: 1 ready'], ['~q0: 2 ready']])).toBeUndefined();
    expect(what(script, [[delivery('t0', 'a')], []])).toBeUndefined();
  });

  it('is the order in which messages are in a quorum queue, and not which ones are', () => {
    const there = [got('a', 1), got('b', 0)];
    const back = [got('b', 1), got('a', 0)];
    expect(what(declares(quorum), [there, back])).toContain('order');
    expect(what(declares({}), [there, back])).toBeUndefined();
    expect(what(declares(quorum), [there, [got('b', 1), got('c', 0)]])).toBeUndefined();
  });

  it('is which of the consumers of a channel has which of the messages that went back', () => {
    const step = (name: 'basic.recover' | 'basic.get'): Step => ({
      kind: 'method',
      at,
      method: name,
      args: {},
    });
    const one = [delivery('t0', 'a'), delivery('t1', 'b')];
    const other = [delivery('t0', 'b'), delivery('t1', 'a')];
    const during = (name: 'basic.recover' | 'basic.get', said: readonly (readonly string[])[]) =>
      explanation([step(name)], { at: 0, said }, '3.10.8')?.what;
    expect(during('basic.recover', [one, other])).toContain('held');
    expect(during('basic.get', [one, other])).toBeUndefined();
    expect(during('basic.recover', [one, other.slice(1)])).toBeUndefined();
  });

  it('is that RabbitMQ refuses late what is too much for a quorum queue', () => {
    const refusing = declares({ ...quorum, 'x-overflow': 'reject-publish' });
    const few = ['c0.1 confirms: nacked 2', '~q0: 1 ready'];
    const many = ['c0.1 confirms: acked 2', '~q0: 2 ready'];
    expect(what(refusing, [few, many])).toContain('refuses');
    expect(what(refusing, [many, few])).toBeUndefined();
    const purged = (count: number) => [`c0.1 replies: queue.purge-ok, messageCount ${count}`];
    expect(what(refusing, [purged(1), purged(2)])).toContain('refuses');
    expect(what(declares(quorum), [few, many])).toBeUndefined();
  });

  it('is that RabbitMQ keeps for a while what expires at the head of a priority queue', () => {
    const script = (properties: Properties, table: Fields): Script => [
      ...declares(table),
      publish(properties),
    ];
    const hasty = script({ expiration: '0' }, { 'x-max-priority': 5 });
    const few = ['~q0: 1 ready, 0 consumers'];
    const many = ['~q0: 2 ready, 0 consumers'];
    expect(what(hasty, [few, many])).toContain('expires');
    expect(what(hasty, [many, few])).toBeUndefined();
    expect(what(script({ expiration: '0' }, {}), [few, many])).toBeUndefined();
    expect(what(script({}, { 'x-max-priority': 5 }), [few, many])).toBeUndefined();
  });
});
