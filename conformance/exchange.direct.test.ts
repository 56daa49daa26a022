import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

async function routes(bindings: readonly string[], keys: readonly string[]) {
  const ch = await broker.channel();
  const exchange = broker.name('x');
  await ch.call('exchange.declare', { exchange, type: 'direct' });
  const queue = await ch.queue(broker.name('q'));
  for (const routingKey of bindings) await ch.call('queue.bind', { queue, exchange, routingKey });
  for (const routingKey of keys) ch.publish({ exchange, routingKey }, routingKey);
  return ch.drain(queue);
}

describe('a direct exchange', () => {
  it('routes by the exact routing key', async () => {
    expect(await routes(['a', 'b.c'], ['a', 'A', 'a ', 'b', 'b.c', 'b.*', ''])).toEqual([
      'a',
      'b.c',
    ]);
  });

  it('knows no wildcards', async () => {
    expect(await routes(['#', '*'], ['a', '#', '*'])).toEqual(['#', '*']);
  });

  it('takes the empty key, keys of 255 bytes, and any UTF-8', async () => {
    const keys = ['', 'z'.repeat(255), 'ünïcødé 兎'];
    expect(await routes(keys, keys)).toEqual(keys);
  });

  it('gives every queue bound with the key its own copy', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'direct' });
    const queues = [await ch.queue(broker.name('q')), await ch.queue(broker.name('q'))];
    for (const queue of queues) await ch.call('queue.bind', { queue, exchange, routingKey: 'k' });
    ch.publish({ exchange, routingKey: 'k' }, 'm', { messageId: '1', headers: { a: 1 } });
    for (const queue of queues) {
      const got = await ch.get(queue);
      expect(got).toMatchObject({ exchange, routingKey: 'k', redelivered: false });
      expect(got?.content).toMatchObject({
        text: 'm',
        properties: { messageId: '1', headers: { a: 1 } },
      });
    }
  });

  it('returns a mandatory message that no binding takes', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'direct' });
    ch.publish({ exchange, routingKey: 'k', mandatory: true }, 'm');
    expect(await ch.expect('basic.return')).toMatchObject({
      replyCode: 312,
      replyText: 'NO_ROUTE',
      exchange,
      routingKey: 'k',
    });
  });
});

describe('basic.publish to an exchange that does not exist', () => {
  it('closes the channel with 404', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    ch.publish({ exchange, routingKey: 'k' }, 'm');
    const text = `NOT_FOUND - no exchange '${exchange}' in vhost '/'`;
    await ch.expectClose(404, text, 'basic.publish');
  });
});
