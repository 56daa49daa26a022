import type { Reader } from './bytes.ts';
import { CodecError, MalformedTextError } from './codec-error.ts';

// RabbitMQ quotes the refused octets as Erlang prints a binary; clients' logs are full of these
// texts, so ours read the same. A reply text has 255 bytes, so quoting more than these is in vain.
const quotedOctetsMax = 128;

const escapes = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x1b, '\\e'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

function isPrintable(octet: number): boolean {
  return escapes.has(octet) || (octet >= 0x20 && octet < 0x7f) || octet >= 0xa0;
}

/** `<<1,2,3>>`, as Erlang's `~w` prints a binary. */
function binaryText(bytes: Uint8Array): string {
  return `<<${bytes.join(',')}>>`;
}

/** `<<"abc">>` where every octet is printable Latin-1, else `<<1,2,3>>`: as Erlang's `~p` prints it. */
function prettyBinaryText(bytes: Uint8Array): string {
  if (bytes.length === 0 || !bytes.every(isPrintable)) return binaryText(bytes);
  const characters = Array.from(bytes, (octet) => escapes.get(octet) ?? String.fromCharCode(octet));
  return `<<"${characters.join('')}">>`;
}

/** How RabbitMQ quotes a frame in an error. */
export function frameText(frameType: number, payload: Uint8Array): string {
  const quoted = prettyBinaryText(payload.subarray(0, 16));
  const extent = payload.length > 16 ? 'first 16' : 'all';
  return `type ${frameType}, ${extent} octets = ${quoted}`;
}

/** A frame that cannot be one; `fault` is RabbitMQ's term for why. */
export function badFrame(frameType: number, payload: Uint8Array, fault: string): CodecError {
  return new CodecError('FRAME_ERROR', `${frameText(frameType, payload)}: ${fault}`);
}

/** A frame of a type that does not exist, or whose payload is too short for its type. */
export function unknownFrame(frameType: number, payload: Uint8Array): CodecError {
  return badFrame(frameType, payload, 'unknown_frame');
}

/** Arguments that end too early or too late, or hold a table that cannot be read. */
export function undecodableArguments(
  reader: Reader,
  argumentsAt: number,
  classId: number,
  methodId: number,
): CodecError {
  const end = Math.min(reader.end, argumentsAt + quotedOctetsMax);
  const quoted = binaryText(reader.copyOf(argumentsAt, end));
  return new CodecError('FRAME_ERROR', `cannot decode ${quoted}`, classId, methodId);
}

/** A method that only a server sends. */
export function unimplementedMethod(classId: number, methodId: number): CodecError {
  return new CodecError('COMMAND_INVALID', 'unimplemented method', classId, methodId);
}

/**
 * Ids that no method has. RabbitMQ's reader crashes on them and drops the connection without a word;
 * we say what the specification has a code for.
 */
export function unknownMethod(classId: number, methodId: number): CodecError {
  return new CodecError(
    'NOT_IMPLEMENTED',
    `unknown method ${classId}.${methodId}`,
    classId,
    methodId,
  );
}

/** What to throw for an error that was met in reading a method. */
export function methodError(
  error: unknown,
  reader: Reader,
  argumentsAt: number,
  classId: number,
  methodId: number,
): unknown {
  const unreadable =
    error instanceof CodecError &&
    !(error instanceof MalformedTextError) &&
    (error.replyName === 'FRAME_ERROR' || error.replyName === 'SYNTAX_ERROR');
  return unreadable ? undecodableArguments(reader, argumentsAt, classId, methodId) : error;
}
