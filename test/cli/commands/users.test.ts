import { connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeEach(async () => {
  operator = await Operator.start();
});
afterEach(() => operator.close());

async function canLogIn(user: string, password: string): Promise<boolean> {
  const url = new URL(operator.broker.url);
  url.username = user;
  url.password = password;
  try {
    await (await connect(url.href)).close();
    return true;
  } catch (error) {
    if (!String(error).includes('ACCESS-REFUSED')) throw error;
    return false;
  }
}

describe('commands for users', () => {
  // What RabbitMQ's own command prints, but for its name in the last line of add_user.
  it('print what rabbitmqctl prints', async () => {
    const added = await operator.run('add_user', 'ada', 'secret');
    expect(added).toEqual(
      done(
        'Adding user "ada" ...',
        "Done. Don't forget to grant the user permissions to some virtual hosts! See 'leveret help set_permissions' to learn more.",
      ),
    );
    expect(await operator.run('add_user', 'ada', 'secret')).toEqual(
      failed(70, 'User "ada" already exists', 'Adding user "ada" ...'),
    );
    expect(await operator.run('set_user_tags', 'ada', 'monitoring', 'policymaker')).toEqual(
      done('Setting tags for user "ada" to [monitoring, policymaker] ...'),
    );
    expect(await operator.run('list_users')).toEqual(
      done(
        'Listing users ...',
        'user\ttags',
        'ada\t[monitoring, policymaker]',
        'guest\t[administrator]',
      ),
    );
    expect(await operator.run('list_users', '--formatter', 'json')).toEqual(
      done(
        '[',
        '{"user":"ada","tags":["monitoring","policymaker"]}',
        ',{"user":"guest","tags":["administrator"]}',
        ']',
      ),
    );
    expect(await operator.run('delete_user', 'ada')).toEqual(done('Deleting user "ada" ...'));
    expect(await operator.run('delete_user', 'ada')).toEqual(
      failed(67, 'User "ada" does not exist', 'Deleting user "ada" ...'),
    );
  });

  it('tell right passwords from wrong ones, whatever the user may do', async () => {
    await operator.out('add_user', 'ada', 'secret');
    expect(await operator.run('authenticate_user', 'ada', 'secret')).toEqual(
      done('Authenticating user "ada" ...', 'Success'),
    );
    expect(await operator.run('authenticate_user', 'ada', 'wrong')).toMatchObject({
      code: 65,
      complaint: expect.stringContaining('Error: failed to authenticate user "ada"'),
    });
  });

  it('read a password from standard input when it is left out', async () => {
    expect(await operator.with({ input: 'first\nmore' }, '-q', 'add_user', 'ada')).toEqual(done());
    await operator.out('set_permissions', 'ada', '.*', '.*', '.*');
    expect(await canLogIn('ada', 'first')).toBe(true);
    expect(await operator.with({ input: 'second\n' }, '-q', 'change_password', 'ada')).toEqual(
      done(),
    );
    expect(await canLogIn('ada', 'first')).toBe(false);
    expect(await canLogIn('ada', 'second')).toBe(true);
    expect(await operator.with({ input: '\n' }, '-q', 'change_password', 'ada')).toEqual(
      failed(65, 'There is no password on standard input'),
    );
  });

  it('change a password and leave the tags, and the other way round', async () => {
    await operator.out('add_user', 'ada', 'first', '--tags', 'monitoring');
    await operator.out('set_permissions', 'ada', '.*', '.*', '.*');
    await operator.out('change_password', 'ada', 'second');
    expect(await operator.out('-q', 'list_users')).toContain('ada\t[monitoring]');
    await operator.out('set_user_tags', 'ada');
    expect(await operator.out('-q', 'list_users')).toContain('ada\t[]');
    expect(await canLogIn('ada', 'second')).toBe(true);
    expect(await operator.run('clear_password', 'ada')).toEqual(
      done('Clearing password for user "ada" ...'),
    );
    expect(await canLogIn('ada', 'second')).toBe(false);
  });

  it('hash a password so that a user can be made of it', async () => {
    const hash = (await operator.out('-q', 'hash_password', 'se/cret')).trim();
    await operator.out('add_user', 'ada', hash, '--pre-hashed-password');
    await operator.out('set_permissions', 'ada', '.*', '.*', '.*');
    expect(await canLogIn('ada', 'se/cret')).toBe(true);
  });

  it('replace a user in the manner of rabbitmqadmin', async () => {
    const line = ['declare', 'user', 'name=ada', 'password=one', 'tags=monitoring'];
    expect(await operator.run(...line)).toEqual(done('user declared'));
    expect(await operator.run(...line)).toEqual(done('user declared'));
    expect(await operator.out('-q', 'list', 'users')).toContain('ada\t[monitoring]');
    expect(await operator.run('delete', 'user', 'name=ada')).toEqual(
      done('Deleting user "ada" ...'),
    );
  });

  it('say which user is not there', async () => {
    for (const line of [
      ['change_password', 'nobody', 'x'],
      ['clear_password', 'nobody'],
      ['set_user_tags', 'nobody', 'monitoring'],
    ]) {
      expect(await operator.run('-q', ...line)).toEqual(failed(67, 'User "nobody" does not exist'));
    }
  });
});
