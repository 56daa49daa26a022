import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Permissions, resourceRefused, vhostRefused } from '../../src/auth/permissions.ts';

const everything = { configure: '.*', write: '.*', read: '.*' };

function permissionsOf(patterns: Partial<typeof everything>): Permissions {
  const permissions = new Permissions();
  permissions.set('ada', '/', { configure: '', write: '', read: '', ...patterns });
  return permissions;
}

function configurable(pattern: string, name: string): boolean {
  return permissionsOf({ configure: pattern }).allows('ada', '/', 'queue', name, 'configure');
}

describe('permissions', () => {
  it('opens a vhost to users who have permissions there, be they empty', () => {
    const permissions = permissionsOf({});
    expect(permissions.mayAccessVhost('ada', '/')).toBe(true);
    expect(permissions.mayAccessVhost('ada', 'other')).toBe(false);
    expect(permissions.mayAccessVhost('bob', '/')).toBe(false);
  });

  // Each answer was asked of RabbitMQ 3.10.8: re:run without anchors, '' as '^$'.
  it.each([
    ['.*', 'anything', true],
    ['', 'anything', false],
    ['', '', true],
    ['^$', 'anything', false],
    ['a', 'bar', true],
    ['^a', 'bar', false],
    ['^(mail|news)$', 'news', true],
    ['^(mail|news)$', 'newsletter', false],
    ['^amq\\.gen.*', 'amq.gen-x', true],
    ['(?i)^QUEUE', 'queue-1', true],
    ['\\Aab\\z', 'ab', true],
    ['\\Aab\\z', 'abc', false],
    ['^.*$', 'two\nlines', false],
  ])('matches %j with %j: %s', (pattern, name, allowed) => {
    expect(configurable(pattern, name)).toBe(allowed);
    expect(configurable(pattern, name)).toBe(allowed);
  });

  it('keeps configure, write and read apart', () => {
    const permissions = permissionsOf({ configure: '^c', write: '^w', read: '^r' });
    for (const permission of ['configure', 'write', 'read'] as const) {
      for (const name of ['configure', 'write', 'read']) {
        const allowed = permissions.allows('ada', '/', 'exchange', name, permission);
        expect(allowed).toBe(name === permission);
      }
    }
  });

  it('calls the exchange without a name amq.default, and no queue so', () => {
    const permissions = permissionsOf({ write: '^amq\\.default$' });
    expect(permissions.allows('ada', '/', 'exchange', '', 'write')).toBe(true);
    expect(permissions.allows('ada', '/', 'queue', '', 'write')).toBe(false);
  });

  it('says when a permission covers every name', () => {
    const permissions = permissionsOf({ write: '.*', read: '^.*' });
    expect(permissions.allowsAll('ada', '/', 'write')).toBe(true);
    expect(permissions.allowsAll('ada', '/', 'read')).toBe(true);
    expect(permissions.allowsAll('ada', '/', 'configure')).toBe(false);
    expect(permissions.allowsAll('bob', '/', 'write')).toBe(false);
  });

  it('never claims every name for a pattern that leaves one out', () => {
    const patterns = fc.constantFrom('.*', '^.*', '.*$', '^.*$', '.+', '', 'a*', '[^\n]*');
    fc.assert(
      fc.property(patterns, fc.string({ maxLength: 20 }), (pattern, name) => {
        const permissions = permissionsOf({ read: pattern });
        const all = permissions.allowsAll('ada', '/', 'read');
        return !all || new RegExp(pattern).test(name);
      }),
    );
  });

  it('answers by the new pattern as soon as it is set', () => {
    const permissions = permissionsOf({ read: '^a' });
    expect(permissions.allows('ada', '/', 'queue', 'abc', 'read')).toBe(true);
    permissions.set('ada', '/', { ...everything, read: '^b' });
    expect(permissions.allows('ada', '/', 'queue', 'abc', 'read')).toBe(false);
  });

  it('grows its generation with every change', () => {
    const permissions = permissionsOf(everything);
    const seen = [permissions.generation];
    permissions.set('bob', '/', everything);
    seen.push(permissions.generation);
    permissions.remove('bob', '/');
    seen.push(permissions.generation);
    permissions.removeUser('ada');
    seen.push(permissions.generation);
    permissions.set('ada', '/', everything);
    seen.push(permissions.generation);
    permissions.removeVhost('/');
    seen.push(permissions.generation);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
  });

  it('changes nothing when a pattern is no regular expression', () => {
    const permissions = permissionsOf({ configure: '^a', write: '^a', read: '^a' });
    const before = permissions.generation;
    expect(() => permissions.set('ada', '/', { ...everything, read: '(' })).toThrow(SyntaxError);
    expect(permissions.get('ada', '/')).toEqual({ configure: '^a', write: '^a', read: '^a' });
    expect(permissions.generation).toBe(before);
  });

  it('forgets users and vhosts', () => {
    const permissions = permissionsOf(everything);
    permissions.set('ada', 'other', everything);
    permissions.set('bob', '/', everything);
    permissions.removeUser('ada');
    expect(permissions.list()).toEqual([{ user: 'bob', vhost: '/', ...everything }]);
    permissions.removeVhost('/');
    expect(permissions.list()).toEqual([]);
    expect(permissions.remove('bob', '/')).toBe(false);
  });
});

describe('refusals', () => {
  it('names permission, resource, vhost and user when a resource is refused', () => {
    const permissions = permissionsOf({});
    expect(() => permissions.check('ada', '/', 'queue', 'q', 'configure')).toThrow(
      "ACCESS_REFUSED - configure access to queue 'q' in vhost '/' refused for user 'ada'",
    );
    expect(() => permissions.check('ada', '/', 'exchange', '', 'write')).toThrow(
      "ACCESS_REFUSED - write access to exchange 'amq.default' in vhost '/' refused for user 'ada'",
    );
  });

  it('lets pass what is allowed', () => {
    expect(() => permissionsOf(everything).check('ada', '/', 'queue', 'q', 'read')).not.toThrow();
  });

  it('closes the channel for a resource and the connection for a vhost', () => {
    expect(resourceRefused('ada', '/', 'queue', 'q', 'read').replyName).toBe('ACCESS_REFUSED');
    const refused = vhostRefused('ada', 'v');
    expect(refused.replyName).toBe('NOT_ALLOWED');
    expect(refused.text).toBe("access to vhost 'v' refused for user 'ada'");
  });
});
