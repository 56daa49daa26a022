import { describe, expect, it } from 'vitest';
import {
  blindCopies,
  carbonCopies,
  selectedKeys,
  withoutBcc,
  withoutCc,
} from '../../src/broker/sender-selected.ts';
import { type Field, longstr, table } from '../../src/codec/table.ts';
import { fieldsByTypeName } from '../model/fields.ts';
import { outcomeOf } from './fixtures.ts';

const list = (...members: (string | Field)[]): Field => ({
  type: 'A',
  value: members.map((member) => (typeof member === 'string' ? longstr(member) : member)),
});
const both = table({ CC: list('a', 'b'), BCC: list('c'), other: 1 });

describe('keys that the sender selected', () => {
  it('are those of CC, then those of BCC', () => {
    expect(selectedKeys(both)).toEqual(['a', 'b', 'c']);
    expect(carbonCopies(both)).toEqual(['a', 'b']);
    expect(blindCopies(both)).toEqual(['c']);
  });

  it('are none without the headers, and by no other spelling', () => {
    expect(selectedKeys(table({}))).toEqual([]);
    expect(selectedKeys(table({ cc: list('a'), Bcc: list('b') }))).toEqual([]);
  });

  it('pass over members that are no strings', () => {
    const mixed = list('a', { type: 'I', value: 1 }, { type: 'V', value: null }, 'b');
    expect(selectedKeys(table({ CC: mixed }))).toEqual(['a', 'b']);
  });

  const others = Object.entries(fieldsByTypeName).filter(([name]) => name !== 'array');

  it.each(others)('are refused as a %s', (name, field) => {
    for (const header of ['CC', 'BCC']) {
      expect(outcomeOf(() => selectedKeys(table({ [header]: field })))).toBe(
        'PRECONDITION_FAILED - invalid message: ' +
          `{unacceptable_type_in_header,"${header}",${name}}`,
      );
    }
  });
});

describe('headers as others get them', () => {
  it('are without BCC', () => {
    expect([...withoutBcc(both).keys()]).toEqual(['CC', 'other']);
    expect([...both.keys()]).toEqual(['CC', 'BCC', 'other']);
  });

  it('are without CC once a dead letter has a key of its own', () => {
    expect([...withoutCc(both).keys()]).toEqual(['BCC', 'other']);
  });

  it('are the same table when there is nothing to take away', () => {
    const plain = table({ other: 1 });
    expect(withoutBcc(plain)).toBe(plain);
    expect(withoutCc(plain)).toBe(plain);
  });
});
