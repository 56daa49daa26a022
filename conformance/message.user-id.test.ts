import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { got } from './kit/messages.ts';

const broker = await target();

describe('the user-id property', () => {
  it('passes when it names the user of the connection', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'm1', { userId: 'guest' });
    expect((await got(ch, queue)).content.properties.userId).toBe('guest');
  });

  it.each(['bob', '', 'Guest'])('closes the channel with 406 when it is %j', async (userId) => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'lost', { userId });
    await ch.expectClose(
      406,
      `PRECONDITION_FAILED - user_id property set to '${userId}' but authenticated user was 'guest'`,
      'basic.publish',
    );
    const later = await broker.channel();
    expect(await later.get(queue)).toBeUndefined();
  });
});
