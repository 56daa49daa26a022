import type { Clock } from '../kit/clock.ts';
import type { Answer } from './endpoint.ts';

interface Kept {
  readonly stamp: string;
  readonly at: number;
  readonly answer: Promise<Answer>;
}

// Figures may be that old; RabbitMQ's are up to five seconds.
const FRESH_MS = 1000;
const ANSWERS_MAX = 4;

/** Answers that are long in the making, for those who ask the same at about the same time. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The answer to a question, made anew unless that has been done of late.
   * @param stamp differs where an answer from before is wrong
   */
  async get(question: string, stamp: string, make: () => Promise<Answer>): Promise<Answer> {
    const now = this.#clock.now();
    const known = this.#kept.get(question);
    if (known !== undefined && known.stamp === stamp && now - known.at < FRESH_MS) {
      return await known.answer;
    }
    const made: Kept = { stamp, at: now, answer: make() };
    this.#keep(question, made);
    try {
      return await made.answer;
    } catch (error) {
      this.#drop(question, made);
      throw error;
    }
  }

  #keep(question: string, made: Kept): void {
    this.#kept.delete(question);
    this.#kept.set(question, made);
    // They are large: none stays for longer than somebody could use it.
    this.#clock.after(FRESH_MS, () => this.#drop(question, made));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= ANSWERS_MAX) return;
      this.#kept.delete(oldest);
    }
  }

  #drop(question: string, made: Kept): void {
    if (this.#kept.get(question) === made) this.#kept.delete(question);
  }
}
