import { hashingAlgorithm, hashingAlgorithmName } from '../auth/password.ts';
import type { UserPermissions } from '../auth/permissions.ts';
import type { UserTopicPermissions } from '../auth/topic-permissions.ts';
import type { StoredUser, UserLimits } from '../auth/users.ts';
import type { Table } from '../codec/table.ts';
import type { Fact } from '../store/append-log.ts';
import { type Fields, FieldWriter, fieldsOf } from './fact-fields.ts';
import type { GlobalParameter } from './global-parameters.ts';
import type { Parameter } from './parameters.ts';
import type { VhostMetadata } from './vhost-metadata.ts';

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
  /** The name of a user; older versions did not keep it. */
  readonly declaredBy?: string | undefined;
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

/** What names a parameter. */
export interface ParameterLocation {
  readonly component: string;
  readonly vhost: string;
  readonly name: string;
}

export interface VhostMetadataDefinition extends Named {
  readonly metadata: VhostMetadata;
}

export interface ClearedTopicPermissions extends Grantee {
  /** undefined for those on every exchange. */
  readonly exchange: string | undefined;
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
  /** All of it; a vhost that has just been added is plain. */
  vhostMetadataSet: kind(14, writeMetadata, readMetadata),
  parameterSet: kind(15, writeParameter, readParameter),
  parameterCleared: kind(16, writeParameterLocation, readParameterLocation),
  globalParameterSet: kind(17, writeGlobalParameter, readGlobalParameter),
  globalParameterCleared: kind(18, writeName, readName),
  topicPermissionsSet: kind(19, writeTopicPermissions, readTopicPermissions),
  topicPermissionsCleared: kind(20, writeTopicGrantee, readTopicGrantee),
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
  const { maxConnections, maxChannels } = user.limits;
  if (maxConnections !== undefined) fields.number('max_connections', maxConnections);
  if (maxChannels !== undefined) fields.number('max_channels', maxChannels);
  const hash = user.passwordHash;
  if (hash === undefined) return;
  fields.text('password_hash', hash.text);
  fields.text('hashing_algorithm', hashingAlgorithmName(hash.algorithm));
}

function readUser(fields: Fields): StoredUser {
  const { name } = readName(fields);
  const tags = fields.texts('tags');
  const limits = readLimits(fields);
  if (!fields.has('password_hash')) return { name, tags, limits };
  const algorithm = hashingAlgorithm(fields.text('hashing_algorithm'));
  if (algorithm === undefined) throw fields.fault('hashing_algorithm');
  return { name, tags, limits, passwordHash: { algorithm, text: fields.text('password_hash') } };
}

function readLimits(fields: Fields): UserLimits {
  return {
    ...(fields.has('max_connections') ? { maxConnections: fields.number('max_connections') } : {}),
    ...(fields.has('max_channels') ? { maxChannels: fields.number('max_channels') } : {}),
  };
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
  if (queue.declaredBy !== undefined) fields.text('user', queue.declaredBy);
  fields.table('arguments', queue.arguments);
}

function readQueue(fields: Fields): QueueDefinition {
  return {
    ...readLocation(fields),
    number: fields.number('number'),
    autoDelete: fields.flag('auto_delete'),
    ...(fields.has('user') ? { declaredBy: fields.text('user') } : {}),
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

function writeMetadata(fields: FieldWriter, { name, metadata }: VhostMetadataDefinition): void {
  const { defaultQueueType } = metadata;
  fields.text('name', name);
  fields.text('description', metadata.description);
  fields.texts('tags', metadata.tags);
  if (defaultQueueType !== undefined) fields.text('default_queue_type', defaultQueueType);
  fields.flag('protected_from_deletion', metadata.protectedFromDeletion);
  fields.flag('tracing', metadata.tracing);
}

function readMetadata(fields: Fields): VhostMetadataDefinition {
  const { name } = readName(fields);
  const metadata = {
    description: fields.text('description'),
    tags: fields.texts('tags'),
    defaultQueueType: fields.has('default_queue_type')
      ? fields.text('default_queue_type')
      : undefined,
    protectedFromDeletion: fields.flag('protected_from_deletion'),
    tracing: fields.flag('tracing'),
  };
  return { name, metadata };
}

function writeParameterLocation(fields: FieldWriter, location: ParameterLocation): void {
  fields.text('component', location.component);
  writeLocation(fields, location);
}

function readParameterLocation(fields: Fields): ParameterLocation {
  return { component: fields.text('component'), ...readLocation(fields) };
}

function writeParameter(fields: FieldWriter, parameter: Parameter): void {
  writeParameterLocation(fields, parameter);
  fields.json('value', parameter.value);
}

function readParameter(fields: Fields): Parameter {
  return { ...readParameterLocation(fields), value: fields.json('value') };
}

function writeGlobalParameter(fields: FieldWriter, parameter: GlobalParameter): void {
  writeName(fields, parameter);
  fields.json('value', parameter.value);
}

function readGlobalParameter(fields: Fields): GlobalParameter {
  return { ...readName(fields), value: fields.json('value') };
}

function writeTopicGrantee(fields: FieldWriter, cleared: ClearedTopicPermissions): void {
  writeGrantee(fields, cleared);
  if (cleared.exchange !== undefined) fields.text('exchange', cleared.exchange);
}

function readTopicGrantee(fields: Fields): ClearedTopicPermissions {
  const exchange = fields.has('exchange') ? fields.text('exchange') : undefined;
  return { ...readGrantee(fields), exchange };
}

function writeTopicPermissions(fields: FieldWriter, permissions: UserTopicPermissions): void {
  writeGrantee(fields, permissions);
  fields.text('exchange', permissions.exchange);
  fields.text('write', permissions.write);
  fields.text('read', permissions.read);
}

function readTopicPermissions(fields: Fields): UserTopicPermissions {
  return {
    ...readGrantee(fields),
    exchange: fields.text('exchange'),
    write: fields.text('write'),
    read: fields.text('read'),
  };
}
