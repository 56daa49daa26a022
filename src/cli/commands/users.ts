import type { JsonObject } from '../../kit/json.ts';
import { at, Refusal } from '../client.ts';
import { column } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import type { Desk } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { ofUser } from '../refusals.ts';

const listUsers: Command = {
  name: 'list_users',
  summary: 'Lists users and their tags',
  isList: true,
  async run({ client, output }) {
    output.heading('Listing users ...');
    output.rows([column('user', 'name'), column('tags')], await client.list('/users'));
  },
};

const addUser: Command = {
  name: 'add_user',
  words: '<username> [<password>]',
  summary: 'Creates a user; the password is read from standard input unless given',
  flags: {
    'pre-hashed-password': { describe: 'the password is a hash, as hash_password prints it' },
    tags: { value: 'tag,tag', describe: 'tags of the user' },
  },
  async run(desk) {
    const { client, output } = desk;
    const name = desk.word('username');
    output.heading(`Adding user "${name}" ...`);
    if ((await client.find(at`/users/${name}`)) !== undefined) {
      throw new CommandError(exitCodes.software, `User "${name}" already exists`);
    }
    const secret = await desk.password('password');
    const key = desk.has('pre-hashed-password') ? 'password_hash' : 'password';
    await client.put(at`/users/${name}`, { [key]: secret, tags: desk.flag('tags') ?? '' });
    output.remark(
      "Done. Don't forget to grant the user permissions to some virtual hosts! " +
        "See 'leveret help set_permissions' to learn more.",
    );
  },
};

const declareUser: Command = {
  name: 'declare_user',
  words: '<username> [<password>]',
  summary: 'Creates a user or replaces the one of that name',
  flags: { tags: { value: 'tag,tag', describe: 'tags of the user' } },
  async run(desk) {
    const name = desk.word('username');
    const password = await desk.password('password');
    await desk.client.put(at`/users/${name}`, { password, tags: desk.flag('tags') ?? '' });
    desk.output.result('user declared');
  },
};

const deleteUser: Command = {
  name: 'delete_user',
  words: '<username>',
  summary: 'Removes a user',
  async run(desk) {
    const name = desk.word('username');
    desk.output.heading(`Deleting user "${name}" ...`);
    await ofUser(name, desk.client.delete(at`/users/${name}`));
  },
};

const changePassword: Command = {
  name: 'change_password',
  words: '<username> [<password>]',
  summary: "Changes a user's password; it is read from standard input unless given",
  async run(desk) {
    const name = desk.word('username');
    desk.output.heading(`Changing password for user "${name}" ...`);
    const { tags = [] } = await userNamed(desk, name);
    const password = await desk.password('password');
    await desk.client.put(at`/users/${name}`, { password, tags });
  },
};

const clearPassword: Command = {
  name: 'clear_password',
  words: '<username>',
  summary: "Takes a user's password away, so that it opens nothing any more",
  async run(desk) {
    const name = desk.word('username');
    desk.output.heading(`Clearing password for user "${name}" ...`);
    const { tags = [] } = await userNamed(desk, name);
    await desk.client.put(at`/users/${name}`, { password_hash: '', tags });
  },
};

const setUserTags: Command = {
  name: 'set_user_tags',
  words: '<username> [<tag>...]',
  summary: "Sets a user's tags in place of those that there are",
  async run(desk) {
    const name = desk.word('username');
    const tags = desk.rest.flatMap((word) => word.split(',')).filter((tag) => tag !== '');
    desk.output.heading(`Setting tags for user "${name}" to [${tags.join(', ')}] ...`);
    const user = await userNamed(desk, name);
    // A user is written as a whole: what has no part in this is sent back as it came.
    const { password_hash = '', hashing_algorithm = null } = user;
    await desk.client.put(at`/users/${name}`, { password_hash, hashing_algorithm, tags });
  },
};

const authenticateUser: Command = {
  name: 'authenticate_user',
  words: '<username> [<password>]',
  summary: 'Tries whether a user and a password belong together',
  async run(desk) {
    const user = desk.word('username');
    desk.output.heading(`Authenticating user "${user}" ...`);
    const password = await desk.password('password');
    try {
      await desk.client.as({ user, password }).get('/whoami');
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      // Who may log in need not be somebody who may ask here.
      if (error.code === exitCodes.refused && error.reason !== 'Not management user') {
        const text = `Error: failed to authenticate user "${user}"\n${error.reason}`;
        throw new CommandError(exitCodes.data, text);
      }
    }
    desk.output.result('Success');
  },
};

const hashPassword: Command = {
  name: 'hash_password',
  words: '[<password>]',
  summary: 'Prints the hash of a password, which is read from standard input unless given',
  async run(desk) {
    const password = await desk.password('password');
    const { ok } = await desk.client.object(at`/auth/hash_password/${password}`);
    desk.output.result(String(ok));
  },
};

async function userNamed({ client }: Desk, name: string): Promise<JsonObject> {
  return ofUser(name, client.object(at`/users/${name}`));
}

export const users: CommandGroup = {
  title: 'Users',
  commands: [
    listUsers,
    addUser,
    declareUser,
    deleteUser,
    changePassword,
    clearPassword,
    setUserTags,
    authenticateUser,
    hashPassword,
  ],
};
