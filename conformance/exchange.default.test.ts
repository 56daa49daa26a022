import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

describe('the default exchange', () => {
  it('routes to the queue that the routing key names', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const other = await ch.queue(broker.name('q'));
    ch.publish({ exchange: '', routingKey: queue }, 'm');
    const got = await ch.get(queue);
    expect(got).toMatchObject({ exchange: '', routingKey: queue });
    expect(await ch.drain(other)).toEqual([]);
  });

  it('reaches exclusive and server-named queues as well', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue('', { exclusive: true });
    const other = await broker.channel();
    await other.confirmSelect();
    await other.publishConfirmed({ routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('knows no wildcards', async () => {
    const ch = await broker.channel();
    for (const routingKey of ['#', '*', '']) {
      ch.publish({ routingKey, mandatory: true }, 'm');
      expect(await ch.expect('basic.return')).toMatchObject({ replyCode: 312, routingKey });
    }
  });

  it('stops routing to a queue that was deleted, and starts again with a new one', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue, mandatory: true }, 'first');
    await ch.call('queue.delete', { queue });
    ch.publish({ routingKey: queue, mandatory: true }, 'second');
    expect((await ch.expect('basic.return')).content.text).toBe('second');
    await ch.queue(queue);
    ch.publish({ routingKey: queue, mandatory: true }, 'third');
    expect(await ch.drain(queue)).toEqual(['third']);
  });

  it('is not amq.default: that name means nothing', async () => {
    const ch = await broker.channel();
    ch.publish({ exchange: 'amq.default', routingKey: 'k' }, 'm');
    const text = "NOT_FOUND - no exchange 'amq.default' in vhost '/'";
    await ch.expectClose(404, text, 'basic.publish');
  });
});
