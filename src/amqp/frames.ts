import { Reader } from '../codec/bytes.ts';
import { frameText, unknownFrame } from '../codec/method-error.ts';
import { type ClientMethod, decodeClientMethod } from '../codec/methods.gen.ts';
import {
  frameBody,
  frameHeader,
  frameHeaderBytes,
  frameHeartbeat,
  frameMethod,
} from '../codec/spec.ts';
import { dv, u8 } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import type { Channel } from './channel.ts';
import { channelMethod } from './channel-methods.ts';
import type { MethodIds } from './close.ts';
import type { ContentAssembly } from './content-assembly.ts';

/** What frames need of the connection that they came on. */
export interface FrameHost {
  readonly isOpen: boolean;
  readonly isClosing: boolean;
  /** By number. */
  readonly channels: readonly (Channel | undefined)[];
  /** A method on channel 0. @throws BrokerError, CodecError */
  method(decode: () => ClientMethod): void;
  /** @throws BrokerError */
  openChannel(number: number): Channel;
  dropChannel(channel: Channel): void;
}

/** Where is kept which method is being handled, for the error that it may end in. */
export interface Progress {
  during: MethodIds;
}

const METHOD_BYTES_MIN = 4;
const HEADER_BYTES_MIN = 14;
const CHANNEL_CLASS = 20;
const OPEN_METHOD = 10;

const basicPublish = { classId: 60, methodId: 40 } as const;
const reader = new Reader(u8);

/**
 * Takes one whole frame that is not one of the plain cases.
 * @param at where it starts in the message memory; `next` is behind its end octet
 * @throws BrokerError, CodecError
 */
export function handleFrame(
  connection: FrameHost,
  frames: Progress,
  at: number,
  next: number,
): void {
  const type = dv.getUint8(at);
  const number = dv.getUint16(at + 1);
  const start = at + frameHeaderBytes;
  const end = next - 1;
  checkFrame(type, start, end);
  if (number === 0) channelZero(connection, frames, type, start, end);
  else if (connection.isClosing) return;
  else if (!connection.isOpen || type === frameHeartbeat) throw unexpectedFrame(type, start, end);
  else ofChannel(connection, frames, number, type, start, end);
}

function channelZero(
  connection: FrameHost,
  frames: Progress,
  type: number,
  start: number,
  end: number,
): void {
  if (type === frameHeartbeat) return;
  if (type !== frameMethod) {
    if (connection.isClosing) return;
    throw unexpectedFrame(type, start, end);
  }
  frames.during = methodIds(start);
  connection.method(() => decode(start, end));
}

function ofChannel(
  connection: FrameHost,
  frames: Progress,
  number: number,
  type: number,
  start: number,
  end: number,
): void {
  const channel = connection.channels[number];
  if (channel === undefined) {
    openChannel(connection, frames, number, type, start, end);
  } else if (channel.closing) {
    whileClosing(connection, frames, channel, type, start, end);
  } else if (channel.assembly !== undefined) {
    frames.during = basicPublish;
    ofContent(channel, type, start, end);
  } else if (type === frameMethod) {
    frames.during = methodIds(start);
    const method = decode(start, end);
    if (channelMethod(channel, method)) return;
    throw new BrokerError('COMMAND_INVALID', 'unimplemented method');
  } else {
    throw methodExpected();
  }
}

function openChannel(
  connection: FrameHost,
  frames: Progress,
  number: number,
  type: number,
  start: number,
  end: number,
): void {
  if (type !== frameMethod) throw methodExpected();
  if (!isOpen(start)) {
    frames.during = methodIds(start);
    throw new BrokerError('CHANNEL_ERROR', "expected 'channel.open'");
  }
  decode(start, end);
  connection.openChannel(number).send({ name: 'channel.open-ok' });
}

// We have closed the channel: only the client's answer counts, or that it closes it as well.
function whileClosing(
  connection: FrameHost,
  frames: Progress,
  channel: Channel,
  type: number,
  start: number,
  end: number,
): void {
  if (type !== frameMethod) return;
  frames.during = methodIds(start);
  if (isOpen(start)) throw new BrokerError('CHANNEL_ERROR', "second 'channel.open' seen");
  const { classId, methodId } = frames.during;
  if (classId !== CHANNEL_CLASS) return;
  if (methodId !== 40 && methodId !== 41) return;
  const method = decode(start, end);
  // Both have closed it at once; the client still owes the answer to our close.
  if (method.name === 'channel.close') channel.send({ name: 'channel.close-ok' });
  else connection.dropChannel(channel);
}

function ofContent(channel: Channel, type: number, start: number, end: number): void {
  const { assembly } = channel;
  if (assembly === undefined) return;
  if (type === frameMethod) throw assembly.unexpected();
  const complete = type === frameHeader ? assembly.header(start, end) : assembly.body(start, end);
  if (!complete) return;
  channel.assembly = undefined;
  channel.publishAssembled(built(assembly), assembly.mandatory);
}

function built(assembly: ContentAssembly): number {
  try {
    return assembly.build();
  } finally {
    assembly.discard();
  }
}

function checkFrame(type: number, start: number, end: number): void {
  const size = end - start;
  if (type === frameMethod && size >= METHOD_BYTES_MIN) return;
  if (type === frameHeader && size >= HEADER_BYTES_MIN) return;
  if (type === frameBody) return;
  if (type === frameHeartbeat && size === 0) return;
  throw unknownFrame(type, u8.slice(start, end));
}

function decode(start: number, end: number): ClientMethod {
  reader.reset(u8, start, end);
  return decodeClientMethod(reader);
}

function methodIds(start: number): { classId: number; methodId: number } {
  return { classId: dv.getUint16(start), methodId: dv.getUint16(start + 2) };
}

function isOpen(start: number): boolean {
  return dv.getUint16(start) === CHANNEL_CLASS && dv.getUint16(start + 2) === OPEN_METHOD;
}

function methodExpected(): BrokerError {
  return new BrokerError('UNEXPECTED_FRAME', 'expected method frame, got non method frame instead');
}

function unexpectedFrame(type: number, start: number, end: number): BrokerError {
  return new BrokerError('UNEXPECTED_FRAME', frameText(type, u8.slice(start, end)));
}
