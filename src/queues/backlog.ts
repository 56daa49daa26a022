import type { Run } from './run.ts';

/** A reading of messages from disk. */
export class Reading {
  /** There was no memory for all of them. */
  exhausted = false;
}

/** The messages of one priority of a queue that lie on disk, between its head and its tail. */
export class Backlog {
  /** In their order; none is empty. */
  readonly runs: Run[] = [];
  /** How many messages there are. */
  size = 0;
  /** With no more messages than this in front of it, the next ones are to be read. */
  lowMark = 0;
  /** Bytes that are read next. */
  chunkBytes = 0;
  /** The reading under way; what comes of any other is not wanted any more. */
  reading: Reading | undefined = undefined;
  /** A reading has to wait: for memory, or until the disk may have recovered. */
  stalled = false;
}
