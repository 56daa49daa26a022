// Printed by tools/gen-codec.ts from spec.ts. Change those, not this.
// biome-ignore-all lint/complexity/noExcessiveLinesPerFunction: a case for each method.
import type { Reader, Writer } from './bytes.ts';
import {
  methodError,
  undecodableArguments,
  unimplementedMethod,
  unknownFrame,
  unknownMethod,
} from './method-error.ts';
import type { Table } from './table.ts';

interface ConnectionStartOkDecoded {
  readonly name: 'connection.start-ok';
  readonly classId: 10;
  readonly methodId: 11;
  readonly clientProperties: Table;
  readonly mechanism: string;
  readonly response: Uint8Array;
  readonly locale: string;
}

interface ConnectionSecureOkDecoded {
  readonly name: 'connection.secure-ok';
  readonly classId: 10;
  readonly methodId: 21;
  readonly response: Uint8Array;
}

interface ConnectionTuneOkDecoded {
  readonly name: 'connection.tune-ok';
  readonly classId: 10;
  readonly methodId: 31;
  readonly channelMax: number;
  readonly frameMax: number;
  readonly heartbeat: number;
}

interface ConnectionOpenDecoded {
  readonly name: 'connection.open';
  readonly classId: 10;
  readonly methodId: 40;
  readonly virtualHost: string;
}

interface ConnectionCloseDecoded {
  readonly name: 'connection.close';
  readonly classId: 10;
  readonly methodId: 50;
  readonly replyCode: number;
  readonly replyText: string;
  readonly failingClassId: number;
  readonly failingMethodId: number;
}

interface ConnectionCloseOkDecoded {
  readonly name: 'connection.close-ok';
  readonly classId: 10;
  readonly methodId: 51;
}

interface ConnectionUpdateSecretDecoded {
  readonly name: 'connection.update-secret';
  readonly classId: 10;
  readonly methodId: 70;
  readonly newSecret: Uint8Array;
  readonly reason: string;
}

interface ChannelOpenDecoded {
  readonly name: 'channel.open';
  readonly classId: 20;
  readonly methodId: 10;
}

interface ChannelFlowDecoded {
  readonly name: 'channel.flow';
  readonly classId: 20;
  readonly methodId: 20;
  readonly active: boolean;
}

interface ChannelCloseDecoded {
  readonly name: 'channel.close';
  readonly classId: 20;
  readonly methodId: 40;
  readonly replyCode: number;
  readonly replyText: string;
  readonly failingClassId: number;
  readonly failingMethodId: number;
}

interface ChannelCloseOkDecoded {
  readonly name: 'channel.close-ok';
  readonly classId: 20;
  readonly methodId: 41;
}

interface AccessRequestDecoded {
  readonly name: 'access.request';
  readonly classId: 30;
  readonly methodId: 10;
  readonly realm: string;
  readonly exclusive: boolean;
  readonly passive: boolean;
  readonly active: boolean;
  readonly write: boolean;
  readonly read: boolean;
}

