import { describe, expect, it } from 'vitest';
import { Authenticator, type Login } from '../../src/auth/authenticator.ts';
import type { CertificateLogin } from '../../src/auth/certificate-name.ts';
import { LoginAttempts } from '../../src/auth/login-attempts.ts';
import { LoginThrottle } from '../../src/auth/login-throttle.ts';
import { Users } from '../../src/auth/users.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import type { PeerIdentity } from '../../src/kit/peer-identity.ts';

type Options = NonNullable<ConstructorParameters<typeof Authenticator>[1]>;

function authenticator(
  loopbackUsers: readonly string[] = ['guest'],
  options: Options = {},
): Authenticator {
  const users = new Users((length) => new Uint8Array(length));
  users.add({ name: 'guest', password: 'guest', tags: ['administrator'] });
  users.add({ name: 'ada', password: 'engine' });
  return new Authenticator(users, { ...options, loopbackUsers });
}

function plain(name: string, password: string): Uint8Array {
  return Buffer.from(`\0${name}\0${password}`);
}

function outcome(login: Login): string {
  return login.at === 'accepted' ? login.user.name : login.reason;
}

describe('logging in', () => {
  it('offers PLAIN and AMQPLAIN in the order in which RabbitMQ does', () => {
    expect(authenticator().mechanismsFor(undefined)).toBe('PLAIN AMQPLAIN');
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

describe('logging in over HTTP', () => {
  it('asks for the same name, password and place', () => {
    const made = authenticator();
    expect(outcome(made.loginWithPassword('ada', 'engine', '10.0.0.1'))).toBe('ada');
    expect(outcome(made.loginWithPassword('ada', 'motor', '10.0.0.1'))).toBe('invalid credentials');
    expect(outcome(made.loginWithPassword('ada', '', '10.0.0.1'))).toBe('invalid credentials');
    expect(outcome(made.loginWithPassword('guest', 'guest', '10.0.0.1'))).toBe(
      'can only connect via localhost',
    );
  });
});

describe('logging in by certificate', () => {
  const peer: PeerIdentity = {
    distinguishedName: 'CN=ada,O=Engines',
    commonName: 'ada',
    alternativeNames: [
      { type: 'dns', value: 'one.example.org' },
      { type: 'email', value: 'ada' },
      { type: 'dns', value: 'ada' },
    ],
  };
  const byCommonName: CertificateLogin = { from: 'common_name' };

  function login(certificates: CertificateLogin | undefined, identity?: PeerIdentity): string {
    const made = authenticator([], { certificates });
    return outcome(made.login('EXTERNAL', new Uint8Array(0), '10.0.0.1', identity));
  }

  it('is offered to clients with a certificate where it is set up', () => {
    const made = authenticator([], { certificates: byCommonName });
    expect(made.mechanismsFor(peer)).toBe('PLAIN AMQPLAIN EXTERNAL');
    expect(made.mechanismsFor(undefined)).toBe('PLAIN AMQPLAIN');
    expect(authenticator().mechanismsFor(peer)).toBe('PLAIN AMQPLAIN');
    expect(() => login(undefined, peer)).toThrow('unknown authentication mechanism');
    expect(() => login(byCommonName)).toThrow('unknown authentication mechanism');
  });

  it('takes the name from the part of the certificate that is configured', () => {
    expect(login(byCommonName, peer)).toBe('ada');
    expect(login({ from: 'distinguished_name' }, peer)).toBe('invalid credentials');
    const subject = { ...peer, distinguishedName: 'ada' };
    expect(login({ from: 'distinguished_name' }, subject)).toBe('ada');
    const alternative = { from: 'subject_alternative_name', type: 'dns' } as const;
    expect(login({ ...alternative, index: 0 }, peer)).toBe('invalid credentials');
    expect(login({ ...alternative, index: 1 }, peer)).toBe('ada');
    expect(login({ ...alternative, type: 'email', index: 0 }, peer)).toBe('ada');
  });

  it('lets in nobody whose certificate has no such name', () => {
    expect(login(byCommonName, { ...peer, commonName: undefined })).toBe('invalid credentials');
    expect(login(byCommonName, { ...peer, commonName: 'eve' })).toBe('invalid credentials');
  });
});

describe('logging in too often', () => {
  it('is refused without a look at the password, and goes on when it is time', async () => {
    const clock = new VirtualClock();
    const throttle = new LoginThrottle(clock, { burst: 2, perSecond: 1, loopback: false });
    const attempts = new LoginAttempts();
    const made = authenticator([], { throttle, attempts });
    for (let i = 0; i < 2; i++) made.loginWithPassword('ada', 'motor', '10.0.0.1');
    const reason = 'too many failed logins from there';
    expect(outcome(made.loginWithPassword('ada', 'engine', '10.0.0.1'))).toBe(reason);
    expect(outcome(made.loginWithPassword('ada', 'engine', '10.0.0.2'))).toBe('ada');
    await clock.advance('1s');
    expect(outcome(made.loginWithPassword('ada', 'engine', '10.0.0.1'))).toBe('ada');
    expect(attempts.byProtocol()).toEqual([
      { protocol: 'http', attempts: 5, failed: 3, succeeded: 2 },
    ]);
  });
});
