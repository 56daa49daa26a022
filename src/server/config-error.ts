import { closest } from 'fastest-levenshtein';

/** A configuration that the server cannot start with; the message is one line for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The error for a word that means nothing here, with the known word that comes nearest. */
export function unknownWord(
  at: string,
  kind: string,
  word: string,
  known: readonly string[],
): ConfigError {
  const nearest = closest(word, [...known]);
  return new ConfigError(`${at}unknown ${kind} '${word}'; did you mean '${nearest}'?`);
}
