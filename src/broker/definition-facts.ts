import { hashingAlgorithm, hashingAlgorithmName } from '../auth/password.ts';
import type { UserPermissions } from '../auth/permissions.ts';
import type { StoredUser } from '../auth/users.ts';
import type { Table } from '../codec/table.ts';
import type { Fact } from '../store/append-log.ts';
import { type Fields, FieldWriter, fieldsOf } from './fact-fields.ts';

export interface Named {
  readonly name: string;
}

/** What names an exchange or a queue. */
export interface Located {
  readonly vhost: string;
  readonly name: string;
}

export interface ExchangeDefinition extends Located {
  readonly type: string;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
}

export interface QueueDefinition extends Located {
  /** Its number on this node, for the log. */
  readonly number: number;
  readonly autoDelete: boolean;
  readonly arguments: Table;
}

export interface BindingDefinition {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationKind: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: Table;
}

export interface Grantee {
  readonly user: string;
  readonly vhost: string;
}

/** A kind of change, as the log keeps it: a field table under an octet of its own. */
export interface FactKind<T> {
  readonly octet: number;
  factOf(value: T): Fact;
  payloadOf(value: T): Uint8Array;
  /** @throws Error for a payload that lacks what this kind needs; further fields are left alone */
  valueOf(payload: Uint8Array): T;
}

/**
 * All kinds of facts that definitions are made of. An octet is never given to another kind: data
 * directories outlive versions. A thing that is deleted takes its bindings with it, a vhost all that
 * it holds; every other effect is a fact of its own.
 */
export const factKinds = {
  /** All queues so far have numbers up to this one. */
  queueNumbers: kind(1, writeLast, (fields) => fields.number('last')),
  vhostAdded: kind(2, writeName, readName),
  vhostRemoved: kind(3, writeName, readName),
  /** Added or changed. */
  userSet: kind(4, writeUser, readUser),
  userRemoved: kind(5, writeName, readName),
  permissionsSet: kind(6, writePermissions, readPermissions),
  permissionsCleared: kind(7, writeGrantee, readGrantee),
  exchangeDeclared: kind(8, writeExchange, readExchange),
  exchangeDeleted: kind(9, writeLocation, readLocation),
  queueDeclared: kind(10, writeQueue, readQueue),
  queueDeleted: kind(11, writeLocation, readLocation),
  bindingAdded: kind(12, writeBinding, readBinding),
  bindingRemoved: kind(13, writeBinding, readBinding),
} as const;

const writer = new FieldWriter();

function kind<T>(
  octet: number,
  write: (fields: FieldWriter, value: T) => void,
  read: (fields: Fields) => T,
): FactKind<T> {
  const payloadOf = (value: T): Uint8Array => {
    write(writer, value);
    return writer.take();
  };
  return {
    octet,
    factOf: (value) => ({ kind: octet, payload: payloadOf(value) }),
    payloadOf,
    valueOf: (payload) => read(fieldsOf(octet, payload)),
  };
}

function writeLast(fields: FieldWriter, last: number): void {
  fields.number('last', last);
}

function writeName(fields: FieldWriter, { name }: Named): void {
  fields.text('name', name);
}

function readName(fields: Fields): Named {
  return { name: fields.text('name') };
}

function writeLocation(fields: FieldWriter, { vhost, name }: Located): void {
  fields.text('vhost', vhost);
  fields.text('name', name);
}

function readLocation(fields: Fields): Located {
  return { vhost: fields.text('vhost'), name: fields.text('name') };
}

function writeUser(fields: FieldWriter, user: StoredUser): void {
  writeName(fields, user);
  fields.texts('tags', user.tags);
  const hash = user.passwordHash;
  if (hash === undefined) return;
  fields.text('password_hash', hash.text);
  fields.text('hashing_algorithm', hashingAlgorithmName(hash.algorithm));
}

function readUser(fields: Fields): StoredUser {
  const { name } = readName(fields);
  const tags = fields.texts('tags');
  if (!fields.has('password_hash')) return { name, tags };
  const algorithm = hashingAlgorithm(fields.text('hashing_algorithm'));
  if (algorithm === undefined) throw fields.fault('hashing_algorithm');
  return { name, tags, passwordHash: { algorithm, text: fields.text('password_hash') } };
}

function writeGrantee(fields: FieldWriter, { user, vhost }: Grantee): void {
  fields.text('user', user);
  fields.text('vhost', vhost);
}

function readGrantee(fields: Fields): Grantee {
  return { user: fields.text('user'), vhost: fields.text('vhost') };
}

function writePermissions(fields: FieldWriter, permissions: UserPermissions): void {
  writeGrantee(fields, permissions);
  fields.text('configure', permissions.configure);
  fields.text('write', permissions.write);
  fields.text('read', permissions.read);
}

function readPermissions(fields: Fields): UserPermissions {
  return {
    ...readGrantee(fields),
    configure: fields.text('configure'),
    write: fields.text('write'),
    read: fields.text('read'),
  };
}

function writeExchange(fields: FieldWriter, exchange: ExchangeDefinition): void {
  writeLocation(fields, exchange);
  fields.text('type', exchange.type);
  fields.flag('auto_delete', exchange.autoDelete);
  fields.flag('internal', exchange.internal);
  fields.table('arguments', exchange.arguments);
}

function readExchange(fields: Fields): ExchangeDefinition {
  return {
    ...readLocation(fields),
    type: fields.text('type'),
    autoDelete: fields.flag('auto_delete'),
    internal: fields.flag('internal'),
    arguments: fields.table('arguments'),
  };
}

function writeQueue(fields: FieldWriter, queue: QueueDefinition): void {
  writeLocation(fields, queue);
  fields.number('number', queue.number);
  fields.flag('auto_delete', queue.autoDelete);
  fields.table('arguments', queue.arguments);
}

function readQueue(fields: Fields): QueueDefinition {
  return {
    ...readLocation(fields),
    number: fields.number('number'),
    autoDelete: fields.flag('auto_delete'),
    arguments: fields.table('arguments'),
  };
}

function writeBinding(fields: FieldWriter, binding: BindingDefinition): void {
  fields.text('vhost', binding.vhost);
  fields.text('source', binding.source);
  fields.text('destination', binding.destination);
  fields.text('destination_type', binding.destinationKind);
  fields.text('routing_key', binding.routingKey);
  fields.table('arguments', binding.arguments);
}

function readBinding(fields: Fields): BindingDefinition {
  const destinationKind = fields.text('destination_type');
  if (destinationKind !== 'queue' && destinationKind !== 'exchange') {
    throw fields.fault('destination_type');
  }
  return {
    vhost: fields.text('vhost'),
    source: fields.text('source'),
    destination: fields.text('destination'),
    destinationKind,
    routingKey: fields.text('routing_key'),
    arguments: fields.table('arguments'),
  };
}
