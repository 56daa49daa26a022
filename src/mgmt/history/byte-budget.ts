/** Bytes that may be taken in all. */
export class ByteBudget {
  readonly limit: number;
  used = 0;
  /** Somebody was refused since this was last set back. */
  wasShort = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes bytes if they are there. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) {
      this.wasShort = true;
      return false;
    }
    this.used += bytes;
    return true;
  }

  /** Takes bytes that somebody cannot do without. */
  force(bytes: number): void {
    if (this.used + bytes > this.limit) this.wasShort = true;
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}
