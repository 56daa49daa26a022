import { beforeEach, describe, expect, it } from 'vitest';
import { Permissions } from '../../src/auth/permissions.ts';
import { TopicPermissions } from '../../src/auth/topic-permissions.ts';

const patterns = { write: '^w', read: '^r' };

/** A journal that notes what it is told. */
class Notes {
  readonly all: unknown[] = [];

  topicPermissionsSet(permissions: object): void {
    this.all.push(permissions);
  }

  topicPermissionsCleared(...cleared: unknown[]): void {
    this.all.push(cleared);
  }
}

describe('topic permissions', () => {
  let topics: TopicPermissions;

  beforeEach(() => {
    topics = new TopicPermissions();
  });

  it('leave every topic to a user who has none for the exchange', () => {
    topics.set('ada', '/', 'x', patterns);
    expect(topics.allows('ada', '/', 'y', 'key', 'write')).toBe(true);
    expect(topics.allows('ada', 'other', 'x', 'key', 'write')).toBe(true);
    expect(topics.allows('bob', '/', 'x', 'key', 'write')).toBe(true);
    expect(topics.allows('ada', '/', 'x', 'key', 'write')).toBe(false);
  });

  it('keep writing and reading apart', () => {
    topics.set('ada', '/', 'x', patterns);
    expect(topics.allows('ada', '/', 'x', 'w.1', 'write')).toBe(true);
    expect(topics.allows('ada', '/', 'x', 'w.1', 'read')).toBe(false);
    expect(topics.allows('ada', '/', 'x', 'r.1', 'read')).toBe(true);
    expect(topics.allows('ada', '/', 'x', 'r.1', 'write')).toBe(false);
  });

  it('refuse every topic but the empty one when a pattern is empty', () => {
    topics.set('ada', '/', 'x', { write: '', read: '.*' });
    expect(topics.allows('ada', '/', 'x', 'a', 'write')).toBe(false);
    expect(topics.allows('ada', '/', 'x', '', 'write')).toBe(true);
    expect(topics.allows('ada', '/', 'x', 'a', 'read')).toBe(true);
  });

  it('put user and vhost into the patterns, as they are', () => {
    const { write, read } = { write: '^{vhost}/{username}\\.{username}', read: '^{client_id}$' };
    topics.set('a.b', 'v+1', 'x', { write, read });
    expect(topics.allows('a.b', 'v+1', 'x', 'v+1/a.b.a.b', 'write')).toBe(true);
    expect(topics.allows('a.b', 'v+1', 'x', 'vv1/a.b.a.b', 'write')).toBe(false);
    expect(topics.allows('a.b', 'v+1', 'x', 'v+1/axb.axb', 'write')).toBe(false);
    expect(topics.allows('a.b', 'v+1', 'x', '{client_id}', 'read')).toBe(true);
    expect(topics.get('a.b', 'v+1', 'x')).toEqual({ write, read });
  });

  it('say whom they refuse what, and where', () => {
    topics.set('ada', '/', 'x', patterns);
    expect(() => topics.check('ada', '/', 'x', 'key', 'write')).toThrow(
      "ACCESS_REFUSED - write access to topic 'key' in exchange 'x' in vhost '/' refused for user 'ada'",
    );
    expect(() => topics.check('ada', '/', 'x', 'r', 'read')).not.toThrow();
  });

  it('are listed, for everybody or for one user', () => {
    topics.set('ada', '/', 'x', patterns);
    topics.set('ada', 'v', '', patterns);
    topics.set('bob', '/', 'x', patterns);
    expect(topics.list()).toHaveLength(3);
    expect(topics.list('ada')).toEqual([
      { user: 'ada', vhost: '/', exchange: 'x', ...patterns },
      { user: 'ada', vhost: 'v', exchange: '', ...patterns },
    ]);
  });

  it('are removed for one exchange, a user in a vhost, a user, a vhost', () => {
    for (const user of ['ada', 'bob']) {
      for (const vhost of ['/', 'v']) {
        for (const exchange of ['x', 'y']) topics.set(user, vhost, exchange, patterns);
      }
    }
    expect(topics.remove('ada', '/', 'x')).toBe(true);
    expect(topics.remove('ada', '/', 'x')).toBe(false);
    expect(topics.list()).toHaveLength(7);
    expect(topics.remove('ada', '/')).toBe(true);
    expect(topics.remove('ada', '/')).toBe(false);
    expect(topics.list()).toHaveLength(6);
    topics.removeUser('ada');
    expect(topics.list()).toHaveLength(4);
    topics.removeVhost('v');
    expect(topics.list().map(({ vhost }) => vhost)).toEqual(['/', '/']);
    expect(topics.isEmpty).toBe(false);
    topics.removeUser('bob');
    expect(topics.isEmpty).toBe(true);
  });

  it('change nothing when a pattern is no regular expression', () => {
    topics.set('ada', '/', 'x', patterns);
    const { generation } = topics;
    expect(() => topics.set('ada', '/', 'x', { write: '(', read: '' })).toThrow(SyntaxError);
    expect(topics.get('ada', '/', 'x')).toEqual(patterns);
    expect(topics.generation).toBe(generation);
  });

  it('tell the journal of every change and of nothing else', () => {
    const notes = new Notes();
    const known = [{ user: 'ada', vhost: '/', exchange: 'x', ...patterns }];
    const kept = new TopicPermissions(notes, known);
    expect(kept.list()).toEqual(known);
    expect(notes.all).toEqual([]);
    kept.set('bob', 'v', 'y', patterns);
    kept.remove('bob', 'v', 'z');
    kept.remove('bob', 'v', 'y');
    kept.removeUser('ada');
    expect(notes.all).toEqual([
      { user: 'bob', vhost: 'v', exchange: 'y', ...patterns },
      ['bob', 'v', 'y'],
      ['ada', '/', undefined],
    ]);
  });

  it('grow the generation of the permissions that they belong to', () => {
    const permissions = new Permissions(undefined, [], topics);
    const seen = [permissions.generation];
    topics.set('ada', '/', 'x', patterns);
    seen.push(permissions.generation);
    topics.remove('ada', '/', 'x');
    seen.push(permissions.generation);
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
  });
});
