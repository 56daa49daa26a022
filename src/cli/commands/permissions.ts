import { at } from '../client.ts';
import { columns } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { inVhost, ofUser, orMissing } from '../refusals.ts';

const listPermissions: Command = {
  name: 'list_permissions',
  summary: 'Lists what users may do in a vhost',
  ofVhost: true,
  isList: true,
  async run({ client, output, vhost }) {
    output.heading(`Listing permissions for vhost "${vhost}" ...`);
    const found = client.list(at`/vhosts/${vhost}/permissions`);
    output.rows(columns('user', 'configure', 'write', 'read'), await inVhost(vhost, found));
  },
};

const listUserPermissions: Command = {
  name: 'list_user_permissions',
  words: '<username>',
  summary: 'Lists what a user may do, in all vhosts',
  isList: true,
  async run(desk) {
    const name = desk.word('username');
    desk.output.heading(`Listing permissions for user "${name}" ...`);
    const found = await ofUser(name, desk.client.list(at`/users/${name}/permissions`));
    desk.output.rows(columns('vhost', 'configure', 'write', 'read'), found);
  },
};

const setPermissions: Command = {
  name: 'set_permissions',
  aliases: ['declare_permission'],
  words: '<username> <configure> <write> <read>',
  summary: 'Sets what a user may do in a vhost: three regular expressions for names',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const name = desk.word('username');
    output.heading(`Setting permissions for user "${name}" in vhost "${vhost}" ...`);
    await inVhost(vhost, client.object(at`/vhosts/${vhost}`));
    await ofUser(name, client.object(at`/users/${name}`));
    await client.put(at`/permissions/${vhost}/${name}`, {
      configure: desk.word('configure'),
      write: desk.word('write'),
      read: desk.word('read'),
    });
  },
};

const clearPermissions: Command = {
  name: 'clear_permissions',
  aliases: ['delete_permission'],
  words: '<username>',
  summary: 'Takes from a user what it may do in a vhost',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const name = desk.word('username');
    output.heading(`Clearing permissions for user "${name}" in vhost "${vhost}" ...`);
    await ofUser(name, client.object(at`/users/${name}`));
    if ((await client.find(at`/permissions/${vhost}/${name}`)) === undefined) return;
    await client.delete(at`/permissions/${vhost}/${name}`);
  },
};

const listTopicPermissions: Command = {
  name: 'list_topic_permissions',
  summary: 'Lists the routing keys that users may use in a vhost',
  ofVhost: true,
  isList: true,
  async run({ client, output, vhost }) {
    output.heading(`Listing topic permissions for vhost "${vhost}" ...`);
    const found = client.list(at`/vhosts/${vhost}/topic-permissions`);
    output.rows(columns('user', 'exchange', 'write', 'read'), await inVhost(vhost, found));
  },
};

const listUserTopicPermissions: Command = {
  name: 'list_user_topic_permissions',
  words: '<username>',
  summary: 'Lists the routing keys that a user may use, in all vhosts',
  isList: true,
  async run(desk) {
    const name = desk.word('username');
    desk.output.heading(`Listing topic permissions for user "${name}" ...`);
    const found = await ofUser(name, desk.client.list(at`/users/${name}/topic-permissions`));
    desk.output.rows(columns('vhost', 'exchange', 'write', 'read'), found);
  },
};

const setTopicPermissions: Command = {
  name: 'set_topic_permissions',
  words: '<username> <exchange> <write> <read>',
  summary: 'Sets the routing keys that a user may use with a topic exchange',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const name = desk.word('username');
    const exchange = desk.word('exchange');
    output.heading(
      `Setting topic permissions on "${exchange}" for user "${name}" in vhost "${vhost}" ...`,
    );
    await inVhost(vhost, client.object(at`/vhosts/${vhost}`));
    await ofUser(name, client.object(at`/users/${name}`));
    await client.put(at`/topic-permissions/${vhost}/${name}`, {
      exchange,
      write: desk.word('write'),
      read: desk.word('read'),
    });
  },
};

const clearTopicPermissions: Command = {
  name: 'clear_topic_permissions',
  words: '<username> [<exchange>]',
  summary: 'Lets a user use all routing keys, of an exchange or of all in a vhost',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const name = desk.word('username');
    const exchange = desk.optionalWord('exchange');
    const on = exchange === undefined ? '' : ` on "${exchange}"`;
    output.heading(`Clearing topic permissions${on} for user "${name}" in vhost "${vhost}" ...`);
    await ofUser(name, client.object(at`/users/${name}`));
    const path = at`/topic-permissions/${vhost}/${name}`;
    const whole = exchange === undefined ? path : `${path}${at`/${exchange}`}`;
    await orMissing(client.delete(whole), exitCodes.data, 'There are no such topic permissions');
  },
};

export const permissions: CommandGroup = {
  title: 'Permissions',
  commands: [
    listPermissions,
    listUserPermissions,
    setPermissions,
    clearPermissions,
    listTopicPermissions,
    listUserTopicPermissions,
    setTopicPermissions,
    clearTopicPermissions,
  ],
};
