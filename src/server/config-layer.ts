import { ConfigError } from './config-error.ts';
import type { SettingName } from './config-schema.ts';

/** A value somebody gave, and the words that lead them back to where they gave it. */
export interface Given {
  readonly value: unknown;
  readonly where: string;
}

/** What one source says; a later source's layer lies over it. */
export type Layer = Map<SettingName, Given>;

/** Reads a file as text. */
export type ReadText = (path: string) => string;

/** The text of a file somebody named. @throws ConfigError that says who named it and what failed */
export function readNamed(path: string, readText: ReadText, where = ''): string {
  try {
    return readText(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${where}${path} cannot be read: ${reason}`);
  }
}
