import type { ByteBudget } from './byte-budget.ts';

// Two are what a rate takes.
const ROWS_MIN = 2;

/**
 * The latest samples of some figures. Only what differs from the sample before it takes a row, so what
 * is idle takes no further room, and what is not found has not changed since the row before it.
 */
export class Ring {
  readonly #rowsMax: number;
  // Of a row: the tick, and the figures.
  readonly #stride: number;
  readonly #budget: ByteBudget;
  #cells: Float64Array;
  #rows = ROWS_MIN;
  #first = 0;
  #count = 0;
  /** There were samples before the oldest one that is left. */
  clipped = false;

  constructor(figures: number, rowsMax: number, budget: ByteBudget) {
    this.#stride = figures + 1;
    this.#rowsMax = rowsMax;
    this.#budget = budget;
    this.#cells = new Float64Array(ROWS_MIN * this.#stride);
    budget.force(this.#cells.byteLength);
  }

  /** Notes the figures at a tick, later than all before. @returns whether they have changed */
  note(tick: number, figures: Float64Array): boolean {
    if (!this.#differs(figures)) return false;
    if (this.#count === this.#rows) this.#makeRoom();
    const at = this.#cellOf(this.#count);
    this.#count += 1;
    this.#cells[at] = tick;
    this.#cells.set(figures, at + 1);
    return true;
  }

  /** A figure as it was at a tick; 0 before there was any. */
  at(tick: number, figure: number): number {
    const row = this.#rowAt(tick);
    if (row < 0 && (!this.clipped || this.#count === 0)) return 0;
    return this.#cells[this.#cellOf(Math.max(row, 0)) + 1 + figure] ?? 0;
  }

  /** The tick of the latest change; -Infinity when there was none. */
  get changedAt(): number {
    if (this.#count === 0) return -Infinity;
    return this.#cells[this.#cellOf(this.#count - 1)] ?? -Infinity;
  }

  /** Lets go of all but the latest row. */
  shrink(): void {
    if (this.#rows === ROWS_MIN) return;
    const cells = new Float64Array(ROWS_MIN * this.#stride);
    if (this.#count > 0) {
      const at = this.#cellOf(this.#count - 1);
      cells.set(this.#cells.subarray(at, at + this.#stride));
      this.clipped ||= this.#count > 1;
      this.#count = 1;
    }
    this.#budget.give(this.#cells.byteLength - cells.byteLength);
    this.#cells = cells;
    this.#rows = ROWS_MIN;
    this.#first = 0;
  }

  /** Gives the room back; not to be used any more. */
  drop(): void {
    this.#budget.give(this.#cells.byteLength);
  }

  /** Bytes that `shrink` would give back. */
  get spareBytes(): number {
    return (this.#rows - ROWS_MIN) * this.#stride * this.#cells.BYTES_PER_ELEMENT;
  }

  #differs(figures: Float64Array): boolean {
    if (this.#count === 0) return this.clipped || figures.some((figure) => figure !== 0);
    const at = this.#cellOf(this.#count - 1) + 1;
    for (let i = 0; i < figures.length; i++) {
      if (figures[i] !== this.#cells[at + i]) return true;
    }
    return false;
  }

  #makeRoom(): void {
    const rows = Math.min(this.#rows * 2, this.#rowsMax);
    const bytes = (rows - this.#rows) * this.#stride * this.#cells.BYTES_PER_ELEMENT;
    if (bytes > 0 && this.#budget.take(bytes)) {
      this.#grow(rows);
      return;
    }
    this.#first = (this.#first + 1) % this.#rows;
    this.#count -= 1;
    this.clipped = true;
  }

  #grow(rows: number): void {
    const cells = new Float64Array(rows * this.#stride);
    const split = this.#first * this.#stride;
    cells.set(this.#cells.subarray(split));
    cells.set(this.#cells.subarray(0, split), this.#cells.length - split);
    this.#cells = cells;
    this.#rows = rows;
    this.#first = 0;
  }

  // The last row at or before a tick; -1 when all are later.
  #rowAt(tick: number): number {
    let low = 0;
    let high = this.#count;
    // Mostly it is one of the last two.
    for (let row = high - 1; row >= 0 && row >= this.#count - 2; row--) {
      if ((this.#cells[this.#cellOf(row)] ?? Infinity) <= tick) return row;
      high = row;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cells[this.#cellOf(middle)] ?? Infinity) <= tick) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #cellOf(row: number): number {
    return ((this.#first + row) % this.#rows) * this.#stride;
  }
}
