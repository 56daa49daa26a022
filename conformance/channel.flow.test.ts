import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

describe('channel.flow', () => {
  it('active=true is answered by flow-ok', async () => {
    const ch = await broker.channel();
    expect(await ch.call('channel.flow', { active: true })).toEqual({ active: true });
  });

  it('active=false closes the connection with 540', async () => {
    const ch = await broker.channel();
    const text = 'NOT_IMPLEMENTED - active=false';
    await ch.failsConnection('channel.flow', { active: false }, 540, text);
  });
});
