import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Credentials, mechanisms } from '../../src/auth/mechanisms.ts';
import { BrokerError } from '../../src/model/broker-error.ts';

function decode(mechanism: string, response: Uint8Array): Credentials {
  const known = mechanisms.find(({ name }) => name === mechanism);
  if (known === undefined) throw new Error(`no mechanism ${mechanism}`);
  return known.decode(response);
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

describe('PLAIN', () => {
  it('reads name and password between NULs', () => {
    expect(decode('PLAIN', bytes('\0guest\0s3cret'))).toEqual({
      name: 'guest',
      password: 's3cret',
    });
  });

  it('reads text as UTF-8', () => {
    const response = Buffer.from('\0jürgen\0pässwort', 'utf8');
    expect(decode('PLAIN', response)).toEqual({ name: 'jürgen', password: 'pässwort' });
  });

  it('reads empty names and passwords, for the login to refuse', () => {
    expect(decode('PLAIN', bytes('\0\0'))).toEqual({ name: '', password: '' });
  });

  // RabbitMQ 3.10.8 answers each of these with protocol_error.
  it.each(['', 'junk', 'someone\0guest\0guest', '\0guest', '\0guest\0guest\0more'])(
    'refuses %j',
    (response) => {
      expect(() => decode('PLAIN', bytes(response))).toThrow('SYNTAX_ERROR');
    },
  );
});

describe('AMQPLAIN', () => {
  it('reads LOGIN and PASSWORD from the entries of a table, in any order', () => {
    const login = '\x05LOGINS\0\0\0\x05guest';
    const password = '\x08PASSWORDS\0\0\0\x06s3cret';
    const credentials = { name: 'guest', password: 's3cret' };
    expect(decode('AMQPLAIN', bytes(login + password))).toEqual(credentials);
    expect(decode('AMQPLAIN', bytes(password + login))).toEqual(credentials);
    expect(decode('AMQPLAIN', bytes(`${login}\x01xt\x01${password}`))).toEqual(credentials);
  });

  it('refuses a table without one of them as RabbitMQ does', () => {
    for (const response of ['', '\x05LOGINS\0\0\0\x01a', '\x08PASSWORDS\0\0\0\x01a']) {
      expect(() => decode('AMQPLAIN', bytes(response))).toThrow(
        'SYNTAX_ERROR - AMQPLAIN auth info is missing LOGIN or PASSWORD field',
      );
    }
  });

  it('refuses what is no table', () => {
    for (const response of ['LOGI', '\x05LOGINS\xff\0\0\0x', '\x05LOGIN']) {
      expect(() => decode('AMQPLAIN', bytes(response))).toThrow('SYNTAX_ERROR');
    }
  });

  it('gives a password that is no text to nobody', () => {
    const response = '\x05LOGINS\0\0\0\x01a\x08PASSWORDI\0\0\0\x01';
    expect(decode('AMQPLAIN', bytes(response))).toEqual({ name: 'a', password: '' });
  });
});

describe('every mechanism', () => {
  it('gives credentials or a syntax error for any bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...mechanisms), fc.uint8Array({ maxLength: 80 }), (each, any) => {
        try {
          const { name, password } = each.decode(any);
          return typeof name === 'string' && typeof password === 'string';
        } catch (error) {
          return error instanceof BrokerError && error.replyName === 'SYNTAX_ERROR';
        }
      }),
    );
  });
});
