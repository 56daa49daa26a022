/** Holds an invariant of our own code; it stays on in production. A failure is our bug, never a client's. */
export function assert(condition: boolean, text: string): asserts condition {
  if (!condition) throw new AssertionError(text);
}

/** The end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}

class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
