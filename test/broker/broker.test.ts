import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryNode } from '../kit/memory-node.ts';
import { namesOf, opening, ScriptedPeer } from '../kit/scripted-peer.ts';

let node: MemoryNode;
const peers: ScriptedPeer[] = [];
const all = { configure: '.*', write: '.*', read: '.*' };

beforeEach(() => {
  node = new MemoryNode();
  for (const name of ['ada', 'bob']) {
    node.broker.users.add({ name, password: name });
    node.broker.permissions.set(name, '/', all);
  }
  node.broker.addVhost('v');
  node.broker.permissions.set('ada', 'v', all);
});

afterEach(() => {
  for (const peer of peers) peer.transport.lose();
  peers.length = 0;
  node.close();
});

async function login(user: string, vhost: string): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.open(node, { user, password: user, vhost });
  peers.push(peer);
  return peer;
}

/** What a client hears who would open a vhost. */
async function openedAs(user: string, vhost: string) {
  const peer = new ScriptedPeer(node);
  peers.push(peer);
  const answers = await peer.askedMethods(opening({ user, password: user, vhost, channels: [] }));
  return answers[2];
}

describe('a node', () => {
  it('ends the connections of a user who is removed, and no others', async () => {
    const [one, two, other] = [
      await login('ada', '/'),
      await login('ada', 'v'),
      await login('bob', '/'),
    ];
    expect(node.broker.removeUser('ada')).toBe(true);
    for (const peer of [one, two]) {
      expect((await peer.askedMethods())[0]).toMatchObject({
        name: 'connection.close',
        replyCode: 320,
        replyText: "CONNECTION_FORCED - user 'ada' is deleted",
      });
    }
    expect(namesOf(await other.asks())).toEqual([]);
    expect(node.broker.removeUser('ada')).toBe(false);
  });

  it('ends the connections in a vhost that is removed, and no others', async () => {
    const [inside, outside] = [await login('ada', 'v'), await login('ada', '/')];
    expect(node.broker.removeVhost('v')).toBe(true);
    expect((await inside.askedMethods())[0]).toMatchObject({
      name: 'connection.close',
      replyCode: 320,
      replyText: "CONNECTION_FORCED - vhost 'v' is deleted",
    });
    expect(namesOf(await outside.asks())).toEqual([]);
    expect(node.broker.removeVhost('v')).toBe(false);
  });

  it('forgets what belongs to a vhost or a user with it', () => {
    const { broker } = node;
    broker.topicPermissions.set('ada', 'v', 'amq.topic', { write: 'w', read: 'r' });
    broker.topicPermissions.set('ada', '/', 'amq.topic', { write: 'w', read: 'r' });
    broker.topicPermissions.set('bob', '/', 'amq.topic', { write: 'w', read: 'r' });
    broker.users.setLimits('ada', { maxConnections: 1 });
    broker.vhostLimits.set('v', 'max-queues', 1);
    broker.removeVhost('v');
    expect(broker.parameters.list()).toEqual([]);
    expect(broker.topicPermissions.list().map(({ vhost }) => vhost)).toEqual(['/', '/']);
    broker.removeUser('ada');
    expect(broker.topicPermissions.list().map(({ user }) => user)).toEqual(['bob']);
    broker.users.add({ name: 'ada' });
    expect(broker.users.get('ada')?.limits).toEqual({});
  });

  it('refuses connections to a vhost beyond its limit, also to whoever may not see it', async () => {
    node.broker.vhostLimits.set('v', 'max-connections', 1);
    expect(await openedAs('ada', 'v')).toMatchObject({ name: 'connection.open-ok' });
    for (const user of ['ada', 'bob']) {
      expect(await openedAs(user, 'v')).toMatchObject({
        name: 'connection.close',
        replyCode: 530,
        replyText:
          `NOT_ALLOWED - access to vhost 'v' refused for user '${user}': ` +
          'connection limit (1) is reached',
      });
    }
    expect(await openedAs('bob', '/')).toMatchObject({ name: 'connection.open-ok' });
    peers[0]?.transport.lose();
    expect(await openedAs('ada', 'v')).toMatchObject({ name: 'connection.open-ok' });
  });

  it('tells clients the name that its cluster was given', async () => {
    node.broker.globalParameters.set('cluster_name', 'production');
    const peer = new ScriptedPeer(node);
    const [start] = await peer.askedMethods(opening({ channels: [] }));
    expect(
      start?.name === 'connection.start' && start.serverProperties.get('cluster_name'),
    ).toEqual({ type: 'S', value: new TextEncoder().encode('production') });
    expect(node.broker.nodeName).toBe('leveret@test');
    peer.transport.lose();
  });
});
