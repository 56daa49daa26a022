// Prints the straight-line codec from the table in src/codec/spec.ts: `npx tsx tools/gen-codec.ts`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FieldKind, type FieldSpec, type MethodSpec, methods } from '../src/codec/spec.ts';

type Side = 'client' | 'server';

/** Who decodes what, and under which names: the broker's half or the test peer's. */
interface Half {
  readonly path: string;
  readonly codec: string;
  readonly decodes: Side;
  readonly encodes: Side;
  readonly opening: readonly string[];
}

const broker: Half = {
  path: 'src/codec/methods.gen.ts',
  codec: '.',
  decodes: 'client',
  encodes: 'server',
  opening: ['// Printed by tools/gen-codec.ts from spec.ts. Change those, not this.'],
};

const peer: Half = {
  path: 'test/kit/peer-codec.gen.ts',
  codec: '../../src/codec',
  decodes: 'server',
  encodes: 'client',
  opening: [
    '// Printed by tools/gen-codec.ts from src/codec/spec.ts. Change those, not this.',
    '// The mirror image of src/codec/methods.gen.ts: what a client decodes and encodes.',
  ],
};

const decodedTypes: Record<FieldKind, string> = {
  bit: 'boolean',
  octet: 'number',
  short: 'number',
  long: 'number',
  longlong: 'number',
  shortstr: 'string',
  longstr: 'Uint8Array',
  table: 'Table',
  timestamp: 'number',
};

// A longstr may be given as text, and a delivery tag as a bigint.
const encodedTypes: Record<FieldKind, string> = {
  ...decodedTypes,
  longlong: 'number | bigint',
  longstr: 'Uint8Array | string',
};

const reservedValues: Partial<Record<FieldKind, string>> = {
  short: '0',
  shortstr: "''",
  longstr: "''",
};

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `basic.get-ok` → `BasicGetOk`. */
function typeName(method: MethodSpec): string {
  return method.name.split(/[.-]/).map(capitalised).join('');
}

function isReserved(field: FieldSpec): boolean {
  return field.name.startsWith('reserved');
}

function sentBy(side: Side): readonly MethodSpec[] {
  return methods.filter((method) => method.sender === side || method.sender === 'both');
}

function onlySentBy(side: Side): readonly MethodSpec[] {
  return methods.filter((method) => method.sender === side);
}

function shownFields(method: MethodSpec): readonly FieldSpec[] {
  return method.fields.filter((field) => !isReserved(field));
}

/** Fields in the order of the wire, with bits that share an octet together. */
function fieldGroups(method: MethodSpec): readonly (readonly FieldSpec[])[] {
  const groups: FieldSpec[][] = [];
  for (const field of method.fields) {
    const last = groups.at(-1);
    const joins = field.kind === 'bit' && last?.[0]?.kind === 'bit' && last.length < 8;
    if (joins) last.push(field);
    else groups.push([field]);
  }
  return groups;
}

function kindOf(group: readonly FieldSpec[]): FieldKind {
  const kind = group[0]?.kind;
  if (kind === undefined) throw new Error('a group of no fields');
  return kind;
}

/** A sum type on one line where it fits in 100 columns, else a line a member, as the formatter has it. */
function union(name: string, members: readonly string[]): readonly string[] {
  const line = `export type ${name} = ${members.join(' | ')};`;
  if (line.length <= 100) return [line];
  const lines = members.map((member) => `  | ${member}`);
  return [`export type ${name} =`, ...lines.slice(0, -1), `${lines.at(-1)};`];
}

function decodedType(method: MethodSpec): readonly string[] {
  return [
    `interface ${typeName(method)}Decoded {`,
    `  readonly name: '${method.name}';`,
    `  readonly classId: ${method.classId};`,
    `  readonly methodId: ${method.methodId};`,
    ...shownFields(method).map((f) => `  readonly ${f.name}: ${decodedTypes[f.kind]};`),
    '}',
    '',
  ];
}

function encodedType(method: MethodSpec): readonly string[] {
  return [
    `interface ${typeName(method)} {`,
    `  readonly name: '${method.name}';`,
    ...shownFields(method).map((f) => `  readonly ${f.name}: ${encodedTypes[f.kind]};`),
    '}',
    '',
  ];
}

/** RabbitMQ takes any bytes in what is published, and UTF-8 alone in every other method. */
function readCall(method: MethodSpec, kind: FieldKind): string {
  if (kind === 'shortstr' && method.hasContent) return 'reader.looseShortstr()';
  if (kind === 'timestamp') return 'reader.longlong()';
  return `reader.${kind}()`;
}

