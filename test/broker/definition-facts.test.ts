import { describe, expect, it } from 'vitest';
import { factKinds } from '../../src/broker/definition-facts.ts';
import { plainMetadata } from '../../src/broker/vhost-metadata.ts';

// Payloads as data directories hold them, letter for letter.
const text = (name: string, value: string) =>
  `${shortstr(name)}S${String.fromCharCode(0, 0, 0, value.length)}${value}`;
const number = (name: string, value: number) =>
  `${shortstr(name)}l${String.fromCharCode(0, 0, 0, 0, 0, 0, 0, value)}`;
const flag = (name: string, value: boolean) =>
  `${shortstr(name)}t${String.fromCharCode(value ? 1 : 0)}`;
const texts = (name: string, ...values: readonly string[]) => {
  const items = values.map((value) => `S${String.fromCharCode(0, 0, 0, value.length)}${value}`);
  const all = items.join('');
  return `${shortstr(name)}A${String.fromCharCode(0, 0, 0, all.length)}${all}`;
};

function shortstr(value: string): string {
  return `${String.fromCharCode(value.length)}${value}`;
}

function payload(...fields: readonly string[]): Uint8Array {
  const all = fields.join('');
  return Buffer.from(`${String.fromCharCode(0, 0, 0, all.length)}${all}`, 'latin1');
}

function reading<T>(
  {
    octet,
    valueOf,
    payloadOf,
  }: { octet: number; valueOf(p: Uint8Array): T; payloadOf(v: T): Uint8Array },
  bytes: Uint8Array,
): { octet: number; value: T } {
  const value = valueOf(bytes);
  expect(Buffer.from(payloadOf(value)).toString('latin1')).toBe(
    Buffer.from(bytes).toString('latin1'),
  );
  return { octet, value };
}

describe('a fact', () => {
  it('tells a user with limits, and one of before there were any', () => {
    const named = [text('name', 'ada'), texts('tags', 'a', 'b')];
    expect(reading(factKinds.userSet, payload(...named))).toEqual({
      octet: 4,
      value: { name: 'ada', tags: ['a', 'b'], limits: {} },
    });
    const limited = payload(...named, number('max_connections', 7), number('max_channels', 0));
    expect(reading(factKinds.userSet, limited)).toEqual({
      octet: 4,
      value: { name: 'ada', tags: ['a', 'b'], limits: { maxConnections: 7, maxChannels: 0 } },
    });
  });

  it('tells what is said of a vhost, with and without a default queue type', () => {
    const described = [text('name', 'v'), text('description', 'd'), texts('tags', 't')];
    const flags = [flag('protected_from_deletion', true), flag('tracing', false)];
    const metadata = {
      ...plainMetadata,
      description: 'd',
      tags: ['t'],
      protectedFromDeletion: true,
    };
    expect(reading(factKinds.vhostMetadataSet, payload(...described, ...flags))).toEqual({
      octet: 14,
      value: { name: 'v', metadata },
    });
    const typed = payload(...described, text('default_queue_type', 'quorum'), ...flags);
    expect(reading(factKinds.vhostMetadataSet, typed)).toEqual({
      octet: 14,
      value: { name: 'v', metadata: { ...metadata, defaultQueueType: 'quorum' } },
    });
  });

  it('tells parameters, their values as JSON', () => {
    const place = [text('component', 'c'), text('vhost', 'v'), text('name', 'n')];
    const location = { component: 'c', vhost: 'v', name: 'n' };
    const set = payload(...place, text('value', '{"a":[1,null]}'));
    expect(reading(factKinds.parameterSet, set)).toEqual({
      octet: 15,
      value: { ...location, value: { a: [1, null] } },
    });
    expect(reading(factKinds.parameterCleared, payload(...place))).toEqual({
      octet: 16,
      value: location,
    });
    const global = payload(text('name', 'n'), text('value', '"x"'));
    expect(reading(factKinds.globalParameterSet, global)).toEqual({
      octet: 17,
      value: { name: 'n', value: 'x' },
    });
    expect(reading(factKinds.globalParameterCleared, payload(text('name', 'n')))).toEqual({
      octet: 18,
      value: { name: 'n' },
    });
    const broken = payload(text('name', 'n'), text('value', '{'));
    expect(() => factKinds.globalParameterSet.valueOf(broken)).toThrow(
      "kind 17) has no usable 'value'",
    );
  });

  it('tells topic permissions, cleared of one exchange or of all', () => {
    const grantee = [text('user', 'u'), text('vhost', 'v')];
    const set = payload(...grantee, text('exchange', 'x'), text('write', 'w'), text('read', 'r'));
    expect(reading(factKinds.topicPermissionsSet, set)).toEqual({
      octet: 19,
      value: { user: 'u', vhost: 'v', exchange: 'x', write: 'w', read: 'r' },
    });
    const one = payload(...grantee, text('exchange', ''));
    expect(reading(factKinds.topicPermissionsCleared, one)).toEqual({
      octet: 20,
      value: { user: 'u', vhost: 'v', exchange: '' },
    });
    expect(reading(factKinds.topicPermissionsCleared, payload(...grantee))).toEqual({
      octet: 20,
      value: { user: 'u', vhost: 'v', exchange: undefined },
    });
  });
});
