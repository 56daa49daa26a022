import { afterEach, describe, expect, it } from 'vitest';
import { type LimitedUser, limitedUser, type Permissions } from './kit/admin.ts';
import { target } from './kit/broker.ts';
import { differences } from './kit/differences.ts';
import { Peer } from './kit/peer.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import type { MethodName, Sent } from './kit/spec.ts';
import { noExchange, noQueue } from './kit/texts.ts';

const broker = await target();

let user: LimitedUser | undefined;
let peer: Peer | undefined;

afterEach(async () => {
  await peer?.close();
  await user?.remove();
  peer = undefined;
  user = undefined;
});

async function as(permissions: Permissions): Promise<PeerChannel> {
  user = await limitedUser(broker, permissions);
  peer = await Peer.connect(user.url);
  return peer.channel();
}

function refused(permission: keyof Permissions, resource: string): string {
  const named = broker.differs(differences.permissionIsNamed) ? `${permission} ` : '';
  return `ACCESS_REFUSED - ${named}access to ${resource} in vhost '/' refused for user '${user?.name}'`;
}

const none = '^$';
const all = '.*';

describe('access.request', () => {
  it('of old clients is answered by ticket 1', async () => {
    const ch = await broker.channel();
    expect(await ch.call('access.request', { realm: '/data', read: true })).toEqual({ ticket: 1 });
  });
});

describe('a user without the permission to configure', () => {
  const permissions = { configure: none, write: all, read: all };

  it.each<[MethodName, Sent<MethodName>, string]>([
    ['queue.declare', { queue: 'mine' }, "queue 'mine'"],
    ['queue.delete', { queue: 'mine' }, "queue 'mine'"],
    ['exchange.declare', { exchange: 'mine', type: 'direct' }, "exchange 'mine'"],
    [
      'exchange.declare',
      { exchange: 'amq.direct', type: 'direct', durable: true },
      "exchange 'amq.direct'",
    ],
    ['exchange.delete', { exchange: 'mine' }, "exchange 'mine'"],
  ])('is refused %s %o with 403', async (method, args, resource) => {
    const ch = await as(permissions);
    await ch.fails(method, args, 403, refused('configure', resource));
  });

  it('is refused a server-named queue by the name that was made up', async () => {
    const ch = await as(permissions);
    const close = await ch.fails('queue.declare', { exclusive: true }, 403);
    const name = /queue '(amq\.gen-[\w-]{22})'/.exec(close.replyText)?.[1] ?? '';
    expect(close.replyText).toBe(refused('configure', `queue '${name}'`));
  });

  it('may declare passively', async () => {
    const ch = await as(permissions);
    const exchange = { exchange: 'amq.direct', passive: true };
    expect(await ch.call('exchange.declare', exchange)).toEqual({});
    const queue = broker.name('q');
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });
});

describe('a user without the permission to write', () => {
  const permissions = { configure: all, write: none, read: all };

  it.each(['amq.direct', 'nowhere'])(
    'is refused basic.publish to %s with 403, whether it exists or not',
    async (exchange) => {
      const ch = await as(permissions);
      ch.publish({ exchange, routingKey: 'k' }, 'm');
      await ch.expectClose(403, refused('write', `exchange '${exchange}'`), 'basic.publish');
    },
  );

  it('is refused the default exchange, which is called amq.default', async () => {
    const ch = await as(permissions);
    ch.publish({ routingKey: 'k' }, 'm');
    await ch.expectClose(403, refused('write', "exchange 'amq.default'"), 'basic.publish');
  });

  it('is refused queue.bind and unbind of the queue, exchange.bind and unbind of the destination', async () => {
    const ch = await as(permissions);
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    const second = await ch.peer.channel();
    const third = await ch.peer.channel();
    const fourth = await ch.peer.channel();
    const binding = { queue, exchange: 'amq.direct' };
    await ch.fails('queue.bind', binding, 403, refused('write', `queue '${queue}'`));
    await second.fails('queue.unbind', binding, 403, refused('write', `queue '${queue}'`));
    const between = { source: 'amq.direct', destination: 'amq.fanout' };
    const text = refused('write', "exchange 'amq.fanout'");
    await third.fails('exchange.bind', between, 403, text);
    await fourth.fails('exchange.unbind', between, 403, text);
  });

  it('is refused a queue with a dead-letter exchange, and an exchange with an alternate', async () => {
    const ch = await as(permissions);
    const second = await ch.peer.channel();
    const queue = broker.name('q');
    const dead = { queue, arguments: { 'x-dead-letter-exchange': 'amq.fanout' } };
    const text = refused('write', "exchange 'amq.fanout'");
    await ch.fails('queue.declare', dead, 403, text);
    const exchange = broker.name('x');
    const alternate = { type: 'direct', arguments: { 'alternate-exchange': 'amq.fanout' } };
    await second.fails('exchange.declare', { exchange, ...alternate }, 403, text);
  });
});

describe('a user without the permission to read', () => {
  const permissions = { configure: all, write: all, read: none };

  it.each<[MethodName, Sent<MethodName>]>([
    ['basic.get', {}],
    ['basic.consume', {}],
    ['queue.purge', {}],
  ])('is refused %s with 403', async (method, args) => {
    const ch = await as(permissions);
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    await ch.fails(method, { ...args, queue }, 403, refused('read', `queue '${queue}'`));
  });

  it('is refused queue.bind by the exchange, exchange.bind by the source', async () => {
    const ch = await as(permissions);
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    const second = await ch.peer.channel();
    const text = refused('read', "exchange 'amq.direct'");
    await ch.fails('queue.bind', { queue, exchange: 'amq.direct' }, 403, text);
    const between = { source: 'amq.direct', destination: 'amq.fanout' };
    await second.fails('exchange.bind', between, 403, text);
  });

  it('is refused a queue with a dead-letter exchange', async () => {
    const ch = await as(permissions);
    const queue = broker.name('q');
    const dead = { queue, arguments: { 'x-dead-letter-exchange': 'amq.fanout' } };
    await ch.fails('queue.declare', dead, 403, refused('read', `queue '${queue}'`));
  });
});

describe('permissions', () => {
  it('go by name: what their patterns match is allowed', async () => {
    const ch = await as({
      configure: '^mine\\.',
      write: '^mine\\.|^amq\\.default$',
      read: '^mine\\.',
    });
    const queue = `mine.${broker.name('q')}`;
    await ch.queue(queue, { exclusive: true });
    ch.publish({ routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
    const exchange = 'mine.nowhere';
    await ch.fails('queue.bind', { queue, exchange }, 404, noExchange(exchange));
  });

  it('match anywhere in a name unless the pattern is anchored', async () => {
    const ch = await as({ configure: '-in-', write: none, read: none });
    await ch.queue(`with-in-${broker.name('q')}`, { exclusive: true });
    await ch.fails(
      'queue.declare',
      { queue: 'without' },
      403,
      refused('configure', "queue 'without'"),
    );
  });
});
