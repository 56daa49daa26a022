import { LRUCache } from 'lru-cache';
import { type NamePattern, namePattern } from './name-pattern.ts';

const ANSWERS_MAX = 1000;

/** A pattern that remembers its answers; it goes, with them, when the permission changes. */
export class RememberedPattern implements NamePattern {
  readonly source: string;
  readonly matchesAll: boolean;
  readonly #pattern: NamePattern;
  #answers: LRUCache<string, boolean> | undefined;

  /** @throws SyntaxError when the text is no regular expression */
  constructor(source: string) {
    this.#pattern = namePattern(source);
    this.source = source;
    this.matchesAll = this.#pattern.matchesAll;
  }

  matches(name: string): boolean {
    if (this.matchesAll) return true;
    this.#answers ??= new LRUCache({ max: ANSWERS_MAX });
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const answer = this.#pattern.matches(name);
    this.#answers.set(name, answer);
    return answer;
  }
}
