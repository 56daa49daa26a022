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

  it('keeps the limits of a user whose password or tags change', () => {
    const users = someUsers();
    users.add({ name: 'ada', password: 'engine' });
    expect(users.setLimits('ada', { maxChannels: 3 })).toBe(true);
    users.add({ name: 'ada', tags: ['management'], password: 'motor' });
    expect(users.get('ada')).toMatchObject({ tags: ['management'], limits: { maxChannels: 3 } });
    expect(users.authenticate('ada', 'motor')?.name).toBe('ada');
    users.add({ name: 'ada', limits: { maxConnections: 1 } });
    expect(users.get('ada')?.limits).toEqual({ maxConnections: 1 });
  });

  it('replaces limits and leaves all else as it was', () => {
    const told: unknown[] = [];
    const journal = { userSet: (user: object) => void told.push(user), userRemoved: () => {} };
    const users = new Users((length) => new Uint8Array(length), journal);
    users.add({ name: 'ada', password: 'engine', tags: ['management'] });
    const before = users.get('ada');
    users.setLimits('ada', { maxChannels: 3, maxConnections: 4 });
    users.setLimits('ada', { maxConnections: 5 });
    expect(users.get('ada')).toEqual({ ...before, limits: { maxConnections: 5 } });
    expect(told).toHaveLength(3);
    expect(told.at(-1)).toEqual(users.get('ada'));
    expect(users.setLimits('bob', {})).toBe(false);
  });
});
