import type { Clock } from '../kit/clock.ts';

/** The process around a command. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's folder. */
  readonly home: string;
  readonly clock: Clock;
  /** Whether a person reads what goes to standard output and standard error. */
  readonly isRead: { readonly output: boolean; readonly error: boolean };
  /** Writes to standard output. */
  write(text: string): void;
  /** Writes to standard error. */
  complain(text: string): void;
  /** All that comes in by standard input. */
  readInput(): Promise<Buffer>;
  /** The first line of standard input; a person is asked for it and it is not shown. */
  readSecret(question: string): Promise<string>;
  /** @throws Error with the system's code */
  readFile(path: string): Buffer;
  /** Only the user may read the file. @throws Error with the system's code */
  writeFile(path: string, text: string): void;
}
