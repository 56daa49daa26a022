/** The reply names that bytes alone can earn; `spec.ts` gives their codes. All close the connection. */
export type CodecReplyName = 'FRAME_ERROR' | 'SYNTAX_ERROR' | 'COMMAND_INVALID' | 'NOT_IMPLEMENTED';

/**
 * Bytes that cannot be read, or a value that cannot be written.
 *
 * `text` is the reply text without the name in front. `classId` and `methodId` name the method that
 * was being read, 0 where there was none, as `connection.close` wants them.
 */
export class CodecError extends Error {
  readonly replyName: CodecReplyName;
  readonly text: string;
  readonly classId: number;
  readonly methodId: number;

  constructor(replyName: CodecReplyName, text: string, classId = 0, methodId = 0) {
    super(`${replyName} - ${text}`);
    this.name = 'CodecError';
    this.replyName = replyName;
    this.text = text;
    this.classId = classId;
    this.methodId = methodId;
  }
}

/** Text in a method that is not UTF-8; RabbitMQ says so with a text of its own and names no method. */
export class MalformedTextError extends CodecError {
  constructor() {
    super('FRAME_ERROR', 'Malformed UTF-8 in shortstr');
    this.name = 'MalformedTextError';
  }
}
