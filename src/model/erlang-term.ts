import type { Field, FieldType } from '../codec/table.ts';
import { decodeText } from '../codec/text.ts';

// RabbitMQ's reply texts show values as Erlang prints them, and clients' tests match these texts.

/** What RabbitMQ calls a field type in its texts. */
export const fieldTypeNames: Readonly<Record<FieldType, string>> = {
  t: 'bool',
  b: 'byte',
  B: 'unsignedbyte',
  s: 'short',
  u: 'unsignedshort',
  I: 'signedint',
  i: 'unsignedint',
  l: 'long',
  L: 'long',
  f: 'float',
  d: 'double',
  D: 'decimal',
  S: 'longstr',
  A: 'array',
  T: 'timestamp',
  F: 'table',
  V: 'void',
  x: 'binary',
};

/** A field's value as a term, on one line: `[{<<"a">>,byte,1}]`, `<<"text">>`, `1.5`, `undefined`. */
export function erlangTerm(field: Field): string {
  switch (field.type) {
    case 'S':
    case 'x':
      return erlangBinary(field.value);
    case 'V':
      return 'undefined';
    case 'D':
      return `{${field.value.scale},${field.value.unscaled}}`;
    case 'f':
    case 'd':
      return erlangFloat(field.value);
    case 'A': {
      const items = field.value.map((item) => `{${fieldTypeNames[item.type]},${erlangTerm(item)}}`);
      return `[${items.join(',')}]`;
    }
    case 'F': {
      const entries = [...field.value].map(
        ([key, item]) =>
          `{<<${erlangString(key)}>>,${fieldTypeNames[item.type]},${erlangTerm(item)}}`,
      );
      return `[${entries.join(',')}]`;
    }
    default:
      return String(field.value);
  }
}

/** A field's value as it stands between quotes in a text: strings bare, all else as a term. */
export function erlangText(field: Field): string {
  return field.type === 'S' || field.type === 'x'
    ? decodeText(field.value, 0, field.value.length)
    : erlangTerm(field);
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Text as an Erlang string in double quotes. */
export function erlangString(text: string): string {
  return `"${text.replace(/["\\\n\r\t]/g, (character) => escapes[character] ?? character)}"`;
}

const unprintable = /[\p{Cc}\p{Cs}]/u;

function erlangBinary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<<>>';
  const text = decodeText(bytes, 0, bytes.length);
  return unprintable.test(text.replace(/[\n\r\t]/g, ''))
    ? `<<${bytes.join(',')}>>`
    : `<<${erlangString(text)}>>`;
}

// Erlang prints the shorter of 1000.0 and 1.0e3, JavaScript drops the fraction and writes 1e+21.
function erlangFloat(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const withPoint = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  const scientific = `${withPoint}e${Number(exponent)}`;
  const plain = String(value);
  if (plain.includes('e')) return scientific;
  const fixed = plain.includes('.') ? plain : `${plain}.0`;
  return fixed.length <= scientific.length ? fixed : scientific;
}
