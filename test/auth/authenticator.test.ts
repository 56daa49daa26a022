import { describe, expect, it } from 'vitest';
import { Authenticator, type Login } from '../../src/auth/authenticator.ts';
import { Users } from '../../src/auth/users.ts';

function authenticator(loopbackUsers: readonly string[] = ['guest']): Authenticator {
  const users = new Users((length) => new Uint8Array(length));
  users.add({ name: 'guest', password: 'guest', tags: ['administrator'] });
  users.add({ name: 'ada', password: 'engine' });
  return new Authenticator(users, loopbackUsers);
}

function plain(name: string, password: string): Uint8Array {
  return Buffer.from(`\0${name}\0${password}`);
}

function outcome(login: Login): string {
  return login.at === 'accepted' ? login.user.name : login.reason;
}

describe('logging in', () => {
  it('offers PLAIN and AMQPLAIN in the order in which RabbitMQ does', () => {
    expect(authenticator().mechanisms).toBe('PLAIN AMQPLAIN');
  });

  it('accepts a user with their password', () => {
    const login = authenticator().login('PLAIN', plain('ada', 'engine'), '10.1.2.3');
    expect(login).toMatchObject({ at: 'accepted', user: { name: 'ada', tags: [] } });
  });

  it('tells the client no more than that it was refused, and the log why', () => {
    const login = authenticator().login('PLAIN', plain('ada', 'motor'), '127.0.0.1');
    expect(login).toMatchObject({
      at: 'refused',
      name: 'ada',
      reason: 'invalid credentials',
      error: {
        replyName: 'ACCESS_REFUSED',
        text: 'Login was refused using authentication mechanism PLAIN. For details see the broker logfile.',
      },
    });
  });

  it('names the mechanism that was used', () => {
    const response = Buffer.from('\x05LOGINS\0\0\0\x03ada\x08PASSWORDS\0\0\0\x01x', 'latin1');
    const login = authenticator().login('AMQPLAIN', response, '127.0.0.1');
    expect(login).toMatchObject({ error: { text: expect.stringContaining('AMQPLAIN. For') } });
  });

  it.each([
    ['127.0.0.1', 'guest'],
    ['127.8.9.10', 'guest'],
    ['::1', 'guest'],
    ['::ffff:127.0.0.1', 'guest'],
    ['::FFFF:127.3.2.1', 'guest'],
    ['10.0.0.1', 'can only connect via localhost'],
    ['::ffff:10.0.0.1', 'can only connect via localhost'],
    ['fe80::1', 'can only connect via localhost'],
    ['::', 'can only connect via localhost'],
    ['127.0.0.1.example.org', 'can only connect via localhost'],
    ['', 'can only connect via localhost'],
  ])('answers the guest from %j with %s', (address, expected) => {
    expect(outcome(authenticator().login('PLAIN', plain('guest', 'guest'), address))).toBe(
      expected,
    );
  });

  it('lets the guest in from anywhere when nobody is bound to this machine', () => {
    const login = authenticator([]).login('PLAIN', plain('guest', 'guest'), '10.0.0.1');
    expect(outcome(login)).toBe('guest');
  });

  it('does not say from afar whether the guest used the right password', () => {
    const login = authenticator().login('PLAIN', plain('guest', 'wrong'), '10.0.0.1');
    expect(outcome(login)).toBe('invalid credentials');
  });

  it('refuses a mechanism that was not offered', () => {
    expect(() => authenticator().login('EXTERNAL', plain('ada', 'engine'), '::1')).toThrow(
      "COMMAND_INVALID - unknown authentication mechanism 'EXTERNAL'",
    );
    expect(() => authenticator().login('plain', plain('ada', 'engine'), '::1')).toThrow(
      'COMMAND_INVALID',
    );
  });
});
