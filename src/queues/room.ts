/** Whether there is memory for messages that are read back from disk. */
export interface Room {
  /** Messages take more memory than they should: only what somebody cannot do without is read. */
  readonly isShort: boolean;
  /** Hardly any memory is left at all. */
  readonly isFull: boolean;
  /** Calls `run` once, when that may have changed. */
  whenRoom(run: () => void): void;
}
