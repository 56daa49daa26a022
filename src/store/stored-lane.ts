import type { Lane } from './append-log.ts';
import type { Section } from './segment.ts';
import { SettledSet } from './settled-set.ts';

const noSections: ReadonlySet<Section> = new Set();

/** A lane, with what the log knows of its messages: which are gone, and where the others lie. */
export class StoredLane implements Lane {
  readonly queue: number;
  readonly priority: number;
  settled = new SettledSet();
  storedTo = 0;
  /** Everything before this number has been handed out at least once. */
  deliveredTo = 0;
  /** What `deliveredTo` was when the log was opened: what lies before it has been out before. */
  recoveredTo = 0;
  /** How often messages have come back, of those that have. */
  readonly returns = new Map<number, number>();
  /** Where what is stored lies, in the order of the numbers. */
  sections: Section[] = [];
  /** Its queue is gone. */
  dropped = false;

  // What a batch notes here while it is filled: its open record of settled messages, that the lane is
  // on its lists, and what it has of the lane.
  openIn = 0;
  openAt = 0;
  openTo = 0;
  touchedIn = 0;
  deliveredIn = 0;
  partFirst = 0;
  partLast = 0;
  partCount = 0;
  partBytes = 0;
  partExpires = false;
  partInOrder = true;

  constructor(queue: number, priority: number) {
    this.queue = queue;
    this.priority = priority;
  }

  /** How often a message came back; one that was out before a restart counts as once at least. */
  returnsOf(seq: number): number {
    const counted = this.returns.get(seq);
    if (counted !== undefined) return counted;
    return seq < this.recoveredTo ? 1 : 0;
  }

  /** A message is gone. @returns whether it was there */
  settle(seq: number): boolean {
    if (!this.settled.settle(seq)) return false;
    if (this.returns.size > 0) this.returns.delete(seq);
    if (seq < this.storedTo) this.#goneFromSection(seq);
    return true;
  }

  settleRange(from: number, to: number): void {
    for (const section of [...this.sections]) {
      if (section.lastSeq < from || section.firstSeq >= to) continue;
      const first = Math.max(from, section.firstSeq);
      const gone = this.settled.settleRange(first, Math.min(to, section.lastSeq + 1));
      this.#lessLive(section, gone);
    }
    this.settled.settleRange(from, to);
    for (const seq of this.returns.keys()) if (seq >= from && seq < to) this.returns.delete(seq);
  }

  /** Forgets everything: the queue is gone. */
  drop(): void {
    this.dropped = true;
    for (const section of [...this.sections]) this.#lessLive(section, section.live);
    this.returns.clear();
  }

  /** The index of the first section that reaches `seq` or beyond. */
  sectionIndex(seq: number): number {
    const { sections } = this;
    const first = sections[0];
    if (first === undefined || first.lastSeq >= seq) return 0;
    let low = 1;
    let high = sections.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const section = sections[middle];
      if (section !== undefined && section.lastSeq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** New sections, behind those that there are or in the stead of `replaced`. */
  install(sections: readonly Section[], replaced: ReadonlySet<Section> = noSections): void {
    for (const section of sections) {
      const { count, firstSeq, lastSeq } = section;
      section.live = Math.min(count, this.settled.liveIn(firstSeq, lastSeq + 1));
    }
    const wanted = this.dropped ? [] : sections.filter(({ live }) => live > 0);
    const kept = this.sections.filter((section) => !replaced.has(section));
    for (const section of replaced) section.segment.remove(section);
    for (const section of wanted) section.segment.add(section);
    this.sections = [...kept, ...wanted];
    if (replaced.size > 0) this.sections.sort((one, other) => one.firstSeq - other.firstSeq);
  }

  #goneFromSection(seq: number): void {
    const section = this.sections[this.sectionIndex(seq)];
    if (section !== undefined && section.firstSeq <= seq) this.#lessLive(section, 1);
  }

  #lessLive(section: Section, gone: number): void {
    if (gone === 0) return;
    section.live -= gone;
    section.segment.lessLive(section, gone);
    if (section.live > 0) return;
    section.segment.remove(section);
    const at = this.sections[0] === section ? 0 : this.sections.indexOf(section);
    if (at === 0) this.sections.shift();
    else if (at > 0) this.sections.splice(at, 1);
  }
}
