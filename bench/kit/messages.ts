/** Puts messages where the broker keeps them, for the micro-benchmarks. */

import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { FrameWriter } from '../generator/frame-writer.ts';
import { encodePublish, type MessageShape } from '../generator/publish-ring.ts';

const METHOD_ARGUMENTS_OFFSET = 7 + 4 + 2;

/** Where the parts of one published message lie in the message memory. */
export interface PlacedMessage {
  /** The basic.publish frame. */
  readonly at: number;
  /** Exchange and routing key, two short strings. */
  readonly addressAt: number;
  readonly addressLength: number;
  /** The method frame's end octet; the content frames follow. */
  readonly tailAt: number;
  /** The content header frame. */
  readonly headerAt: number;
  /** Behind the last frame. */
  readonly end: number;
}

export const SMALL_MESSAGE: MessageShape = {
  exchange: '',
  routingKey: 'leveret-bench.queue-000',
  size: 16,
  persistent: false,
};

/** Writes a message into the receive window, as if it had just been read. */
export function placeMessage(shape: MessageShape): PlacedMessage {
  const writer = new FrameWriter();
  encodePublish(writer, shape, 131_072);
  const bytes = writer.take();
  u8.set(bytes, RECEIVE_AT);
  const methodSize = bytes.readUInt32BE(3);
  const addressAt = RECEIVE_AT + METHOD_ARGUMENTS_OFFSET;
  const tailAt = RECEIVE_AT + 7 + methodSize;
  return {
    at: RECEIVE_AT,
    addressAt,
    // Behind the address come the bits, one octet, and the frame end.
    addressLength: tailAt - 1 - addressAt,
    tailAt,
    headerAt: tailAt + 1,
    end: RECEIVE_AT + bytes.length,
  };
}
