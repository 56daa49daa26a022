import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, opening, ScriptedPeer } from '../kit/scripted-peer.ts';

let node: MemoryNode;

beforeEach(() => {
  node = new MemoryNode();
  node.broker.users.add({ name: 'ada', password: 'ada' });
  node.broker.permissions.set('ada', '/', { configure: '', write: '', read: '' });
});

afterEach(() => {
  node.close();
});

const noMore = {
  name: 'connection.close',
  replyCode: 530,
  replyText:
    "NOT_ALLOWED - connection refused for user 'ada': user connection limit (2) is reached",
  failingClassId: 10,
  failingMethodId: 40,
};

function open(user: string): Promise<ScriptedPeer> {
  return ScriptedPeer.open(node, { user });
}

async function outcome(user: string): Promise<unknown> {
  const methods = await new ScriptedPeer(node).askedMethods(opening({ user, channels: [] }));
  return methods.at(-1);
}

describe('a limit of connections', () => {
  it('holds for one user, on connection.open', async () => {
    node.broker.users.setLimits('ada', { maxConnections: 2 });
    await open('ada');
    await open('guest');
    expect(await outcome('ada')).toMatchObject({ name: 'connection.open-ok' });
    expect(await outcome('ada')).toMatchObject(noMore);
    expect(await outcome('guest')).toMatchObject({ name: 'connection.open-ok' });
  });

  it('counts those that are open', async () => {
    node.broker.users.setLimits('ada', { maxConnections: 2 });
    const first = await open('ada');
    await open('ada');
    await first.leaves();
    expect(await outcome('ada')).toMatchObject({ name: 'connection.open-ok' });
  });

  it('is none below zero, and refuses everybody at zero', async () => {
    node.broker.users.setLimits('ada', { maxConnections: -1 });
    expect(await outcome('ada')).toMatchObject({ name: 'connection.open-ok' });
    node.broker.users.setLimits('ada', { maxConnections: 0 });
    expect(await outcome('ada')).toMatchObject({
      replyText: expect.stringContaining('user connection limit (0) is reached'),
    });
  });

  it('speaks before the permission on the vhost does', async () => {
    node.broker.permissions.remove('ada', '/');
    node.broker.users.setLimits('ada', { maxConnections: 0 });
    expect(await outcome('ada')).toMatchObject({
      replyText: expect.stringContaining('user connection limit'),
    });
  });
});

describe('a limit of channels', () => {
  it('counts those of all connections of the user and ends the connection', async () => {
    node.broker.users.setLimits('ada', { maxChannels: 3 });
    const [one, two, other] = [await open('ada'), await open('ada'), await open('guest')];
    expect(await one.askedMethods(method(2, 'channel.open'))).toMatchObject([
      { name: 'channel.open-ok' },
    ]);
    expect(await two.askedMethods(method(2, 'channel.open'))).toMatchObject([
      {
        name: 'connection.close',
        replyCode: 530,
        replyText:
          "NOT_ALLOWED - number of channels opened for user 'ada' has reached the maximum allowed user limit of (3)",
        failingClassId: 0,
        failingMethodId: 0,
      },
    ]);
    expect(await other.askedMethods(method(2, 'channel.open'))).toMatchObject([
      { name: 'channel.open-ok' },
    ]);
  });

  it('lets a channel be opened for one that was closed', async () => {
    node.broker.users.setLimits('ada', { maxChannels: 1 });
    const peer = await open('ada');
    const closing = method(1, 'channel.close', { replyCode: 200 });
    const methods = await peer.askedMethods(closing, method(2, 'channel.open'));
    expect(methods.map(({ name }) => name)).toEqual(['channel.close-ok', 'channel.open-ok']);
  });
});
