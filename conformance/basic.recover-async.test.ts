import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, deliveries, fill, numbered } from './kit/messages.ts';

const broker = await target();

describe('basic.recover-async', () => {
  it('redelivers what is outstanding without an answer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(2));
    await consume(ch, queue, 'a');
    await bodies(ch, 2);
    ch.send('basic.recover-async', { requeue: true });
    const again = await deliveries(ch, 2);
    expect(again.map(({ content }) => content.text)).toEqual(numbered(2));
    expect(again.every(({ redelivered }) => redelivered)).toBe(true);
    await ch.expectSilence(50);
  });

  it('closes the connection with 540 without requeue', async () => {
    const ch = await broker.channel();
    const text = 'NOT_IMPLEMENTED - requeue=false';
    await ch.failsConnection('basic.recover-async', { requeue: false }, 540, text);
  });
});