interface ExchangeDeclareDecoded {
  readonly name: 'exchange.declare';
  readonly classId: 40;
  readonly methodId: 10;
  readonly exchange: string;
  readonly type: string;
  readonly passive: boolean;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface ExchangeDeleteDecoded {
  readonly name: 'exchange.delete';
  readonly classId: 40;
  readonly methodId: 20;
  readonly exchange: string;
  readonly ifUnused: boolean;
  readonly noWait: boolean;
}

interface ExchangeBindDecoded {
  readonly name: 'exchange.bind';
  readonly classId: 40;
  readonly methodId: 30;
  readonly destination: string;
  readonly source: string;
  readonly routingKey: string;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface ExchangeUnbindDecoded {
  readonly name: 'exchange.unbind';
  readonly classId: 40;
  readonly methodId: 40;
  readonly destination: string;
  readonly source: string;
  readonly routingKey: string;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface QueueDeclareDecoded {
  readonly name: 'queue.declare';
  readonly classId: 50;
  readonly methodId: 10;
  readonly queue: string;
  readonly passive: boolean;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface QueueBindDecoded {
  readonly name: 'queue.bind';
  readonly classId: 50;
  readonly methodId: 20;
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface QueuePurgeDecoded {
  readonly name: 'queue.purge';
  readonly classId: 50;
  readonly methodId: 30;
  readonly queue: string;
  readonly noWait: boolean;
}

interface QueueDeleteDecoded {
  readonly name: 'queue.delete';
  readonly classId: 50;
  readonly methodId: 40;
  readonly queue: string;
  readonly ifUnused: boolean;
  readonly ifEmpty: boolean;
  readonly noWait: boolean;
}

interface QueueUnbindDecoded {
  readonly name: 'queue.unbind';
  readonly classId: 50;
  readonly methodId: 50;
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly arguments: Table;
}

interface BasicQosDecoded {
  readonly name: 'basic.qos';
  readonly classId: 60;
  readonly methodId: 10;
  readonly prefetchSize: number;
  readonly prefetchCount: number;
  readonly global: boolean;
}

interface BasicConsumeDecoded {
  readonly name: 'basic.consume';
  readonly classId: 60;
  readonly methodId: 20;
  readonly queue: string;
  readonly consumerTag: string;
  readonly noLocal: boolean;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface BasicCancelDecoded {
  readonly name: 'basic.cancel';
  readonly classId: 60;
  readonly methodId: 30;
  readonly consumerTag: string;
  readonly noWait: boolean;
}

interface BasicPublishDecoded {
  readonly name: 'basic.publish';
  readonly classId: 60;
  readonly methodId: 40;
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly immediate: boolean;
}

interface BasicGetDecoded {
  readonly name: 'basic.get';
  readonly classId: 60;
  readonly methodId: 70;
  readonly queue: string;
  readonly noAck: boolean;
}

interface BasicAckDecoded {
  readonly name: 'basic.ack';
  readonly classId: 60;
  readonly methodId: 80;
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

interface BasicRejectDecoded {
  readonly name: 'basic.reject';
  readonly classId: 60;
  readonly methodId: 90;
  readonly deliveryTag: number;
  readonly requeue: boolean;
}

interface BasicRecoverAsyncDecoded {
  readonly name: 'basic.recover-async';
  readonly classId: 60;
  readonly methodId: 100;
  readonly requeue: boolean;
}

interface BasicRecoverDecoded {
  readonly name: 'basic.recover';
  readonly classId: 60;
  readonly methodId: 110;
  readonly requeue: boolean;
}

interface BasicNackDecoded {
  readonly name: 'basic.nack';
  readonly classId: 60;
  readonly methodId: 120;
  readonly deliveryTag: number;
  readonly multiple: boolean;
  readonly requeue: boolean;
}

interface ConfirmSelectDecoded {
  readonly name: 'confirm.select';
  readonly classId: 85;
  readonly methodId: 10;
  readonly noWait: boolean;
}

interface TxSelectDecoded {
  readonly name: 'tx.select';
  readonly classId: 90;
  readonly methodId: 10;
}

interface TxCommitDecoded {
  readonly name: 'tx.commit';
  readonly classId: 90;
  readonly methodId: 20;
}

interface TxRollbackDecoded {
  readonly name: 'tx.rollback';
  readonly classId: 90;
  readonly methodId: 30;
}

export type ClientMethod =
  | ConnectionStartOkDecoded
  | ConnectionSecureOkDecoded
  | ConnectionTuneOkDecoded
  | ConnectionOpenDecoded
  | ConnectionCloseDecoded
  | ConnectionCloseOkDecoded
  | ConnectionUpdateSecretDecoded
  | ChannelOpenDecoded
  | ChannelFlowDecoded
  | ChannelCloseDecoded
  | ChannelCloseOkDecoded
  | AccessRequestDecoded
  | ExchangeDeclareDecoded
  | ExchangeDeleteDecoded
  | ExchangeBindDecoded
  | ExchangeUnbindDecoded
  | QueueDeclareDecoded
  | QueueBindDecoded
  | QueuePurgeDecoded
  | QueueDeleteDecoded
  | QueueUnbindDecoded
  | BasicQosDecoded
  | BasicConsumeDecoded
  | BasicCancelDecoded
  | BasicPublishDecoded
  | BasicGetDecoded
  | BasicAckDecoded
  | BasicRejectDecoded
  | BasicRecoverAsyncDecoded
  | BasicRecoverDecoded
  | BasicNackDecoded
  | ConfirmSelectDecoded
  | TxSelectDecoded
  | TxCommitDecoded
  | TxRollbackDecoded;

interface ConnectionStart {
  readonly name: 'connection.start';
  readonly versionMajor: number;
  readonly versionMinor: number;
  readonly serverProperties: Table;
  readonly mechanisms: Uint8Array | string;
  readonly locales: Uint8Array | string;
}

interface ConnectionSecure {
  readonly name: 'connection.secure';
  readonly challenge: Uint8Array | string;
}

interface ConnectionTune {
  readonly name: 'connection.tune';
  readonly channelMax: number;
  readonly frameMax: number;
  readonly heartbeat: number;
}

interface ConnectionOpenOk {
  readonly name: 'connection.open-ok';
}

interface ConnectionClose {
  readonly name: 'connection.close';
  readonly replyCode: number;
  readonly replyText: string;
  readonly failingClassId: number;
  readonly failingMethodId: number;
}

interface ConnectionCloseOk {
  readonly name: 'connection.close-ok';
}

interface ConnectionBlocked {
  readonly name: 'connection.blocked';
  readonly reason: string;
}

interface ConnectionUnblocked {
  readonly name: 'connection.unblocked';
}

interface ConnectionUpdateSecretOk {
  readonly name: 'connection.update-secret-ok';
}

interface ChannelOpenOk {
  readonly name: 'channel.open-ok';
}

interface ChannelFlowOk {
  readonly name: 'channel.flow-ok';
  readonly active: boolean;
}

interface ChannelClose {
  readonly name: 'channel.close';
  readonly replyCode: number;
  readonly replyText: string;
  readonly failingClassId: number;
  readonly failingMethodId: number;
}

interface ChannelCloseOk {
  readonly name: 'channel.close-ok';
}

interface AccessRequestOk {
  readonly name: 'access.request-ok';
  readonly ticket: number;
}

interface ExchangeDeclareOk {
  readonly name: 'exchange.declare-ok';
}

interface ExchangeDeleteOk {
  readonly name: 'exchange.delete-ok';
}

interface ExchangeBindOk {
  readonly name: 'exchange.bind-ok';
}

interface ExchangeUnbindOk {
  readonly name: 'exchange.unbind-ok';
}

interface QueueDeclareOk {
  readonly name: 'queue.declare-ok';
  readonly queue: string;
  readonly messageCount: number;
  readonly consumerCount: number;
}

interface QueueBindOk {
  readonly name: 'queue.bind-ok';
}

interface QueuePurgeOk {
  readonly name: 'queue.purge-ok';
  readonly messageCount: number;
}

interface QueueDeleteOk {
  readonly name: 'queue.delete-ok';
  readonly messageCount: number;
}

interface QueueUnbindOk {
  readonly name: 'queue.unbind-ok';
}

interface BasicQosOk {
  readonly name: 'basic.qos-ok';
}

interface BasicConsumeOk {
  readonly name: 'basic.consume-ok';
  readonly consumerTag: string;
}

interface BasicCancel {
  readonly name: 'basic.cancel';
  readonly consumerTag: string;
  readonly noWait: boolean;
}

interface BasicCancelOk {
  readonly name: 'basic.cancel-ok';
  readonly consumerTag: string;
}

interface BasicReturn {
  readonly name: 'basic.return';
  readonly replyCode: number;
  readonly replyText: string;
  readonly exchange: string;
  readonly routingKey: string;
}

interface BasicDeliver {
  readonly name: 'basic.deliver';
  readonly consumerTag: string;
  readonly deliveryTag: number | bigint;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
}

interface BasicGetOk {
  readonly name: 'basic.get-ok';
  readonly deliveryTag: number | bigint;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageCount: number;
}

interface BasicGetEmpty {
  readonly name: 'basic.get-empty';
}

interface BasicAck {
  readonly name: 'basic.ack';
  readonly deliveryTag: number | bigint;
  readonly multiple: boolean;
}

interface BasicRecoverOk {
  readonly name: 'basic.recover-ok';
}

interface BasicNack {
  readonly name: 'basic.nack';
  readonly deliveryTag: number | bigint;
  readonly multiple: boolean;
  readonly requeue: boolean;
}

interface ConfirmSelectOk {
  readonly name: 'confirm.select-ok';
}

interface TxSelectOk {
  readonly name: 'tx.select-ok';
}

interface TxCommitOk {
  readonly name: 'tx.commit-ok';
}

interface TxRollbackOk {
  readonly name: 'tx.rollback-ok';
}

export type ServerMethod =
  | ConnectionStart
  | ConnectionSecure
  | ConnectionTune
  | ConnectionOpenOk
  | ConnectionClose
  | ConnectionCloseOk
  | ConnectionBlocked
  | ConnectionUnblocked
  | ConnectionUpdateSecretOk
  | ChannelOpenOk
  | ChannelFlowOk
  | ChannelClose
  | ChannelCloseOk
  | AccessRequestOk
  | ExchangeDeclareOk
  | ExchangeDeleteOk
  | ExchangeBindOk
  | ExchangeUnbindOk
  | QueueDeclareOk
  | QueueBindOk
  | QueuePurgeOk
  | QueueDeleteOk
  | QueueUnbindOk
  | BasicQosOk
  | BasicConsumeOk
  | BasicCancel
  | BasicCancelOk
  | BasicReturn
  | BasicDeliver
  | BasicGetOk
  | BasicGetEmpty
  | BasicAck
  | BasicRecoverOk
  | BasicNack
  | ConfirmSelectOk
  | TxSelectOk
  | TxCommitOk
  | TxRollbackOk;

function decodeConnectionStartOk(reader: Reader): ConnectionStartOkDecoded {
  const clientProperties = reader.table();
  const mechanism = reader.shortstr();
  const response = reader.longstr();
  const locale = reader.shortstr();
  return {
    name: 'connection.start-ok',
    classId: 10,
    methodId: 11,
    clientProperties,
    mechanism,
    response,
    locale,
  };
}

function decodeConnectionSecureOk(reader: Reader): ConnectionSecureOkDecoded {
  const response = reader.longstr();
  return { name: 'connection.secure-ok', classId: 10, methodId: 21, response };
}

function decodeConnectionTuneOk(reader: Reader): ConnectionTuneOkDecoded {
  const channelMax = reader.short();
  const frameMax = reader.long();
  const heartbeat = reader.short();
  return { name: 'connection.tune-ok', classId: 10, methodId: 31, channelMax, frameMax, heartbeat };
}

function decodeConnectionOpen(reader: Reader): ConnectionOpenDecoded {
  const virtualHost = reader.shortstr();
  reader.shortstr();
  reader.octet();
  return { name: 'connection.open', classId: 10, methodId: 40, virtualHost };
}

function decodeConnectionClose(reader: Reader): ConnectionCloseDecoded {
  const replyCode = reader.short();
  const replyText = reader.shortstr();
  const failingClassId = reader.short();
  const failingMethodId = reader.short();
  return {
    name: 'connection.close',
    classId: 10,
    methodId: 50,
    replyCode,
    replyText,
    failingClassId,
    failingMethodId,
  };
}

function decodeConnectionCloseOk(): ConnectionCloseOkDecoded {
  return { name: 'connection.close-ok', classId: 10, methodId: 51 };
}

function decodeConnectionUpdateSecret(reader: Reader): ConnectionUpdateSecretDecoded {
  const newSecret = reader.longstr();
  const reason = reader.shortstr();
  return { name: 'connection.update-secret', classId: 10, methodId: 70, newSecret, reason };
}

function decodeChannelOpen(reader: Reader): ChannelOpenDecoded {
  reader.shortstr();
  return { name: 'channel.open', classId: 20, methodId: 10 };
}

function decodeChannelFlow(reader: Reader): ChannelFlowDecoded {
  const bits = reader.octet();
  const active = (bits & 1) !== 0;
  return { name: 'channel.flow', classId: 20, methodId: 20, active };
}

function decodeChannelClose(reader: Reader): ChannelCloseDecoded {
  const replyCode = reader.short();
  const replyText = reader.shortstr();
  const failingClassId = reader.short();
  const failingMethodId = reader.short();
  return {
    name: 'channel.close',
    classId: 20,
    methodId: 40,
    replyCode,
    replyText,
    failingClassId,
    failingMethodId,
  };
}

function decodeChannelCloseOk(): ChannelCloseOkDecoded {
  return { name: 'channel.close-ok', classId: 20, methodId: 41 };
}

function decodeAccessRequest(reader: Reader): AccessRequestDecoded {
  const realm = reader.shortstr();
  const bits = reader.octet();
  const exclusive = (bits & 1) !== 0;
  const passive = (bits & 2) !== 0;
  const active = (bits & 4) !== 0;
  const write = (bits & 8) !== 0;
  const read = (bits & 16) !== 0;
  return {
    name: 'access.request',
    classId: 30,
    methodId: 10,
    realm,
    exclusive,
    passive,
    active,
    write,
    read,
  };
}

function decodeExchangeDeclare(reader: Reader): ExchangeDeclareDecoded {
  reader.short();
  const exchange = reader.shortstr();
  const type = reader.shortstr();
  const bits = reader.octet();
  const passive = (bits & 1) !== 0;
  const durable = (bits & 2) !== 0;
  const autoDelete = (bits & 4) !== 0;
  const internal = (bits & 8) !== 0;
  const noWait = (bits & 16) !== 0;
  const table = reader.table();
  return {
    name: 'exchange.declare',
    classId: 40,
    methodId: 10,
    exchange,
    type,
    passive,
    durable,
    autoDelete,
    internal,
    noWait,
    arguments: table,
  };
}

function decodeExchangeDelete(reader: Reader): ExchangeDeleteDecoded {
  reader.short();
  const exchange = reader.shortstr();
  const bits = reader.octet();
  const ifUnused = (bits & 1) !== 0;
  const noWait = (bits & 2) !== 0;
  return { name: 'exchange.delete', classId: 40, methodId: 20, exchange, ifUnused, noWait };
}

function decodeExchangeBind(reader: Reader): ExchangeBindDecoded {
  reader.short();
  const destination = reader.shortstr();
  const source = reader.shortstr();
  const routingKey = reader.shortstr();
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  const table = reader.table();
  return {
    name: 'exchange.bind',
    classId: 40,
    methodId: 30,
    destination,
    source,
    routingKey,
    noWait,
    arguments: table,
  };
}

function decodeExchangeUnbind(reader: Reader): ExchangeUnbindDecoded {
  reader.short();
  const destination = reader.shortstr();
  const source = reader.shortstr();
  const routingKey = reader.shortstr();
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  const table = reader.table();
  return {
    name: 'exchange.unbind',
    classId: 40,
    methodId: 40,
    destination,
    source,
    routingKey,
    noWait,
    arguments: table,
  };
}

function decodeQueueDeclare(reader: Reader): QueueDeclareDecoded {
  reader.short();
  const queue = reader.shortstr();
  const bits = reader.octet();
  const passive = (bits & 1) !== 0;
  const durable = (bits & 2) !== 0;
  const exclusive = (bits & 4) !== 0;
  const autoDelete = (bits & 8) !== 0;
  const noWait = (bits & 16) !== 0;
  const table = reader.table();
  return {
    name: 'queue.declare',
    classId: 50,
    methodId: 10,
    queue,
    passive,
    durable,
    exclusive,
    autoDelete,
    noWait,
    arguments: table,
  };
}

function decodeQueueBind(reader: Reader): QueueBindDecoded {
  reader.short();
  const queue = reader.shortstr();
  const exchange = reader.shortstr();
  const routingKey = reader.shortstr();
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  const table = reader.table();
  return {
    name: 'queue.bind',
    classId: 50,
    methodId: 20,
    queue,
    exchange,
    routingKey,
    noWait,
    arguments: table,
  };
}

function decodeQueuePurge(reader: Reader): QueuePurgeDecoded {
  reader.short();
  const queue = reader.shortstr();
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  return { name: 'queue.purge', classId: 50, methodId: 30, queue, noWait };
}

function decodeQueueDelete(reader: Reader): QueueDeleteDecoded {
  reader.short();
  const queue = reader.shortstr();
  const bits = reader.octet();
  const ifUnused = (bits & 1) !== 0;
  const ifEmpty = (bits & 2) !== 0;
  const noWait = (bits & 4) !== 0;
  return { name: 'queue.delete', classId: 50, methodId: 40, queue, ifUnused, ifEmpty, noWait };
}

function decodeQueueUnbind(reader: Reader): QueueUnbindDecoded {
  reader.short();
  const queue = reader.shortstr();
  const exchange = reader.shortstr();
  const routingKey = reader.shortstr();
  const table = reader.table();
  return {
    name: 'queue.unbind',
    classId: 50,
    methodId: 50,
    queue,
    exchange,
    routingKey,
    arguments: table,
  };
}

function decodeBasicQos(reader: Reader): BasicQosDecoded {
  const prefetchSize = reader.long();
  const prefetchCount = reader.short();
  const bits = reader.octet();
  const global = (bits & 1) !== 0;
  return { name: 'basic.qos', classId: 60, methodId: 10, prefetchSize, prefetchCount, global };
}

function decodeBasicConsume(reader: Reader): BasicConsumeDecoded {
  reader.short();
  const queue = reader.shortstr();
  const consumerTag = reader.shortstr();
  const bits = reader.octet();
  const noLocal = (bits & 1) !== 0;
  const noAck = (bits & 2) !== 0;
  const exclusive = (bits & 4) !== 0;
  const noWait = (bits & 8) !== 0;
  const table = reader.table();
  return {
    name: 'basic.consume',
    classId: 60,
    methodId: 20,
    queue,
    consumerTag,
    noLocal,
    noAck,
    exclusive,
    noWait,
    arguments: table,
  };
}

function decodeBasicCancel(reader: Reader): BasicCancelDecoded {
  const consumerTag = reader.shortstr();
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  return { name: 'basic.cancel', classId: 60, methodId: 30, consumerTag, noWait };
}

function decodeBasicPublish(reader: Reader): BasicPublishDecoded {
  reader.short();
  const exchange = reader.looseShortstr();
  const routingKey = reader.looseShortstr();
  const bits = reader.octet();
  const mandatory = (bits & 1) !== 0;
  const immediate = (bits & 2) !== 0;
  return {
    name: 'basic.publish',
    classId: 60,
    methodId: 40,
    exchange,
    routingKey,
    mandatory,
    immediate,
  };
}

function decodeBasicGet(reader: Reader): BasicGetDecoded {
  reader.short();
  const queue = reader.shortstr();
  const bits = reader.octet();
  const noAck = (bits & 1) !== 0;
  return { name: 'basic.get', classId: 60, methodId: 70, queue, noAck };
}

function decodeBasicAck(reader: Reader): BasicAckDecoded {
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const multiple = (bits & 1) !== 0;
  return { name: 'basic.ack', classId: 60, methodId: 80, deliveryTag, multiple };
}

function decodeBasicReject(reader: Reader): BasicRejectDecoded {
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const requeue = (bits & 1) !== 0;
  return { name: 'basic.reject', classId: 60, methodId: 90, deliveryTag, requeue };
}

function decodeBasicRecoverAsync(reader: Reader): BasicRecoverAsyncDecoded {
  const bits = reader.octet();
  const requeue = (bits & 1) !== 0;
  return { name: 'basic.recover-async', classId: 60, methodId: 100, requeue };
}

function decodeBasicRecover(reader: Reader): BasicRecoverDecoded {
  const bits = reader.octet();
  const requeue = (bits & 1) !== 0;
  return { name: 'basic.recover', classId: 60, methodId: 110, requeue };
}

function decodeBasicNack(reader: Reader): BasicNackDecoded {
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const multiple = (bits & 1) !== 0;
  const requeue = (bits & 2) !== 0;
  return { name: 'basic.nack', classId: 60, methodId: 120, deliveryTag, multiple, requeue };
}

function decodeConfirmSelect(reader: Reader): ConfirmSelectDecoded {
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  return { name: 'confirm.select', classId: 85, methodId: 10, noWait };
}

function decodeTxSelect(): TxSelectDecoded {
  return { name: 'tx.select', classId: 90, methodId: 10 };
}

function decodeTxCommit(): TxCommitDecoded {
  return { name: 'tx.commit', classId: 90, methodId: 20 };
}

function decodeTxRollback(): TxRollbackDecoded {
  return { name: 'tx.rollback', classId: 90, methodId: 30 };
}

function decodeArguments(reader: Reader, classId: number, methodId: number): ClientMethod {
  switch (classId * 0x1_0000 + methodId) {
    case 0xa000b:
      return decodeConnectionStartOk(reader);
    case 0xa0015:
      return decodeConnectionSecureOk(reader);
    case 0xa001f:
      return decodeConnectionTuneOk(reader);
    case 0xa0028:
      return decodeConnectionOpen(reader);
    case 0xa0032:
      return decodeConnectionClose(reader);
    case 0xa0033:
      return decodeConnectionCloseOk();
    case 0xa0046:
      return decodeConnectionUpdateSecret(reader);
    case 0x14000a:
      return decodeChannelOpen(reader);
    case 0x140014:
      return decodeChannelFlow(reader);
    case 0x140028:
      return decodeChannelClose(reader);
    case 0x140029:
      return decodeChannelCloseOk();
    case 0x1e000a:
      return decodeAccessRequest(reader);
    case 0x28000a:
      return decodeExchangeDeclare(reader);
    case 0x280014:
      return decodeExchangeDelete(reader);
    case 0x28001e:
      return decodeExchangeBind(reader);
    case 0x280028:
      return decodeExchangeUnbind(reader);
    case 0x32000a:
      return decodeQueueDeclare(reader);
    case 0x320014:
      return decodeQueueBind(reader);
    case 0x32001e:
      return decodeQueuePurge(reader);
    case 0x320028:
      return decodeQueueDelete(reader);
    case 0x320032:
      return decodeQueueUnbind(reader);
    case 0x3c000a:
      return decodeBasicQos(reader);
    case 0x3c0014:
      return decodeBasicConsume(reader);
    case 0x3c001e:
      return decodeBasicCancel(reader);
    case 0x3c0028:
      return decodeBasicPublish(reader);
    case 0x3c0046:
      return decodeBasicGet(reader);
    case 0x3c0050:
      return decodeBasicAck(reader);
    case 0x3c005a:
      return decodeBasicReject(reader);
    case 0x3c0064:
      return decodeBasicRecoverAsync(reader);
    case 0x3c006e:
      return decodeBasicRecover(reader);
    case 0x3c0078:
      return decodeBasicNack(reader);
    case 0x55000a:
      return decodeConfirmSelect(reader);
    case 0x5a000a:
      return decodeTxSelect();
    case 0x5a0014:
      return decodeTxCommit();
    case 0x5a001e:
      return decodeTxRollback();
    case 0xa000a:
    case 0xa0014:
    case 0xa001e:
    case 0xa0029:
    case 0xa003c:
    case 0xa003d:
    case 0xa0047:
    case 0x14000b:
    case 0x140015:
    case 0x1e000b:
    case 0x28000b:
    case 0x280015:
    case 0x28001f:
    case 0x280033:
    case 0x32000b:
    case 0x320015:
    case 0x32001f:
    case 0x320029:
    case 0x320033:
    case 0x3c000b:
    case 0x3c0015:
    case 0x3c001f:
    case 0x3c0032:
    case 0x3c003c:
    case 0x3c0047:
    case 0x3c0048:
    case 0x3c006f:
    case 0x55000b:
    case 0x5a000b:
    case 0x5a0015:
    case 0x5a001f:
      throw unimplementedMethod(classId, methodId);
    default:
      throw unknownMethod(classId, methodId);
  }
}

/** Reads class id, method id and arguments, which must end where the reader ends; or CodecError. */
export function decodeClientMethod(reader: Reader): ClientMethod {
  const start = reader.position;
  if (reader.remaining < 4) throw unknownFrame(1, reader.copyOf(start, reader.end));
  const classId = reader.short();
  const methodId = reader.short();
  const argumentsAt = reader.position;
  try {
    const method = decodeArguments(reader, classId, methodId);
    if (reader.remaining === 0) return method;
  } catch (error) {
    throw methodError(error, reader, argumentsAt, classId, methodId);
  }
  throw undecodableArguments(reader, argumentsAt, classId, methodId);
}

function encodeConnectionStart(writer: Writer, method: ConnectionStart): void {
  writer.octet(method.versionMajor);
  writer.octet(method.versionMinor);
  writer.table(method.serverProperties);
  writer.longstr(method.mechanisms);
  writer.longstr(method.locales);
}

function encodeConnectionSecure(writer: Writer, method: ConnectionSecure): void {
  writer.longstr(method.challenge);
}

function encodeConnectionTune(writer: Writer, method: ConnectionTune): void {
  writer.short(method.channelMax);
  writer.long(method.frameMax);
  writer.short(method.heartbeat);
}

function encodeConnectionOpenOk(writer: Writer): void {
  writer.shortstr('');
}

function encodeConnectionClose(writer: Writer, method: ConnectionClose): void {
  writer.short(method.replyCode);
  writer.shortstr(method.replyText);
  writer.short(method.failingClassId);
  writer.short(method.failingMethodId);
}

function encodeConnectionBlocked(writer: Writer, method: ConnectionBlocked): void {
  writer.shortstr(method.reason);
}

function encodeChannelOpenOk(writer: Writer): void {
  writer.longstr('');
}

function encodeChannelFlowOk(writer: Writer, method: ChannelFlowOk): void {
  writer.octet(method.active ? 1 : 0);
}

function encodeChannelClose(writer: Writer, method: ChannelClose): void {
  writer.short(method.replyCode);
  writer.shortstr(method.replyText);
  writer.short(method.failingClassId);
  writer.short(method.failingMethodId);
}

function encodeAccessRequestOk(writer: Writer, method: AccessRequestOk): void {
  writer.short(method.ticket);
}

function encodeQueueDeclareOk(writer: Writer, method: QueueDeclareOk): void {
  writer.shortstr(method.queue);
  writer.long(method.messageCount);
  writer.long(method.consumerCount);
}

function encodeQueuePurgeOk(writer: Writer, method: QueuePurgeOk): void {
  writer.long(method.messageCount);
}

function encodeQueueDeleteOk(writer: Writer, method: QueueDeleteOk): void {
  writer.long(method.messageCount);
}

function encodeBasicConsumeOk(writer: Writer, method: BasicConsumeOk): void {
  writer.shortstr(method.consumerTag);
}

function encodeBasicCancel(writer: Writer, method: BasicCancel): void {
  writer.shortstr(method.consumerTag);
  writer.octet(method.noWait ? 1 : 0);
}

function encodeBasicCancelOk(writer: Writer, method: BasicCancelOk): void {
  writer.shortstr(method.consumerTag);
}

function encodeBasicReturn(writer: Writer, method: BasicReturn): void {
  writer.short(method.replyCode);
  writer.shortstr(method.replyText);
  writer.shortstr(method.exchange);
  writer.shortstr(method.routingKey);
}

function encodeBasicDeliver(writer: Writer, method: BasicDeliver): void {
  writer.shortstr(method.consumerTag);
  writer.longlong(method.deliveryTag);
  writer.octet(method.redelivered ? 1 : 0);
  writer.shortstr(method.exchange);
  writer.shortstr(method.routingKey);
}

function encodeBasicGetOk(writer: Writer, method: BasicGetOk): void {
  writer.longlong(method.deliveryTag);
  writer.octet(method.redelivered ? 1 : 0);
  writer.shortstr(method.exchange);
  writer.shortstr(method.routingKey);
  writer.long(method.messageCount);
}

function encodeBasicGetEmpty(writer: Writer): void {
  writer.shortstr('');
}

function encodeBasicAck(writer: Writer, method: BasicAck): void {
  writer.longlong(method.deliveryTag);
  writer.octet(method.multiple ? 1 : 0);
}

function encodeBasicNack(writer: Writer, method: BasicNack): void {
  writer.longlong(method.deliveryTag);
  writer.octet((method.multiple ? 1 : 0) | (method.requeue ? 2 : 0));
}

function encodeAny(writer: Writer, method: ServerMethod): void {
  switch (method.name) {
    case 'connection.start':
      writer.long(0xa000a);
      encodeConnectionStart(writer, method);
      return;
    case 'connection.secure':
      writer.long(0xa0014);
      encodeConnectionSecure(writer, method);
      return;
    case 'connection.tune':
      writer.long(0xa001e);
      encodeConnectionTune(writer, method);
      return;
    case 'connection.open-ok':
      writer.long(0xa0029);
      encodeConnectionOpenOk(writer);
      return;
    case 'connection.close':
      writer.long(0xa0032);
      encodeConnectionClose(writer, method);
      return;
    case 'connection.close-ok':
      writer.long(0xa0033);
      return;
    case 'connection.blocked':
      writer.long(0xa003c);
      encodeConnectionBlocked(writer, method);
      return;
    case 'connection.unblocked':
      writer.long(0xa003d);
      return;
    case 'connection.update-secret-ok':
      writer.long(0xa0047);
      return;
    case 'channel.open-ok':
      writer.long(0x14000b);
      encodeChannelOpenOk(writer);
      return;
    case 'channel.flow-ok':
      writer.long(0x140015);
      encodeChannelFlowOk(writer, method);
      return;
    case 'channel.close':
      writer.long(0x140028);
      encodeChannelClose(writer, method);
      return;
    case 'channel.close-ok':
      writer.long(0x140029);
      return;
    case 'access.request-ok':
      writer.long(0x1e000b);
      encodeAccessRequestOk(writer, method);
      return;
    case 'exchange.declare-ok':
      writer.long(0x28000b);
      return;
    case 'exchange.delete-ok':
      writer.long(0x280015);
      return;
    case 'exchange.bind-ok':
      writer.long(0x28001f);
      return;
    case 'exchange.unbind-ok':
      writer.long(0x280033);
      return;
    case 'queue.declare-ok':
      writer.long(0x32000b);
      encodeQueueDeclareOk(writer, method);
      return;
    case 'queue.bind-ok':
      writer.long(0x320015);
      return;
    case 'queue.purge-ok':
      writer.long(0x32001f);
      encodeQueuePurgeOk(writer, method);
      return;
    case 'queue.delete-ok':
      writer.long(0x320029);
      encodeQueueDeleteOk(writer, method);
      return;
    case 'queue.unbind-ok':
      writer.long(0x320033);
      return;
    case 'basic.qos-ok':
      writer.long(0x3c000b);
      return;
    case 'basic.consume-ok':
      writer.long(0x3c0015);
      encodeBasicConsumeOk(writer, method);
      return;
    case 'basic.cancel':
      writer.long(0x3c001e);
      encodeBasicCancel(writer, method);
      return;
    case 'basic.cancel-ok':
      writer.long(0x3c001f);
      encodeBasicCancelOk(writer, method);
      return;
    case 'basic.return':
      writer.long(0x3c0032);
      encodeBasicReturn(writer, method);
      return;
    case 'basic.deliver':
      writer.long(0x3c003c);
      encodeBasicDeliver(writer, method);
      return;
    case 'basic.get-ok':
      writer.long(0x3c0047);
      encodeBasicGetOk(writer, method);
      return;
    case 'basic.get-empty':
      writer.long(0x3c0048);
      encodeBasicGetEmpty(writer);
      return;
    case 'basic.ack':
      writer.long(0x3c0050);
      encodeBasicAck(writer, method);
      return;
    case 'basic.recover-ok':
      writer.long(0x3c006f);
      return;
    case 'basic.nack':
      writer.long(0x3c0078);
      encodeBasicNack(writer, method);
      return;
    case 'confirm.select-ok':
      writer.long(0x55000b);
      return;
    case 'tx.select-ok':
      writer.long(0x5a000b);
      return;
    case 'tx.commit-ok':
      writer.long(0x5a0015);
      return;
    case 'tx.rollback-ok':
      writer.long(0x5a001f);
      return;
  }
}

/** Writes class id, method id and arguments; all of it, or nothing and CodecError. */
export function encodeServerMethod(writer: Writer, method: ServerMethod): void {
  const start = writer.length;
  try {
    encodeAny(writer, method);
  } catch (error) {
    writer.rewind(start);
    throw error;
  }
}

const idsByName = {
  'connection.start': { classId: 10, methodId: 10 },
  'connection.start-ok': { classId: 10, methodId: 11 },
  'connection.secure': { classId: 10, methodId: 20 },
  'connection.secure-ok': { classId: 10, methodId: 21 },
  'connection.tune': { classId: 10, methodId: 30 },
  'connection.tune-ok': { classId: 10, methodId: 31 },
  'connection.open': { classId: 10, methodId: 40 },
  'connection.open-ok': { classId: 10, methodId: 41 },
  'connection.close': { classId: 10, methodId: 50 },
  'connection.close-ok': { classId: 10, methodId: 51 },
  'connection.blocked': { classId: 10, methodId: 60 },
  'connection.unblocked': { classId: 10, methodId: 61 },
  'connection.update-secret': { classId: 10, methodId: 70 },
  'connection.update-secret-ok': { classId: 10, methodId: 71 },
  'channel.open': { classId: 20, methodId: 10 },
  'channel.open-ok': { classId: 20, methodId: 11 },
  'channel.flow': { classId: 20, methodId: 20 },
  'channel.flow-ok': { classId: 20, methodId: 21 },
  'channel.close': { classId: 20, methodId: 40 },
  'channel.close-ok': { classId: 20, methodId: 41 },
  'access.request': { classId: 30, methodId: 10 },
  'access.request-ok': { classId: 30, methodId: 11 },
  'exchange.declare': { classId: 40, methodId: 10 },
  'exchange.declare-ok': { classId: 40, methodId: 11 },
  'exchange.delete': { classId: 40, methodId: 20 },
  'exchange.delete-ok': { classId: 40, methodId: 21 },
  'exchange.bind': { classId: 40, methodId: 30 },
  'exchange.bind-ok': { classId: 40, methodId: 31 },
  'exchange.unbind': { classId: 40, methodId: 40 },
  'exchange.unbind-ok': { classId: 40, methodId: 51 },
  'queue.declare': { classId: 50, methodId: 10 },
  'queue.declare-ok': { classId: 50, methodId: 11 },
  'queue.bind': { classId: 50, methodId: 20 },
  'queue.bind-ok': { classId: 50, methodId: 21 },
  'queue.purge': { classId: 50, methodId: 30 },
  'queue.purge-ok': { classId: 50, methodId: 31 },
  'queue.delete': { classId: 50, methodId: 40 },
  'queue.delete-ok': { classId: 50, methodId: 41 },
  'queue.unbind': { classId: 50, methodId: 50 },
  'queue.unbind-ok': { classId: 50, methodId: 51 },
  'basic.qos': { classId: 60, methodId: 10 },
  'basic.qos-ok': { classId: 60, methodId: 11 },
  'basic.consume': { classId: 60, methodId: 20 },
  'basic.consume-ok': { classId: 60, methodId: 21 },
  'basic.cancel': { classId: 60, methodId: 30 },
  'basic.cancel-ok': { classId: 60, methodId: 31 },
  'basic.publish': { classId: 60, methodId: 40 },
  'basic.return': { classId: 60, methodId: 50 },
  'basic.deliver': { classId: 60, methodId: 60 },
  'basic.get': { classId: 60, methodId: 70 },
  'basic.get-ok': { classId: 60, methodId: 71 },
  'basic.get-empty': { classId: 60, methodId: 72 },
  'basic.ack': { classId: 60, methodId: 80 },
  'basic.reject': { classId: 60, methodId: 90 },
  'basic.recover-async': { classId: 60, methodId: 100 },
  'basic.recover': { classId: 60, methodId: 110 },
  'basic.recover-ok': { classId: 60, methodId: 111 },
  'basic.nack': { classId: 60, methodId: 120 },
  'confirm.select': { classId: 85, methodId: 10 },
  'confirm.select-ok': { classId: 85, methodId: 11 },
  'tx.select': { classId: 90, methodId: 10 },
  'tx.select-ok': { classId: 90, methodId: 11 },
  'tx.commit': { classId: 90, methodId: 20 },
  'tx.commit-ok': { classId: 90, methodId: 21 },
  'tx.rollback': { classId: 90, methodId: 30 },
  'tx.rollback-ok': { classId: 90, methodId: 31 },
} as const;

/** Every method there is, whoever sends it. */
export type MethodName = keyof typeof idsByName;

const namesById = new Map<number, MethodName>([
  [0xa000a, 'connection.start'],
  [0xa000b, 'connection.start-ok'],
  [0xa0014, 'connection.secure'],
  [0xa0015, 'connection.secure-ok'],
  [0xa001e, 'connection.tune'],
  [0xa001f, 'connection.tune-ok'],
  [0xa0028, 'connection.open'],
  [0xa0029, 'connection.open-ok'],
  [0xa0032, 'connection.close'],
  [0xa0033, 'connection.close-ok'],
  [0xa003c, 'connection.blocked'],
  [0xa003d, 'connection.unblocked'],
  [0xa0046, 'connection.update-secret'],
  [0xa0047, 'connection.update-secret-ok'],
  [0x14000a, 'channel.open'],
  [0x14000b, 'channel.open-ok'],
  [0x140014, 'channel.flow'],
  [0x140015, 'channel.flow-ok'],
  [0x140028, 'channel.close'],
  [0x140029, 'channel.close-ok'],
  [0x1e000a, 'access.request'],
  [0x1e000b, 'access.request-ok'],
  [0x28000a, 'exchange.declare'],
  [0x28000b, 'exchange.declare-ok'],
  [0x280014, 'exchange.delete'],
  [0x280015, 'exchange.delete-ok'],
  [0x28001e, 'exchange.bind'],
  [0x28001f, 'exchange.bind-ok'],
  [0x280028, 'exchange.unbind'],
  [0x280033, 'exchange.unbind-ok'],
  [0x32000a, 'queue.declare'],
  [0x32000b, 'queue.declare-ok'],
  [0x320014, 'queue.bind'],
  [0x320015, 'queue.bind-ok'],
  [0x32001e, 'queue.purge'],
  [0x32001f, 'queue.purge-ok'],
  [0x320028, 'queue.delete'],
  [0x320029, 'queue.delete-ok'],
  [0x320032, 'queue.unbind'],
  [0x320033, 'queue.unbind-ok'],
  [0x3c000a, 'basic.qos'],
  [0x3c000b, 'basic.qos-ok'],
  [0x3c0014, 'basic.consume'],
  [0x3c0015, 'basic.consume-ok'],
  [0x3c001e, 'basic.cancel'],
  [0x3c001f, 'basic.cancel-ok'],
  [0x3c0028, 'basic.publish'],
  [0x3c0032, 'basic.return'],
  [0x3c003c, 'basic.deliver'],
  [0x3c0046, 'basic.get'],
  [0x3c0047, 'basic.get-ok'],
  [0x3c0048, 'basic.get-empty'],
  [0x3c0050, 'basic.ack'],
  [0x3c005a, 'basic.reject'],
  [0x3c0064, 'basic.recover-async'],
  [0x3c006e, 'basic.recover'],
  [0x3c006f, 'basic.recover-ok'],
  [0x3c0078, 'basic.nack'],
  [0x55000a, 'confirm.select'],
  [0x55000b, 'confirm.select-ok'],
  [0x5a000a, 'tx.select'],
  [0x5a000b, 'tx.select-ok'],
  [0x5a0014, 'tx.commit'],
  [0x5a0015, 'tx.commit-ok'],
  [0x5a001e, 'tx.rollback'],
  [0x5a001f, 'tx.rollback-ok'],
]);

export function methodName(classId: number, methodId: number): MethodName | undefined {
  return namesById.get(classId * 0x1_0000 + methodId);
}

export interface MethodIds {
  readonly classId: number;
  readonly methodId: number;
}

export function methodId(name: MethodName): MethodIds {
  return idsByName[name];
}
