import { type Field, type Table, textOf } from './table.ts';

/** A field's value without its wire type: what a program expects to see. */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | Date
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** A field table as an object. */
export function plainTable(table: Table): Record<string, PlainValue> {
  return Object.fromEntries([...table].map(([key, field]) => [key, plainValue(field)]));
}

/** 64-bit integers are numbers where they fit, timestamps dates, decimals numbers. */
function plainValue(field: Field): PlainValue {
  switch (field.type) {
    case 'S':
      return textOf(field) ?? field.value;
    case 'F':
      return plainTable(field.value);
    case 'A':
      return field.value.map(plainValue);
    case 'T':
      return new Date(Number(field.value) * 1000);
    case 'l':
    case 'L': {
      const number = Number(field.value);
      return Number.isSafeInteger(number) ? number : field.value;
    }
    case 'D':
      return field.value.unscaled / 10 ** field.value.scale;
    default:
      return field.value;
  }
}
