import { once } from 'node:events';
import { type ChannelModel, connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeEach(async () => {
  operator = await Operator.start();
});
afterEach(() => operator.close());

async function connections(count: number): Promise<readonly ChannelModel[]> {
  const opened = await Promise.all(
    Array.from({ length: count }, () => connect(operator.broker.url)),
  );
  for (const each of opened) each.on('error', () => {});
  return opened;
}

/** What it was told when it was closed. */
async function ended(connection: ChannelModel): Promise<string> {
  const [error] = await once(connection, 'close');
  return String(error);
}

describe('commands for connections', () => {
  it('close one by its name and tell it why', async () => {
    const [connection] = await connections(1);
    const told = connection === undefined ? undefined : ended(connection);
    const name = (await operator.out('-s', 'list_connections', 'pid')).trim();
    expect(await operator.run('close_connection', name, 'time to go')).toEqual(
      done(`Closing connection ${name}, reason: time to go...`),
    );
    expect(await told).toContain('time to go');
    expect(await operator.run('-q', 'close_connection', 'nope', 'bye')).toEqual(
      failed(65, "There is no connection 'nope'"),
    );
  });

  it('close all of them', async () => {
    const opened = await connections(3);
    const told = Promise.all(opened.map(ended));
    expect(await operator.run('close_all_connections', '-p', '/', 'bye', '--dry-run')).toEqual(
      done('Closing all connections in vhost /, reason: bye...', 'Would close 3 connections'),
    );
    expect(operator.broker.connectionCount).toBe(3);
    expect(await operator.run('close_all_connections', '--global', 'bye', '--limit', '1')).toEqual(
      done('Closing all connections, reason: bye...', 'Closed 1 connections'),
    );
    expect(await operator.run('close_all_connections', '-p', '/', 'bye')).toEqual(
      done('Closing all connections in vhost /, reason: bye...', 'Closed 2 connections'),
    );
    expect((await told).every((text) => text.includes('bye'))).toBe(true);
  });

  it('close those of a user, one after the other if need be', async () => {
    const opened = await connections(2);
    const told = Promise.all(opened.map(ended));
    await operator.out('add_user', 'ada', 'secret');
    expect(await operator.run('close_all_user_connections', 'ada', 'bye')).toEqual(
      done('Closing connections of user ada, reason: bye...', 'Closed 0 connections'),
    );
    const line = ['close_all_user_connections', 'guest', 'bye', '--per-connection-delay', '1'];
    expect(await operator.run(...line)).toEqual(
      done('Closing connections of user guest, reason: bye...', 'Closed 2 connections'),
    );
    await told;
  });
});
