/** How a command ends, for scripts: sysexits.h, as RabbitMQ's tools use it. */
export const exitCodes = {
  ok: 0,
  /** The command line makes no sense. */
  usage: 64,
  /** What the command was given cannot be used, or what it names is not there. */
  data: 65,
  /** The user that it names is not there. */
  noUser: 67,
  /** The node does not answer, or a check failed. */
  unavailable: 69,
  /** The node could not do it. */
  software: 70,
  /** A file cannot be read or written. */
  file: 74,
  /** It took too long. */
  timeout: 75,
  /** The node does not let this user do it. */
  refused: 77,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command that cannot be done; the message is for people. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}
