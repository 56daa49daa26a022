import type { Field, Table } from '../codec/table.ts';

// RabbitMQ compares field values as Erlang terms. Outermost, the wire type does not count: a short 1
// equals a long 1, a double 1.0 and a timestamp 1, and a long string equals the same byte array. Inside
// arrays and tables each element carries its type along, and the order of a table's keys counts.

/** The value a field has, whatever its integer or string width, as `==` does in Erlang. */
export function valuesEqual(a: Field, b: Field): boolean {
  switch (a.type) {
    case 'V':
      return b.type === 'V';
    case 't':
      return b.type === 't' && a.value === b.value;
    case 'S':
    case 'x':
      return (b.type === 'S' || b.type === 'x') && bytesEqual(a.value, b.value);
    case 'D':
      return (
        b.type === 'D' && a.value.scale === b.value.scale && a.value.unscaled === b.value.unscaled
      );
    case 'A':
      if (b.type === 'F') return a.value.length === 0 && b.value.size === 0;
      return b.type === 'A' && arraysEqual(a.value, b.value);
    case 'F':
      if (b.type === 'A') return a.value.size === 0 && b.value.length === 0;
      return b.type === 'F' && tablesEqual(a.value, b.value);
    default: {
      const other = numberOf(b);
      return other !== undefined && numbersEqual(a.value, other);
    }
  }
}

/** As `valuesEqual`, and neither is a float where the other is an integer: Erlang's `=:=`. */
export function valuesIdentical(a: Field, b: Field): boolean {
  return isFloat(a) === isFloat(b) && valuesEqual(a, b);
}

function isFloat(field: Field): boolean {
  return field.type === 'f' || field.type === 'd';
}

function numberOf(field: Field): number | bigint | undefined {
  return typeof field.value === 'number' || typeof field.value === 'bigint'
    ? field.value
    : undefined;
}

function numbersEqual(a: number | bigint, b: number | bigint): boolean {
  if (typeof a === typeof b) return a === b;
  // Converting the integer to a double instead would find 2^53 + 1 equal to 2^53.
  const [whole, double] = typeof a === 'bigint' ? [a, Number(b)] : [BigInt(b), a];
  return Number.isInteger(double) && BigInt(double) === whole;
}

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

function elementsEqual(a: Field | undefined, b: Field | undefined): boolean {
  return a !== undefined && b !== undefined && a.type === b.type && valuesEqual(a, b);
}

function arraysEqual(a: readonly Field[], b: readonly Field[]): boolean {
  return a.length === b.length && a.every((item, i) => elementsEqual(item, b[i]));
}

function tablesEqual(a: Table, b: Table): boolean {
  if (a.size !== b.size) return false;
  const others = b.entries();
  for (const [key, field] of a) {
    const other = others.next();
    if (other.done || other.value[0] !== key || !elementsEqual(field, other.value[1])) return false;
  }
  return true;
}

/**
 * A text that two tables share exactly when they are the same table to RabbitMQ's bindings: the same
 * keys with the same types and values, the outermost keys in any order.
 */
export function tableIdentity(table: Table): string {
  if (table.size === 0) return '';
  return [...table]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => entryIdentity(key, field))
    .join('');
}

// Every variable part is preceded by its length, so that no two tables can run into one text.
function entryIdentity(key: string, field: Field): string {
  return `${key.length}:${key}${fieldIdentity(field)}`;
}

function fieldIdentity(field: Field): string {
  switch (field.type) {
    case 'S':
    case 'x':
      return `${field.type}${field.value.length}:${latin1(field.value)}`;
    case 'D':
      return `D${field.value.scale}/${field.value.unscaled};`;
    case 'A':
      return `A${field.value.length}:${field.value.map(fieldIdentity).join('')}`;
    case 'F': {
      const entries = [...field.value].map(([key, value]) => entryIdentity(key, value));
      return `F${entries.length}:${entries.join('')}`;
    }
    default:
      return `${field.type}${field.value};`;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
