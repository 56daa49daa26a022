// Printed by tools/gen-codec.ts from src/codec/spec.ts. Change those, not this.
// The mirror image of src/codec/methods.gen.ts: what a client decodes and encodes.
// biome-ignore-all lint/complexity/noExcessiveLinesPerFunction: a case for each method.
import type { Reader, Writer } from '../../src/codec/bytes.ts';
import {
  methodError,
  undecodableArguments,
  unimplementedMethod,
  unknownFrame,
  unknownMethod,
} from '../../src/codec/method-error.ts';
import type { Table } from '../../src/codec/table.ts';

interface ConnectionStartDecoded {
  readonly name: 'connection.start';
  readonly classId: 10;
  readonly methodId: 10;
  readonly versionMajor: number;
  readonly versionMinor: number;
  readonly serverProperties: Table;
  readonly mechanisms: Uint8Array;
  readonly locales: Uint8Array;
}

interface ConnectionSecureDecoded {
  readonly name: 'connection.secure';
  readonly classId: 10;
  readonly methodId: 20;
  readonly challenge: Uint8Array;
}

interface ConnectionTuneDecoded {
  readonly name: 'connection.tune';
  readonly classId: 10;
  readonly methodId: 30;
  readonly channelMax: number;
  readonly frameMax: number;
  readonly heartbeat: number;
}

