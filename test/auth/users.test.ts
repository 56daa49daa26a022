import { describe, expect, it } from 'vitest';
import { hashPassword } from '../../src/auth/password.ts';
import { Users } from '../../src/auth/users.ts';

function someUsers(): Users {
  return new Users((length) => new Uint8Array(length).fill(7));
}

describe('users', () => {
  it('lets a user in with their password and nobody with another', () => {
    const users = someUsers();
    users.add({ name: 'ada', password: 'engine', tags: ['administrator'] });
    expect(users.authenticate('ada', 'engine')).toMatchObject({
      name: 'ada',
      tags: ['administrator'],
    });
    expect(users.authenticate('ada', 'Engine')).toBeUndefined();
    expect(users.authenticate('bob', 'engine')).toBeUndefined();
  });

  it('salts the hash with what the source of salts gives', () => {
    const users = someUsers();
    users.add({ name: 'ada', password: 'engine' });
    expect(users.get('ada')?.passwordHash).toEqual(
      hashPassword('engine', Uint8Array.of(7, 7, 7, 7)),
    );
  });

  it('takes the hash of a definitions file as it is', () => {
    const users = someUsers();
    const passwordHash = hashPassword('engine', Uint8Array.of(1, 2, 3, 4), 'sha512');
    users.add({ name: 'ada', passwordHash });
    expect(users.authenticate('ada', 'engine')?.name).toBe('ada');
  });

  it('never lets in a user who has no password', () => {
    const users = someUsers();
    users.add({ name: 'none' });
    users.add({ name: 'empty-hash', passwordHash: { algorithm: 'sha256', text: '' } });
    users.add({ name: 'empty-password', password: '' });
    for (const { name } of users.list()) {
      expect(users.authenticate(name, '')).toBeUndefined();
      expect(users.authenticate(name, 'x')).toBeUndefined();
    }
  });

  it('refuses an empty password even where its hash is stored', () => {
    const users = someUsers();
    users.add({ name: 'ada', passwordHash: hashPassword('', Uint8Array.of(1, 2, 3, 4)) });
    expect(users.authenticate('ada', '')).toBeUndefined();
  });

  it('replaces a user of the same name', () => {
    const users = someUsers();
    users.add({ name: 'ada', password: 'old' });
    users.add({ name: 'ada', password: 'new' });
    expect(users.list()).toHaveLength(1);
    expect(users.authenticate('ada', 'old')).toBeUndefined();
    expect(users.authenticate('ada', 'new')?.name).toBe('ada');
  });

  it('forgets a user who is removed', () => {
    const users = someUsers();
    users.add({ name: 'ada', password: 'engine' });
    expect(users.remove('ada')).toBe(true);
    expect(users.remove('ada')).toBe(false);
    expect(users.authenticate('ada', 'engine')).toBeUndefined();
  });
});