function decodeStatements(method: MethodSpec): readonly string[] {
  return fieldGroups(method).flatMap((group) => {
    const kind = kindOf(group);
    if (kind === 'bit') {
      if (group.every(isReserved)) return ['reader.octet();'];
      const bits = group.flatMap((f, i) =>
        isReserved(f) ? [] : [`const ${local(f)} = (bits & ${1 << i}) !== 0;`],
      );
      return ['const bits = reader.octet();', ...bits];
    }
    return group.map((f) => {
      const read = readCall(method, kind);
      return isReserved(f) ? `${read};` : `const ${local(f)} = ${read};`;
    });
  });
}

/** `arguments` may name no variable in a module. */
function local(field: FieldSpec): string {
  return field.name === 'arguments' ? 'table' : field.name;
}

function resultLines(method: MethodSpec): readonly string[] {
  const fields = shownFields(method).map((f) =>
    local(f) === f.name ? f.name : `${f.name}: ${local(f)}`,
  );
  const { name, classId, methodId } = method;
  const items = [`name: '${name}'`, `classId: ${classId}`, `methodId: ${methodId}`, ...fields];
  const line = `  return { ${items.join(', ')} };`;
  if (line.length <= 100) return [line];
  return ['  return {', ...items.map((item) => `    ${item},`), '  };'];
}

function decoder(method: MethodSpec): readonly string[] {
  const reader = method.fields.length === 0 ? '' : 'reader: Reader';
  return [
    `function decode${typeName(method)}(${reader}): ${typeName(method)}Decoded {`,
    ...decodeStatements(method).map((statement) => `  ${statement}`),
    ...resultLines(method),
    '}',
    '',
  ];
}

function encodeStatements(method: MethodSpec): readonly string[] {
  return fieldGroups(method).flatMap((group) => {
    const kind = kindOf(group);
    if (kind === 'bit') {
      const bits = group.flatMap((f, i) =>
        isReserved(f)
          ? []
          : [
              group.length === 1
                ? `method.${f.name} ? 1 : 0`
                : `(method.${f.name} ? ${1 << i} : 0)`,
            ],
      );
      return [`writer.octet(${bits.length === 0 ? '0' : bits.join(' | ')});`];
    }
    const call = kind === 'timestamp' ? 'longlong' : kind;
    return group.map((f) => {
      const value = isReserved(f) ? reservedValue(kind) : `method.${f.name}`;
      return `writer.${call}(${value});`;
    });
  });
}

function reservedValue(kind: FieldKind): string {
  const value = reservedValues[kind];
  if (value === undefined) throw new Error(`no value for a reserved ${kind}`);
  return value;
}

