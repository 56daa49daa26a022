/** A command line that cannot be understood; the message is one line for people. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
