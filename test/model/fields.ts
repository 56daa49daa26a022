import { type Field, longstr, table } from '../../src/codec/table.ts';

/** One field of every type that RabbitMQ reads, by the name that its texts have for the type. */
export const fieldsByTypeName: Readonly<Record<string, Field>> = {
  bool: { type: 't', value: true },
  byte: { type: 'b', value: 5 },
  unsignedbyte: { type: 'B', value: 5 },
  short: { type: 's', value: 5 },
  unsignedshort: { type: 'u', value: 5 },
  signedint: { type: 'I', value: 5 },
  unsignedint: { type: 'i', value: 5 },
  long: { type: 'l', value: 5n },
  float: { type: 'f', value: 2 },
  double: { type: 'd', value: 1.5 },
  decimal: { type: 'D', value: { scale: 2, unscaled: 1234 } },
  longstr: longstr('x'),
  array: { type: 'A', value: [{ type: 'b', value: 1 }] },
  timestamp: { type: 'T', value: 5n },
  table: { type: 'F', value: table({ a: 1 }) },
  void: { type: 'V', value: null },
  binary: { type: 'x', value: new Uint8Array([120, 121]) },
};

export const integerTypeNames = [
  'byte',
  'unsignedbyte',
  'short',
  'unsignedshort',
  'signedint',
  'unsignedint',
  'long',
];

export const notIntegerTypeNames = Object.keys(fieldsByTypeName).filter(
  (name) => !integerTypeNames.includes(name),
);
