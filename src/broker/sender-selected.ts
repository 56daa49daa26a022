import { type Field, type Table, textOf } from '../codec/table.ts';
import { BrokerError } from '../model/broker-error.ts';
import { fieldTypeNames } from '../model/erlang-term.ts';

/**
 * Further routing keys that the sender put into the CC and BCC headers; array members that are no
 * strings are passed over.
 * @throws BrokerError PRECONDITION_FAILED when one of the headers is no array
 */
export function selectedKeys(headers: Table): readonly string[] {
  return [...keysIn('CC', headers.get('CC')), ...keysIn('BCC', headers.get('BCC'))];
}

/** The CC keys alone: those that a reader may see. */
export function carbonCopies(headers: Table): readonly string[] {
  return keysIn('CC', headers.get('CC'));
}

/** The BCC keys alone. */
export function blindCopies(headers: Table): readonly string[] {
  return keysIn('BCC', headers.get('BCC'));
}

/** The headers as readers get them: nobody learns of blind copies. The same table if there are none. */
export function withoutBcc(headers: Table): Table {
  return without(headers, 'BCC');
}

export function withoutCc(headers: Table): Table {
  return without(headers, 'CC');
}

function without(headers: Table, key: string): Table {
  if (!headers.has(key)) return headers;
  const rest = new Map(headers);
  rest.delete(key);
  return rest;
}

function keysIn(header: string, field: Field | undefined): string[] {
  if (field === undefined) return [];
  if (field.type !== 'A') {
    throw new BrokerError(
      'PRECONDITION_FAILED',
      `invalid message: {unacceptable_type_in_header,"${header}",${fieldTypeNames[field.type]}}`,
    );
  }
  const keys: string[] = [];
  for (const member of field.value) {
    const key = member.type === 'S' ? textOf(member) : undefined;
    if (key !== undefined) keys.push(key);
  }
  return keys;
}