/** Breaks a call that is too long for a line where the formatter would. */
function wrapped(statement: string): readonly string[] {
  if (statement.length + 2 <= 100) return [`  ${statement}`];
  const [call, terms] = statement.slice(0, -2).split(/\((.*)/s, 2);
  const lines = (terms ?? '')
    .split(' | ')
    .map((term, i) => (i === 0 ? `    ${term}` : `      ${term}`));
  return [
    `  ${call}(`,
    ...lines.slice(0, -1).map((line) => `${line} |`),
    `${lines.at(-1)},`,
    '  );',
  ];
}

function encoder(method: MethodSpec): readonly string[] {
  if (method.fields.length === 0) return [];
  const parameter = shownFields(method).length === 0 ? '' : `, method: ${typeName(method)}`;
  return [
    `function encode${typeName(method)}(writer: Writer${parameter}): void {`,
    ...encodeStatements(method).flatMap(wrapped),
    '}',
    '',
  ];
}

function key(method: MethodSpec): string {
  return `0x${(method.classId * 0x1_0000 + method.methodId).toString(16)}`;
}

function decodeFunctions(half: Half): readonly string[] {
  const name = `${capitalised(half.decodes)}Method`;
  const cases = sentBy(half.decodes).flatMap((method) => {
    const reader = method.fields.length === 0 ? '' : 'reader';
    return [`    case ${key(method)}:`, `      return decode${typeName(method)}(${reader});`];
  });
  const refused = onlySentBy(half.encodes).map((method) => `    case ${key(method)}:`);
  return [
    `function decodeArguments(reader: Reader, classId: number, methodId: number): ${name} {`,
    '  switch (classId * 0x1_0000 + methodId) {',
    ...cases,
    ...refused,
    '      throw unimplementedMethod(classId, methodId);',
    '    default:',
    '      throw unknownMethod(classId, methodId);',
    '  }',
    '}',
    '',
    '/** Reads class id, method id and arguments, which must end where the reader ends; or CodecError. */',
    `export function decode${name}(reader: Reader): ${name} {`,
    '  const start = reader.position;',
    '  if (reader.remaining < 4) throw unknownFrame(1, reader.copyOf(start, reader.end));',
    '  const classId = reader.short();',
    '  const methodId = reader.short();',
    '  const argumentsAt = reader.position;',
    '  try {',
    '    const method = decodeArguments(reader, classId, methodId);',
    '    if (reader.remaining === 0) return method;',
    '  } catch (error) {',
    '    throw methodError(error, reader, argumentsAt, classId, methodId);',
    '  }',
    '  throw undecodableArguments(reader, argumentsAt, classId, methodId);',
    '}',
    '',
  ];
}

function encodeFunctions(half: Half): readonly string[] {
  const name = `${capitalised(half.encodes)}Method`;
  const cases = sentBy(half.encodes).flatMap((method) => {
    const argument = shownFields(method).length === 0 ? '' : ', method';
    return [
      `    case '${method.name}':`,
      `      writer.long(${key(method)});`,
      ...(method.fields.length === 0
        ? []
        : [`      encode${typeName(method)}(writer${argument});`]),
      '      return;',
    ];
  });
  return [
    `function encodeAny(writer: Writer, method: ${name}): void {`,
    '  switch (method.name) {',
    ...cases,
    '  }',
    '}',
    '',
    '/** Writes class id, method id and arguments; all of it, or nothing and CodecError. */',
    `export function encode${name}(writer: Writer, method: ${name}): void {`,
    '  const start = writer.length;',
    '  try {',
    '    encodeAny(writer, method);',
    '  } catch (error) {',
    '    writer.rewind(start);',
    '    throw error;',
    '  }',
    '}',
    '',
  ];
}

function nameFunctions(): readonly string[] {
  const ids = methods.map(
    (m) => `  '${m.name}': { classId: ${m.classId}, methodId: ${m.methodId} },`,
  );
  const names = methods.map((m) => `  [${key(m)}, '${m.name}'],`);
  return [
    'const idsByName = {',
    ...ids,
    '} as const;',
    '',
    '/** Every method there is, whoever sends it. */',
    'export type MethodName = keyof typeof idsByName;',
    '',
    'const namesById = new Map<number, MethodName>([',
    ...names,
    ']);',
    '',
    'export function methodName(classId: number, methodId: number): MethodName | undefined {',
    '  return namesById.get(classId * 0x1_0000 + methodId);',
    '}',
    '',
    'export interface MethodIds {',
    '  readonly classId: number;',
    '  readonly methodId: number;',
    '}',
    '',
    'export function methodId(name: MethodName): MethodIds {',
    '  return idsByName[name];',
    '}',
    '',
  ];
}

function importLines(half: Half): readonly string[] {
  return [
    `import type { Reader, Writer } from '${half.codec}/bytes.ts';`,
    'import {',
    '  methodError,',
    '  undecodableArguments,',
    '  unimplementedMethod,',
    '  unknownFrame,',
    '  unknownMethod,',
    `} from '${half.codec}/method-error.ts';`,
    `import type { Table } from '${half.codec}/table.ts';`,
    '',
  ];
}

function print(half: Half): string {
  const decoded = sentBy(half.decodes);
  const encoded = sentBy(half.encodes);
  const lines = [
    ...half.opening,
    '// biome-ignore-all lint/complexity/noExcessiveLinesPerFunction: a case for each method.',
    ...importLines(half),
    ...decoded.flatMap(decodedType),
    ...union(
      `${capitalised(half.decodes)}Method`,
      decoded.map((m) => `${typeName(m)}Decoded`),
    ),
    '',
    ...encoded.flatMap(encodedType),
    ...union(`${capitalised(half.encodes)}Method`, encoded.map(typeName)),
    '',
    ...decoded.flatMap(decoder),
    ...decodeFunctions(half),
    ...encoded.flatMap(encoder),
    ...encodeFunctions(half),
    ...(half === broker ? nameFunctions() : []),
  ];
  return lines.join('\n');
}

/** Each generated file's path from the project's root, and its text. */
export function generated(): readonly { readonly path: string; readonly text: string }[] {
  return [broker, peer].map((half) => ({ path: half.path, text: print(half) }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, text } of generated()) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text);
  }
}
