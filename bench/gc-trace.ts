/** Reads the lines that V8 prints with --trace-gc and keeps the longest pause. */

const PAUSE = /^\[\d+:0x[0-9a-f]+\].*? MB, (\d+(?:\.\d+)?) \/ /;
const BIGGEST_STEP = /biggest step (\d+(?:\.\d+)?) ms/;

/** Milliseconds that one line tells of: a stop of the program, or the longest step of incremental marking. */
export function gcPauseMsOf(line: string): number | undefined {
  const pause = PAUSE.exec(line);
  if (pause === null) return undefined;
  const step = BIGGEST_STEP.exec(line);
  return Math.max(Number(pause[1]), step === null ? 0 : Number(step[1]));
}

export class GcTrace {
  #longestMs = 0;
  #pauses = 0;

  /** Whether the line was one of V8's. */
  take(line: string): boolean {
    const pauseMs = gcPauseMsOf(line);
    if (pauseMs === undefined) return false;
    this.#pauses++;
    this.#longestMs = Math.max(this.#longestMs, pauseMs);
    return true;
  }

  reset(): void {
    this.#longestMs = 0;
    this.#pauses = 0;
  }

  get longestMs(): number {
    return this.#longestMs;
  }

  get pauses(): number {
    return this.#pauses;
  }
}
