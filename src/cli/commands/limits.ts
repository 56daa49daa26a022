import { isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { at } from '../client.ts';
import { columns, jsonColumn } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { type Desk, typedJson } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { inVhost, ofUser } from '../refusals.ts';

const VHOST_LIMITS = ['max-connections', 'max-queues'];
const USER_LIMITS = ['max-connections', 'max-channels'];

const listVhostLimits: Command = {
  name: 'list_vhost_limits',
  summary: 'Lists the limits of a vhost',
  ofVhost: true,
  isList: true,
  flags: { global: { describe: 'those of all vhosts' } },
  async run(desk) {
    const { client, output, vhost } = desk;
    if (desk.has('global')) {
      output.heading('Listing limits for all vhosts ...');
      output.rows(
        [...columns('vhost'), jsonColumn('limits', 'value')],
        await limited(client.list('/vhost-limits')),
      );
      return;
    }
    output.heading(`Listing limits for vhost "${vhost}" ...`);
    const [found] = await inVhost(vhost, client.list(at`/vhost-limits/${vhost}`));
    output.json(found?.['value'] ?? {});
  },
};

const setVhostLimits: Command = {
  name: 'set_vhost_limits',
  words: '<definition>',
  summary: 'Sets the limits of a vhost, such as {"max-queues": 100}; below zero there is none',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const text = desk.word('definition');
    output.heading(`Setting vhost limits to "${text}" for vhost "${vhost}" ...`);
    const limits = limitsIn(text, VHOST_LIMITS);
    const before = await limitsOfVhost(desk);
    for (const [name, value] of limits) {
      await client.put(at`/vhost-limits/${vhost}/${name}`, { value });
    }
    // What is not named is no limit any more, as in rabbitmqctl.
    const named = limits.map(([name]) => name);
    for (const name of before.filter((each) => !named.includes(each))) {
      await client.delete(at`/vhost-limits/${vhost}/${name}`);
    }
  },
};

const clearVhostLimits: Command = {
  name: 'clear_vhost_limits',
  summary: 'Removes the limits of a vhost',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    output.heading(`Clearing vhost "${vhost}" limits ...`);
    for (const name of await limitsOfVhost(desk)) {
      await client.delete(at`/vhost-limits/${vhost}/${name}`);
    }
  },
};

const listUserLimits: Command = {
  name: 'list_user_limits',
  summary: 'Lists the limits of users',
  isList: true,
  flags: {
    user: { value: 'name', describe: 'those of this user' },
    global: { describe: 'those of all users, which is so without --user too' },
  },
  async run(desk) {
    const { client, output } = desk;
    const name = desk.flag('user');
    if (name === undefined) {
      output.heading('Listing limits for all users ...');
      output.rows(
        [...columns('user'), jsonColumn('limits', 'value')],
        await limited(client.list('/user-limits')),
      );
      return;
    }
    output.heading(`Listing limits for user "${name}" ...`);
    output.json(await limitsOfUser(desk, name));
  },
};

const setUserLimits: Command = {
  name: 'set_user_limits',
  words: '<username> <definition>',
  summary: 'Sets limits of a user, such as {"max-channels": 10}; below zero there is none',
  async run(desk) {
    const [name, text] = [desk.word('username'), desk.word('definition')];
    desk.output.heading(`Setting user limits to "${text}" for user "${name}" ...`);
    const limits = limitsIn(text, USER_LIMITS);
    await ofUser(name, desk.client.object(at`/users/${name}`));
    for (const [limit, value] of limits) {
      await desk.client.put(at`/user-limits/${name}/${limit}`, { value });
    }
  },
};

const clearUserLimits: Command = {
  name: 'clear_user_limits',
  words: '<username> <limit>',
  summary: "Removes one of a user's limits, or all",
  async run(desk) {
    const [name, limit] = [desk.word('username'), desk.word('limit')];
    desk.output.heading(`Clearing "${limit}" limit for user "${name}" ...`);
    if (limit !== 'all') checkName(limit, USER_LIMITS);
    const found = Object.keys(await limitsOfUser(desk, name));
    for (const each of found.filter((known) => limit === 'all' || known === limit)) {
      await desk.client.delete(at`/user-limits/${name}/${each}`);
    }
  },
};

async function limitsOfVhost({ client, vhost }: Desk): Promise<readonly string[]> {
  const [found] = await inVhost(vhost, client.list(at`/vhost-limits/${vhost}`));
  return Object.keys(objectIn(found?.['value']));
}

async function limitsOfUser({ client }: Desk, name: string): Promise<JsonObject> {
  await ofUser(name, client.object(at`/users/${name}`));
  const [found] = await ofUser(name, client.list(at`/user-limits/${name}`));
  return objectIn(found?.['value']);
}

// Only those who have a limit.
async function limited(list: Promise<readonly JsonObject[]>): Promise<readonly JsonObject[]> {
  return (await list).filter(({ value }) => Object.keys(objectIn(value)).length > 0);
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function limitsIn(text: string, names: readonly string[]): readonly [string, JsonValue][] {
  const limits = typedJson(text, 'The definition');
  if (!isJsonObject(limits)) {
    throw new CommandError(exitCodes.data, `The definition is no JSON object: ${text}`);
  }
  for (const name of Object.keys(limits)) checkName(name, names);
  return Object.entries(limits);
}

function checkName(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const known = names.join(', ');
  throw new CommandError(exitCodes.data, `There is no limit '${name}'; there are ${known}`);
}

export const limits: CommandGroup = {
  title: 'Limits',
  commands: [
    listVhostLimits,
    setVhostLimits,
    clearVhostLimits,
    listUserLimits,
    setUserLimits,
    clearUserLimits,
  ],
};
