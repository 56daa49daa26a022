import type { Table } from '../../codec/table.ts';
import { emptyTable } from '../../codec/table.ts';
import { encodeText } from '../../codec/text.ts';
import type { Binding } from '../../exchanges/exchange.ts';
import type { JsonObject } from '../../kit/json.ts';
import { tableIdentity } from '../../model/field-value.ts';
import type { Queue } from '../../queues/queue.ts';
import { checksum } from '../../store/checksum.ts';
import { jsonOf } from '../json-table.ts';

/** What a binding is made of; those of the default exchange are kept nowhere. */
export interface BindingParts {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationKind: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: Table;
}

export function partsOf({ source, destination, ...rest }: Binding<Queue>): BindingParts {
  return {
    vhost: source.vhost,
    source: source.name,
    destination: destination.name,
    destinationKind: destination.kind,
    routingKey: rest.routingKey,
    arguments: rest.arguments,
  };
}

/** The binding to the default exchange that every queue has. */
export function impliedBinding({ vhost, name }: Pick<Queue, 'vhost' | 'name'>): BindingParts {
  return {
    vhost,
    source: '',
    destination: name,
    destinationKind: 'queue',
    routingKey: name,
    arguments: emptyTable,
  };
}

export function bindingView(parts: BindingParts): JsonObject {
  return {
    source: parts.source,
    vhost: parts.vhost,
    destination: parts.destination,
    destination_type: parts.destinationKind,
    routing_key: parts.routingKey,
    arguments: jsonOf(parts.arguments),
    properties_key: propertiesKey(parts.routingKey, parts.arguments),
  };
}

/** What names a binding between its source and its destination: `~`, `KEY`, `KEY~HASH`. */
export function propertiesKey(routingKey: string, all: Table): string {
  const key = quotePlus(routingKey).replaceAll('~', '%7E');
  if (all.size > 0) return `${key}~${hashOf(all)}`;
  return key === '' ? '~' : key;
}

/** Whether a path means this binding; some clients send the routing key as it is. */
export function isNamed({ routingKey, arguments: all }: BindingParts, name: string): boolean {
  if (propertiesKey(routingKey, all) === name) return true;
  return name === (all.size > 0 ? `${routingKey}~${hashOf(all)}` : routingKey);
}

/** As in a form: what is no letter, digit, `.`, `-`, `_` or `~` becomes `%XX`, a space `+`. */
export function quotePlus(text: string): string {
  let quoted = '';
  for (const byte of encodeText(text)) {
    const character = String.fromCharCode(byte);
    if (/[\w.~-]/.test(character)) quoted += character;
    else if (character === ' ') quoted += '+';
    else quoted += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return quoted;
}

// Six characters that stay the same for the same arguments, whatever order they came in.
function hashOf(all: Table): string {
  const hash = Buffer.alloc(4);
  hash.writeUInt32BE(checksum(encodeText(tableIdentity(all))));
  return hash.toString('base64url');
}
