import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, authority } from './kit/authority.ts';
import { eventually } from './kit/messages.ts';
import { Peer } from './kit/peer.ts';

const broker = await authority();
const user = `limited.${process.pid}`;
const peers: Peer[] = [];

beforeEach(async () => {
  await broker.addUser(user, 'secret');
  await broker.permit(user, '/', { configure: '.*', write: '.*', read: '.*' });
});

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  await broker.removeUser(user);
});

async function connect(): Promise<Peer> {
  const peer = await Peer.connect(addressOf(broker.url, user, 'secret', '/'));
  peers.push(peer);
  return peer;
}

/** Asks for a connection that will be refused. */
async function knock(vhost = '/'): Promise<Peer> {
  const peer = await Peer.dial(addressOf(broker.url, user, 'secret', vhost));
  peers.push(peer);
  await peer.start();
  peer.login();
  await peer.tune();
  peer.send(0, 'connection.open', { virtualHost: vhost });
  return peer;
}

const refused = (limit: number) =>
  `NOT_ALLOWED - connection refused for user '${user}': user connection limit (${limit}) is reached`;

describe("a limit of a user's connections", () => {
  it('refuses connection.open with 530, once it is clear that the vhost is there', async () => {
    await broker.limitUser(user, 'max-connections', 1);
    await connect();
    const second = await knock();
    await second.expectClose(530, refused(1), 'connection.open');
    const nowhere = await knock('nowhere');
    await nowhere.expectClose(530, 'NOT_ALLOWED - vhost nowhere not found', 'connection.open');
  });

  it('refuses all at zero and none below', async () => {
    await broker.limitUser(user, 'max-connections', 0);
    await (await knock()).expectClose(530, refused(0), 'connection.open');
    await broker.limitUser(user, 'max-connections', -1);
    await connect();
  });

  it('takes another for one that was closed', async () => {
    await broker.limitUser(user, 'max-connections', 1);
    await (await connect()).close();
    // RabbitMQ notices a little later.
    await eventually('a connection to be taken', () => connect().catch(() => undefined));
  });
});

describe("a limit of a user's channels", () => {
  it('counts all connections, and ends the one that goes beyond with 530', async () => {
    await broker.limitUser(user, 'max-channels', 2);
    const [one, two] = [await connect(), await connect()];
    await one.channel();
    await two.channel();
    two.send(2, 'channel.open');
    const text = `NOT_ALLOWED - number of channels opened for user '${user}' has reached the maximum allowed user limit of (2)`;
    await two.expectClose(530, text, 'none');
  });
});

describe('a user who is deleted', () => {
  it('is disconnected with 320', async () => {
    const peer = await connect();
    await broker.removeUser(user);
    await peer.expectClose(320, `CONNECTION_FORCED - user '${user}' is deleted`, 'none');
  });

  it('keeps limits when password and tags are set anew, as long as it is there', async () => {
    await broker.limitUser(user, 'max-connections', 0);
    await broker.addUser(user, 'secret', 'management');
    const peer = await knock();
    const { replyText } = await peer.expectClose(530);
    expect(replyText).toBe(refused(0));
  });
});
