import type { Fact } from './append-log.ts';

/** Something in a data directory that is not as it was written, and what can be done about it. */
export interface Finding {
  /** Relative to the data directory. */
  readonly path: string;
  /** Bytes from the file's start. */
  readonly offset: number;
  readonly reason: string;
  readonly remedy: Remedy;
}

/** How many messages, by the number of their queue. */
export type MessageCounts = ReadonlyMap<number, number>;

export type Remedy =
  /** The file's header is written again: nothing is lost. */
  | { readonly is: 'header written' }
  /** The snapshot before it is used, and more of the log replayed: nothing is lost. */
  | { readonly is: 'snapshot dropped' }
  /** Where messages lie is found out from the segments. */
  | {
      readonly is: 'lanes rebuilt';
      /** What waits then; some of it may have been consumed before. */
      readonly messages: MessageCounts;
    }
  /** Messages that lie together in a segment are given up. */
  | {
      readonly is: 'section dropped';
      /** undefined where nobody knows. */
      readonly messages: MessageCounts | undefined;
    }
  /** The log ends there. */
  | ({ readonly is: 'log cut' } & LogLoss);

/** What is given up with the end of a log. */
export interface LogLoss {
  readonly batches: number;
  /** Files that go as a whole. */
  readonly files: readonly string[];
  /** Messages that wait. */
  readonly messages: MessageCounts;
  /** Messages that were consumed, and wait again. */
  readonly returning: MessageCounts;
  /** Changes of definitions. */
  readonly facts: readonly Fact[];
}

/** Damage that leaves nothing to go on from; the message is one line for people. */
export class Irreparable extends Error {
  override readonly name = 'Irreparable';
}