interface ConnectionOpenOkDecoded {
  readonly name: 'connection.open-ok';
  readonly classId: 10;
  readonly methodId: 41;
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

interface ConnectionBlockedDecoded {
  readonly name: 'connection.blocked';
  readonly classId: 10;
  readonly methodId: 60;
  readonly reason: string;
}

interface ConnectionUnblockedDecoded {
  readonly name: 'connection.unblocked';
  readonly classId: 10;
  readonly methodId: 61;
}

interface ConnectionUpdateSecretOkDecoded {
  readonly name: 'connection.update-secret-ok';
  readonly classId: 10;
  readonly methodId: 71;
}

interface ChannelOpenOkDecoded {
  readonly name: 'channel.open-ok';
  readonly classId: 20;
  readonly methodId: 11;
}

interface ChannelFlowOkDecoded {
  readonly name: 'channel.flow-ok';
  readonly classId: 20;
  readonly methodId: 21;
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

interface AccessRequestOkDecoded {
  readonly name: 'access.request-ok';
  readonly classId: 30;
  readonly methodId: 11;
  readonly ticket: number;
}

interface ExchangeDeclareOkDecoded {
  readonly name: 'exchange.declare-ok';
  readonly classId: 40;
  readonly methodId: 11;
}

interface ExchangeDeleteOkDecoded {
  readonly name: 'exchange.delete-ok';
  readonly classId: 40;
  readonly methodId: 21;
}

interface ExchangeBindOkDecoded {
  readonly name: 'exchange.bind-ok';
  readonly classId: 40;
  readonly methodId: 31;
}

interface ExchangeUnbindOkDecoded {
  readonly name: 'exchange.unbind-ok';
  readonly classId: 40;
  readonly methodId: 51;
}

interface QueueDeclareOkDecoded {
  readonly name: 'queue.declare-ok';
  readonly classId: 50;
  readonly methodId: 11;
  readonly queue: string;
  readonly messageCount: number;
  readonly consumerCount: number;
}

interface QueueBindOkDecoded {
  readonly name: 'queue.bind-ok';
  readonly classId: 50;
  readonly methodId: 21;
}

interface QueuePurgeOkDecoded {
  readonly name: 'queue.purge-ok';
  readonly classId: 50;
  readonly methodId: 31;
  readonly messageCount: number;
}

interface QueueDeleteOkDecoded {
  readonly name: 'queue.delete-ok';
  readonly classId: 50;
  readonly methodId: 41;
  readonly messageCount: number;
}

interface QueueUnbindOkDecoded {
  readonly name: 'queue.unbind-ok';
  readonly classId: 50;
  readonly methodId: 51;
}

interface BasicQosOkDecoded {
  readonly name: 'basic.qos-ok';
  readonly classId: 60;
  readonly methodId: 11;
}

interface BasicConsumeOkDecoded {
  readonly name: 'basic.consume-ok';
  readonly classId: 60;
  readonly methodId: 21;
  readonly consumerTag: string;
}

interface BasicCancelDecoded {
  readonly name: 'basic.cancel';
  readonly classId: 60;
  readonly methodId: 30;
  readonly consumerTag: string;
  readonly noWait: boolean;
}

interface BasicCancelOkDecoded {
  readonly name: 'basic.cancel-ok';
  readonly classId: 60;
  readonly methodId: 31;
  readonly consumerTag: string;
}

interface BasicReturnDecoded {
  readonly name: 'basic.return';
  readonly classId: 60;
  readonly methodId: 50;
  readonly replyCode: number;
  readonly replyText: string;
  readonly exchange: string;
  readonly routingKey: string;
}

interface BasicDeliverDecoded {
  readonly name: 'basic.deliver';
  readonly classId: 60;
  readonly methodId: 60;
  readonly consumerTag: string;
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
}

interface BasicGetOkDecoded {
  readonly name: 'basic.get-ok';
  readonly classId: 60;
  readonly methodId: 71;
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageCount: number;
}

interface BasicGetEmptyDecoded {
  readonly name: 'basic.get-empty';
  readonly classId: 60;
  readonly methodId: 72;
}

interface BasicAckDecoded {
  readonly name: 'basic.ack';
  readonly classId: 60;
  readonly methodId: 80;
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

interface BasicRecoverOkDecoded {
  readonly name: 'basic.recover-ok';
  readonly classId: 60;
  readonly methodId: 111;
}

interface BasicNackDecoded {
  readonly name: 'basic.nack';
  readonly classId: 60;
  readonly methodId: 120;
  readonly deliveryTag: number;
  readonly multiple: boolean;
  readonly requeue: boolean;
}

interface ConfirmSelectOkDecoded {
  readonly name: 'confirm.select-ok';
  readonly classId: 85;
  readonly methodId: 11;
}

interface TxSelectOkDecoded {
  readonly name: 'tx.select-ok';
  readonly classId: 90;
  readonly methodId: 11;
}

interface TxCommitOkDecoded {
  readonly name: 'tx.commit-ok';
  readonly classId: 90;
  readonly methodId: 21;
}

interface TxRollbackOkDecoded {
  readonly name: 'tx.rollback-ok';
  readonly classId: 90;
  readonly methodId: 31;
}

export type ServerMethod =
  | ConnectionStartDecoded
  | ConnectionSecureDecoded
  | ConnectionTuneDecoded
  | ConnectionOpenOkDecoded
  | ConnectionCloseDecoded
  | ConnectionCloseOkDecoded
  | ConnectionBlockedDecoded
  | ConnectionUnblockedDecoded
  | ConnectionUpdateSecretOkDecoded
  | ChannelOpenOkDecoded
  | ChannelFlowOkDecoded
  | ChannelCloseDecoded
  | ChannelCloseOkDecoded
  | AccessRequestOkDecoded
  | ExchangeDeclareOkDecoded
  | ExchangeDeleteOkDecoded
  | ExchangeBindOkDecoded
  | ExchangeUnbindOkDecoded
  | QueueDeclareOkDecoded
  | QueueBindOkDecoded
  | QueuePurgeOkDecoded
  | QueueDeleteOkDecoded
  | QueueUnbindOkDecoded
  | BasicQosOkDecoded
  | BasicConsumeOkDecoded
  | BasicCancelDecoded
  | BasicCancelOkDecoded
  | BasicReturnDecoded
  | BasicDeliverDecoded
  | BasicGetOkDecoded
  | BasicGetEmptyDecoded
  | BasicAckDecoded
  | BasicRecoverOkDecoded
  | BasicNackDecoded
  | ConfirmSelectOkDecoded
  | TxSelectOkDecoded
  | TxCommitOkDecoded
  | TxRollbackOkDecoded;

interface ConnectionStartOk {
  readonly name: 'connection.start-ok';
  readonly clientProperties: Table;
  readonly mechanism: string;
  readonly response: Uint8Array | string;
  readonly locale: string;
}

interface ConnectionSecureOk {
  readonly name: 'connection.secure-ok';
  readonly response: Uint8Array | string;
}

interface ConnectionTuneOk {
  readonly name: 'connection.tune-ok';
  readonly channelMax: number;
  readonly frameMax: number;
  readonly heartbeat: number;
}

interface ConnectionOpen {
  readonly name: 'connection.open';
  readonly virtualHost: string;
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

interface ConnectionUpdateSecret {
  readonly name: 'connection.update-secret';
  readonly newSecret: Uint8Array | string;
  readonly reason: string;
}

interface ChannelOpen {
  readonly name: 'channel.open';
}

interface ChannelFlow {
  readonly name: 'channel.flow';
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

interface AccessRequest {
  readonly name: 'access.request';
  readonly realm: string;
  readonly exclusive: boolean;
  readonly passive: boolean;
  readonly active: boolean;
  readonly write: boolean;
  readonly read: boolean;
}

interface ExchangeDeclare {
  readonly name: 'exchange.declare';
  readonly exchange: string;
  readonly type: string;
  readonly passive: boolean;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface ExchangeDelete {
  readonly name: 'exchange.delete';
  readonly exchange: string;
  readonly ifUnused: boolean;
  readonly noWait: boolean;
}

interface ExchangeBind {
  readonly name: 'exchange.bind';
  readonly destination: string;
  readonly source: string;
  readonly routingKey: string;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface ExchangeUnbind {
  readonly name: 'exchange.unbind';
  readonly destination: string;
  readonly source: string;
  readonly routingKey: string;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface QueueDeclare {
  readonly name: 'queue.declare';
  readonly queue: string;
  readonly passive: boolean;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface QueueBind {
  readonly name: 'queue.bind';
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface QueuePurge {
  readonly name: 'queue.purge';
  readonly queue: string;
  readonly noWait: boolean;
}

interface QueueDelete {
  readonly name: 'queue.delete';
  readonly queue: string;
  readonly ifUnused: boolean;
  readonly ifEmpty: boolean;
  readonly noWait: boolean;
}

interface QueueUnbind {
  readonly name: 'queue.unbind';
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly arguments: Table;
}

interface BasicQos {
  readonly name: 'basic.qos';
  readonly prefetchSize: number;
  readonly prefetchCount: number;
  readonly global: boolean;
}

interface BasicConsume {
  readonly name: 'basic.consume';
  readonly queue: string;
  readonly consumerTag: string;
  readonly noLocal: boolean;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly noWait: boolean;
  readonly arguments: Table;
}

interface BasicCancel {
  readonly name: 'basic.cancel';
  readonly consumerTag: string;
  readonly noWait: boolean;
}

interface BasicPublish {
  readonly name: 'basic.publish';
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly immediate: boolean;
}

interface BasicGet {
  readonly name: 'basic.get';
  readonly queue: string;
  readonly noAck: boolean;
}

interface BasicAck {
  readonly name: 'basic.ack';
  readonly deliveryTag: number | bigint;
  readonly multiple: boolean;
}

interface BasicReject {
  readonly name: 'basic.reject';
  readonly deliveryTag: number | bigint;
  readonly requeue: boolean;
}

interface BasicRecoverAsync {
  readonly name: 'basic.recover-async';
  readonly requeue: boolean;
}

interface BasicRecover {
  readonly name: 'basic.recover';
  readonly requeue: boolean;
}

interface BasicNack {
  readonly name: 'basic.nack';
  readonly deliveryTag: number | bigint;
  readonly multiple: boolean;
  readonly requeue: boolean;
}

interface ConfirmSelect {
  readonly name: 'confirm.select';
  readonly noWait: boolean;
}

interface TxSelect {
  readonly name: 'tx.select';
}

interface TxCommit {
  readonly name: 'tx.commit';
}

interface TxRollback {
  readonly name: 'tx.rollback';
}

export type ClientMethod =
  | ConnectionStartOk
  | ConnectionSecureOk
  | ConnectionTuneOk
  | ConnectionOpen
  | ConnectionClose
  | ConnectionCloseOk
  | ConnectionUpdateSecret
  | ChannelOpen
  | ChannelFlow
  | ChannelClose
  | ChannelCloseOk
  | AccessRequest
  | ExchangeDeclare
  | ExchangeDelete
  | ExchangeBind
  | ExchangeUnbind
  | QueueDeclare
  | QueueBind
  | QueuePurge
  | QueueDelete
  | QueueUnbind
  | BasicQos
  | BasicConsume
  | BasicCancel
  | BasicPublish
  | BasicGet
  | BasicAck
  | BasicReject
  | BasicRecoverAsync
  | BasicRecover
  | BasicNack
  | ConfirmSelect
  | TxSelect
  | TxCommit
  | TxRollback;

function decodeConnectionStart(reader: Reader): ConnectionStartDecoded {
  const versionMajor = reader.octet();
  const versionMinor = reader.octet();
  const serverProperties = reader.table();
  const mechanisms = reader.longstr();
  const locales = reader.longstr();
  return {
    name: 'connection.start',
    classId: 10,
    methodId: 10,
    versionMajor,
    versionMinor,
    serverProperties,
    mechanisms,
    locales,
  };
}

function decodeConnectionSecure(reader: Reader): ConnectionSecureDecoded {
  const challenge = reader.longstr();
  return { name: 'connection.secure', classId: 10, methodId: 20, challenge };
}

function decodeConnectionTune(reader: Reader): ConnectionTuneDecoded {
  const channelMax = reader.short();
  const frameMax = reader.long();
  const heartbeat = reader.short();
  return { name: 'connection.tune', classId: 10, methodId: 30, channelMax, frameMax, heartbeat };
}

function decodeConnectionOpenOk(reader: Reader): ConnectionOpenOkDecoded {
  reader.shortstr();
  return { name: 'connection.open-ok', classId: 10, methodId: 41 };
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

function decodeConnectionBlocked(reader: Reader): ConnectionBlockedDecoded {
  const reason = reader.shortstr();
  return { name: 'connection.blocked', classId: 10, methodId: 60, reason };
}

function decodeConnectionUnblocked(): ConnectionUnblockedDecoded {
  return { name: 'connection.unblocked', classId: 10, methodId: 61 };
}

function decodeConnectionUpdateSecretOk(): ConnectionUpdateSecretOkDecoded {
  return { name: 'connection.update-secret-ok', classId: 10, methodId: 71 };
}

function decodeChannelOpenOk(reader: Reader): ChannelOpenOkDecoded {
  reader.longstr();
  return { name: 'channel.open-ok', classId: 20, methodId: 11 };
}

function decodeChannelFlowOk(reader: Reader): ChannelFlowOkDecoded {
  const bits = reader.octet();
  const active = (bits & 1) !== 0;
  return { name: 'channel.flow-ok', classId: 20, methodId: 21, active };
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

function decodeAccessRequestOk(reader: Reader): AccessRequestOkDecoded {
  const ticket = reader.short();
  return { name: 'access.request-ok', classId: 30, methodId: 11, ticket };
}

function decodeExchangeDeclareOk(): ExchangeDeclareOkDecoded {
  return { name: 'exchange.declare-ok', classId: 40, methodId: 11 };
}

function decodeExchangeDeleteOk(): ExchangeDeleteOkDecoded {
  return { name: 'exchange.delete-ok', classId: 40, methodId: 21 };
}

function decodeExchangeBindOk(): ExchangeBindOkDecoded {
  return { name: 'exchange.bind-ok', classId: 40, methodId: 31 };
}

function decodeExchangeUnbindOk(): ExchangeUnbindOkDecoded {
  return { name: 'exchange.unbind-ok', classId: 40, methodId: 51 };
}

function decodeQueueDeclareOk(reader: Reader): QueueDeclareOkDecoded {
  const queue = reader.shortstr();
  const messageCount = reader.long();
  const consumerCount = reader.long();
  return {
    name: 'queue.declare-ok',
    classId: 50,
    methodId: 11,
    queue,
    messageCount,
    consumerCount,
  };
}

function decodeQueueBindOk(): QueueBindOkDecoded {
  return { name: 'queue.bind-ok', classId: 50, methodId: 21 };
}

function decodeQueuePurgeOk(reader: Reader): QueuePurgeOkDecoded {
  const messageCount = reader.long();
  return { name: 'queue.purge-ok', classId: 50, methodId: 31, messageCount };
}

function decodeQueueDeleteOk(reader: Reader): QueueDeleteOkDecoded {
  const messageCount = reader.long();
  return { name: 'queue.delete-ok', classId: 50, methodId: 41, messageCount };
}

function decodeQueueUnbindOk(): QueueUnbindOkDecoded {
  return { name: 'queue.unbind-ok', classId: 50, methodId: 51 };
}

function decodeBasicQosOk(): BasicQosOkDecoded {
  return { name: 'basic.qos-ok', classId: 60, methodId: 11 };
}

function decodeBasicConsumeOk(reader: Reader): BasicConsumeOkDecoded {
  const consumerTag = reader.shortstr();
  return { name: 'basic.consume-ok', classId: 60, methodId: 21, consumerTag };
}

function decodeBasicCancel(reader: Reader): BasicCancelDecoded {
  const consumerTag = reader.shortstr();
  const bits = reader.octet();
  const noWait = (bits & 1) !== 0;
  return { name: 'basic.cancel', classId: 60, methodId: 30, consumerTag, noWait };
}

function decodeBasicCancelOk(reader: Reader): BasicCancelOkDecoded {
  const consumerTag = reader.shortstr();
  return { name: 'basic.cancel-ok', classId: 60, methodId: 31, consumerTag };
}

function decodeBasicReturn(reader: Reader): BasicReturnDecoded {
  const replyCode = reader.short();
  const replyText = reader.looseShortstr();
  const exchange = reader.looseShortstr();
  const routingKey = reader.looseShortstr();
  return {
    name: 'basic.return',
    classId: 60,
    methodId: 50,
    replyCode,
    replyText,
    exchange,
    routingKey,
  };
}

function decodeBasicDeliver(reader: Reader): BasicDeliverDecoded {
  const consumerTag = reader.looseShortstr();
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const redelivered = (bits & 1) !== 0;
  const exchange = reader.looseShortstr();
  const routingKey = reader.looseShortstr();
  return {
    name: 'basic.deliver',
    classId: 60,
    methodId: 60,
    consumerTag,
    deliveryTag,
    redelivered,
    exchange,
    routingKey,
  };
}

function decodeBasicGetOk(reader: Reader): BasicGetOkDecoded {
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const redelivered = (bits & 1) !== 0;
  const exchange = reader.looseShortstr();
  const routingKey = reader.looseShortstr();
  const messageCount = reader.long();
  return {
    name: 'basic.get-ok',
    classId: 60,
    methodId: 71,
    deliveryTag,
    redelivered,
    exchange,
    routingKey,
    messageCount,
  };
}

function decodeBasicGetEmpty(reader: Reader): BasicGetEmptyDecoded {
  reader.shortstr();
  return { name: 'basic.get-empty', classId: 60, methodId: 72 };
}

function decodeBasicAck(reader: Reader): BasicAckDecoded {
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const multiple = (bits & 1) !== 0;
  return { name: 'basic.ack', classId: 60, methodId: 80, deliveryTag, multiple };
}

function decodeBasicRecoverOk(): BasicRecoverOkDecoded {
  return { name: 'basic.recover-ok', classId: 60, methodId: 111 };
}

function decodeBasicNack(reader: Reader): BasicNackDecoded {
  const deliveryTag = reader.longlong();
  const bits = reader.octet();
  const multiple = (bits & 1) !== 0;
  const requeue = (bits & 2) !== 0;
  return { name: 'basic.nack', classId: 60, methodId: 120, deliveryTag, multiple, requeue };
}

function decodeConfirmSelectOk(): ConfirmSelectOkDecoded {
  return { name: 'confirm.select-ok', classId: 85, methodId: 11 };
}

function decodeTxSelectOk(): TxSelectOkDecoded {
  return { name: 'tx.select-ok', classId: 90, methodId: 11 };
}

function decodeTxCommitOk(): TxCommitOkDecoded {
  return { name: 'tx.commit-ok', classId: 90, methodId: 21 };
}

function decodeTxRollbackOk(): TxRollbackOkDecoded {
  return { name: 'tx.rollback-ok', classId: 90, methodId: 31 };
}

function decodeArguments(reader: Reader, classId: number, methodId: number): ServerMethod {
  switch (classId * 0x1_0000 + methodId) {
    case 0xa000a:
      return decodeConnectionStart(reader);
    case 0xa0014:
      return decodeConnectionSecure(reader);
    case 0xa001e:
      return decodeConnectionTune(reader);
    case 0xa0029:
      return decodeConnectionOpenOk(reader);
    case 0xa0032:
      return decodeConnectionClose(reader);
    case 0xa0033:
      return decodeConnectionCloseOk();
    case 0xa003c:
      return decodeConnectionBlocked(reader);
    case 0xa003d:
      return decodeConnectionUnblocked();
    case 0xa0047:
      return decodeConnectionUpdateSecretOk();
    case 0x14000b:
      return decodeChannelOpenOk(reader);
    case 0x140015:
      return decodeChannelFlowOk(reader);
    case 0x140028:
      return decodeChannelClose(reader);
    case 0x140029:
      return decodeChannelCloseOk();
    case 0x1e000b:
      return decodeAccessRequestOk(reader);
    case 0x28000b:
      return decodeExchangeDeclareOk();
    case 0x280015:
      return decodeExchangeDeleteOk();
    case 0x28001f:
      return decodeExchangeBindOk();
    case 0x280033:
      return decodeExchangeUnbindOk();
    case 0x32000b:
      return decodeQueueDeclareOk(reader);
    case 0x320015:
      return decodeQueueBindOk();
    case 0x32001f:
      return decodeQueuePurgeOk(reader);
    case 0x320029:
      return decodeQueueDeleteOk(reader);
    case 0x320033:
      return decodeQueueUnbindOk();
    case 0x3c000b:
      return decodeBasicQosOk();
    case 0x3c0015:
      return decodeBasicConsumeOk(reader);
    case 0x3c001e:
      return decodeBasicCancel(reader);
    case 0x3c001f:
      return decodeBasicCancelOk(reader);
    case 0x3c0032:
      return decodeBasicReturn(reader);
    case 0x3c003c:
      return decodeBasicDeliver(reader);
    case 0x3c0047:
      return decodeBasicGetOk(reader);
    case 0x3c0048:
      return decodeBasicGetEmpty(reader);
    case 0x3c0050:
      return decodeBasicAck(reader);
    case 0x3c006f:
      return decodeBasicRecoverOk();
    case 0x3c0078:
      return decodeBasicNack(reader);
    case 0x55000b:
      return decodeConfirmSelectOk();
    case 0x5a000b:
      return decodeTxSelectOk();
    case 0x5a0015:
      return decodeTxCommitOk();
    case 0x5a001f:
      return decodeTxRollbackOk();
    case 0xa000b:
    case 0xa0015:
    case 0xa001f:
    case 0xa0028:
    case 0xa0046:
    case 0x14000a:
    case 0x140014:
    case 0x1e000a:
    case 0x28000a:
    case 0x280014:
    case 0x28001e:
    case 0x280028:
    case 0x32000a:
    case 0x320014:
    case 0x32001e:
    case 0x320028:
    case 0x320032:
    case 0x3c000a:
    case 0x3c0014:
    case 0x3c0028:
    case 0x3c0046:
    case 0x3c005a:
    case 0x3c0064:
    case 0x3c006e:
    case 0x55000a:
    case 0x5a000a:
    case 0x5a0014:
    case 0x5a001e:
      throw unimplementedMethod(classId, methodId);
    default:
      throw unknownMethod(classId, methodId);
  }
}

/** Reads class id, method id and arguments, which must end where the reader ends; or CodecError. */
export function decodeServerMethod(reader: Reader): ServerMethod {
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

function encodeConnectionStartOk(writer: Writer, method: ConnectionStartOk): void {
  writer.table(method.clientProperties);
  writer.shortstr(method.mechanism);
  writer.longstr(method.response);
  writer.shortstr(method.locale);
}

function encodeConnectionSecureOk(writer: Writer, method: ConnectionSecureOk): void {
  writer.longstr(method.response);
}

function encodeConnectionTuneOk(writer: Writer, method: ConnectionTuneOk): void {
  writer.short(method.channelMax);
  writer.long(method.frameMax);
  writer.short(method.heartbeat);
}

function encodeConnectionOpen(writer: Writer, method: ConnectionOpen): void {
  writer.shortstr(method.virtualHost);
  writer.shortstr('');
  writer.octet(0);
}

function encodeConnectionClose(writer: Writer, method: ConnectionClose): void {
  writer.short(method.replyCode);
  writer.shortstr(method.replyText);
  writer.short(method.failingClassId);
  writer.short(method.failingMethodId);
}

function encodeConnectionUpdateSecret(writer: Writer, method: ConnectionUpdateSecret): void {
  writer.longstr(method.newSecret);
  writer.shortstr(method.reason);
}

function encodeChannelOpen(writer: Writer): void {
  writer.shortstr('');
}

function encodeChannelFlow(writer: Writer, method: ChannelFlow): void {
  writer.octet(method.active ? 1 : 0);
}

function encodeChannelClose(writer: Writer, method: ChannelClose): void {
  writer.short(method.replyCode);
  writer.shortstr(method.replyText);
  writer.short(method.failingClassId);
  writer.short(method.failingMethodId);
}

function encodeAccessRequest(writer: Writer, method: AccessRequest): void {
  writer.shortstr(method.realm);
  writer.octet(
    (method.exclusive ? 1 : 0) |
      (method.passive ? 2 : 0) |
      (method.active ? 4 : 0) |
      (method.write ? 8 : 0) |
      (method.read ? 16 : 0),
  );
}

function encodeExchangeDeclare(writer: Writer, method: ExchangeDeclare): void {
  writer.short(0);
  writer.shortstr(method.exchange);
  writer.shortstr(method.type);
  writer.octet(
    (method.passive ? 1 : 0) |
      (method.durable ? 2 : 0) |
      (method.autoDelete ? 4 : 0) |
      (method.internal ? 8 : 0) |
      (method.noWait ? 16 : 0),
  );
  writer.table(method.arguments);
}

function encodeExchangeDelete(writer: Writer, method: ExchangeDelete): void {
  writer.short(0);
  writer.shortstr(method.exchange);
  writer.octet((method.ifUnused ? 1 : 0) | (method.noWait ? 2 : 0));
}

function encodeExchangeBind(writer: Writer, method: ExchangeBind): void {
  writer.short(0);
  writer.shortstr(method.destination);
  writer.shortstr(method.source);
  writer.shortstr(method.routingKey);
  writer.octet(method.noWait ? 1 : 0);
  writer.table(method.arguments);
}

function encodeExchangeUnbind(writer: Writer, method: ExchangeUnbind): void {
  writer.short(0);
  writer.shortstr(method.destination);
  writer.shortstr(method.source);
  writer.shortstr(method.routingKey);
  writer.octet(method.noWait ? 1 : 0);
  writer.table(method.arguments);
}

function encodeQueueDeclare(writer: Writer, method: QueueDeclare): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.octet(
    (method.passive ? 1 : 0) |
      (method.durable ? 2 : 0) |
      (method.exclusive ? 4 : 0) |
      (method.autoDelete ? 8 : 0) |
      (method.noWait ? 16 : 0),
  );
  writer.table(method.arguments);
}

function encodeQueueBind(writer: Writer, method: QueueBind): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.shortstr(method.exchange);
  writer.shortstr(method.routingKey);
  writer.octet(method.noWait ? 1 : 0);
  writer.table(method.arguments);
}

function encodeQueuePurge(writer: Writer, method: QueuePurge): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.octet(method.noWait ? 1 : 0);
}

function encodeQueueDelete(writer: Writer, method: QueueDelete): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.octet((method.ifUnused ? 1 : 0) | (method.ifEmpty ? 2 : 0) | (method.noWait ? 4 : 0));
}

function encodeQueueUnbind(writer: Writer, method: QueueUnbind): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.shortstr(method.exchange);
  writer.shortstr(method.routingKey);
  writer.table(method.arguments);
}

function encodeBasicQos(writer: Writer, method: BasicQos): void {
  writer.long(method.prefetchSize);
  writer.short(method.prefetchCount);
  writer.octet(method.global ? 1 : 0);
}

function encodeBasicConsume(writer: Writer, method: BasicConsume): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.shortstr(method.consumerTag);
  writer.octet(
    (method.noLocal ? 1 : 0) |
      (method.noAck ? 2 : 0) |
      (method.exclusive ? 4 : 0) |
      (method.noWait ? 8 : 0),
  );
  writer.table(method.arguments);
}

function encodeBasicCancel(writer: Writer, method: BasicCancel): void {
  writer.shortstr(method.consumerTag);
  writer.octet(method.noWait ? 1 : 0);
}

function encodeBasicPublish(writer: Writer, method: BasicPublish): void {
  writer.short(0);
  writer.shortstr(method.exchange);
  writer.shortstr(method.routingKey);
  writer.octet((method.mandatory ? 1 : 0) | (method.immediate ? 2 : 0));
}

function encodeBasicGet(writer: Writer, method: BasicGet): void {
  writer.short(0);
  writer.shortstr(method.queue);
  writer.octet(method.noAck ? 1 : 0);
}

function encodeBasicAck(writer: Writer, method: BasicAck): void {
  writer.longlong(method.deliveryTag);
  writer.octet(method.multiple ? 1 : 0);
}

function encodeBasicReject(writer: Writer, method: BasicReject): void {
  writer.longlong(method.deliveryTag);
  writer.octet(method.requeue ? 1 : 0);
}

function encodeBasicRecoverAsync(writer: Writer, method: BasicRecoverAsync): void {
  writer.octet(method.requeue ? 1 : 0);
}

function encodeBasicRecover(writer: Writer, method: BasicRecover): void {
  writer.octet(method.requeue ? 1 : 0);
}

function encodeBasicNack(writer: Writer, method: BasicNack): void {
  writer.longlong(method.deliveryTag);
  writer.octet((method.multiple ? 1 : 0) | (method.requeue ? 2 : 0));
}

function encodeConfirmSelect(writer: Writer, method: ConfirmSelect): void {
  writer.octet(method.noWait ? 1 : 0);
}

function encodeAny(writer: Writer, method: ClientMethod): void {
  switch (method.name) {
    case 'connection.start-ok':
      writer.long(0xa000b);
      encodeConnectionStartOk(writer, method);
      return;
    case 'connection.secure-ok':
      writer.long(0xa0015);
      encodeConnectionSecureOk(writer, method);
      return;
    case 'connection.tune-ok':
      writer.long(0xa001f);
      encodeConnectionTuneOk(writer, method);
      return;
    case 'connection.open':
      writer.long(0xa0028);
      encodeConnectionOpen(writer, method);
      return;
    case 'connection.close':
      writer.long(0xa0032);
      encodeConnectionClose(writer, method);
      return;
    case 'connection.close-ok':
      writer.long(0xa0033);
      return;
    case 'connection.update-secret':
      writer.long(0xa0046);
      encodeConnectionUpdateSecret(writer, method);
      return;
    case 'channel.open':
      writer.long(0x14000a);
      encodeChannelOpen(writer);
      return;
    case 'channel.flow':
      writer.long(0x140014);
      encodeChannelFlow(writer, method);
      return;
    case 'channel.close':
      writer.long(0x140028);
      encodeChannelClose(writer, method);
      return;
    case 'channel.close-ok':
      writer.long(0x140029);
      return;
    case 'access.request':
      writer.long(0x1e000a);
      encodeAccessRequest(writer, method);
      return;
    case 'exchange.declare':
      writer.long(0x28000a);
      encodeExchangeDeclare(writer, method);
      return;
    case 'exchange.delete':
      writer.long(0x280014);
      encodeExchangeDelete(writer, method);
      return;
    case 'exchange.bind':
      writer.long(0x28001e);
      encodeExchangeBind(writer, method);
      return;
    case 'exchange.unbind':
      writer.long(0x280028);
      encodeExchangeUnbind(writer, method);
      return;
    case 'queue.declare':
      writer.long(0x32000a);
      encodeQueueDeclare(writer, method);
      return;
    case 'queue.bind':
      writer.long(0x320014);
      encodeQueueBind(writer, method);
      return;
    case 'queue.purge':
      writer.long(0x32001e);
      encodeQueuePurge(writer, method);
      return;
    case 'queue.delete':
      writer.long(0x320028);
      encodeQueueDelete(writer, method);
      return;
    case 'queue.unbind':
      writer.long(0x320032);
      encodeQueueUnbind(writer, method);
      return;
    case 'basic.qos':
      writer.long(0x3c000a);
      encodeBasicQos(writer, method);
      return;
    case 'basic.consume':
      writer.long(0x3c0014);
      encodeBasicConsume(writer, method);
      return;
    case 'basic.cancel':
      writer.long(0x3c001e);
      encodeBasicCancel(writer, method);
      return;
    case 'basic.publish':
      writer.long(0x3c0028);
      encodeBasicPublish(writer, method);
      return;
    case 'basic.get':
      writer.long(0x3c0046);
      encodeBasicGet(writer, method);
      return;
    case 'basic.ack':
      writer.long(0x3c0050);
      encodeBasicAck(writer, method);
      return;
    case 'basic.reject':
      writer.long(0x3c005a);
      encodeBasicReject(writer, method);
      return;
    case 'basic.recover-async':
      writer.long(0x3c0064);
      encodeBasicRecoverAsync(writer, method);
      return;
    case 'basic.recover':
      writer.long(0x3c006e);
      encodeBasicRecover(writer, method);
      return;
    case 'basic.nack':
      writer.long(0x3c0078);
      encodeBasicNack(writer, method);
      return;
    case 'confirm.select':
      writer.long(0x55000a);
      encodeConfirmSelect(writer, method);
      return;
    case 'tx.select':
      writer.long(0x5a000a);
      return;
    case 'tx.commit':
      writer.long(0x5a0014);
      return;
    case 'tx.rollback':
      writer.long(0x5a001e);
      return;
  }
}

/** Writes class id, method id and arguments; all of it, or nothing and CodecError. */
export function encodeClientMethod(writer: Writer, method: ClientMethod): void {
  const start = writer.length;
  try {
    encodeAny(writer, method);
  } catch (error) {
    writer.rewind(start);
    throw error;
  }
}
