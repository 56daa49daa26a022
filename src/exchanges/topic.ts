import { DestinationCounts } from './destination-counts.ts';
import type {
  Binding,
  Destination,
  ExchangeType,
  HeadersThunk,
  Matcher,
  QueueDestination,
} from './exchange.ts';
import { MatchCache } from './match-cache.ts';

/** A place in the trie of binding patterns, one word further than its parent. */
class PatternNode<Q extends QueueDestination> {
  /** Under `*` and `#` the patterns with these wildcards as the next word. */
  readonly next = new Map<string, PatternNode<Q>>();
  readonly destinations = new DestinationCounts<Q>();
  /** Reached by `#`, so it stays reached whatever words follow. */
  readonly takesAnyWords: boolean;
  /** The walk's step that reached this node last. */
  reachedAt = 0;

  constructor(takesAnyWords: boolean) {
    this.takesAnyWords = takesAnyWords;
  }

  get isUseless(): boolean {
    return this.next.size === 0 && this.destinations.isEmpty;
  }
}

// RabbitMQ: the empty key has no words, but 'a.' has two and 'a..b' three, one of them empty.
function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split('.');
}

/**
 * All patterns in one trie, walked word by word with the set of nodes reached so far. A node is
 * reached once a word at most, so no set of patterns makes a walk longer than words times nodes.
 */
class PatternTrie<Q extends QueueDestination> {
  readonly #root = new PatternNode<Q>(false);
  #step = 0;
  #reached: PatternNode<Q>[] = [];
  #before: PatternNode<Q>[] = [];

  add(pattern: string, destination: Destination<Q>): void {
    let node = this.#root;
    for (const word of wordsOf(pattern)) {
      let next = node.next.get(word);
      if (next === undefined) {
        next = new PatternNode(word === '#');
        node.next.set(word, next);
      }
      node = next;
    }
    node.destinations.add(destination);
  }

  /** Whether the pattern led to that destination. */
  remove(pattern: string, destination: Destination<Q>): boolean {
    const words = wordsOf(pattern);
    const path = [this.#root];
    for (const word of words) {
      const next = path.at(-1)?.next.get(word);
      if (next === undefined) return false;
      path.push(next);
    }
    if (!path.at(-1)?.destinations.remove(destination)) return false;
    for (let i = words.length; i > 0 && path[i]?.isUseless; i--) {
      path[i - 1]?.next.delete(words[i - 1] ?? '');
    }
    return true;
  }

  match(routingKey: string): readonly Destination<Q>[] {
    this.#startStep();
    this.#reach(this.#root);
    for (const word of wordsOf(routingKey)) {
      this.#startStep();
      for (const node of this.#before) this.#take(node, word);
    }
    const found = new Set<Destination<Q>>();
    for (const node of this.#reached) {
      node.destinations.visit((destination) => found.add(destination));
    }
    return [...found];
  }

  #startStep(): void {
    this.#step += 1;
    const free = this.#before;
    this.#before = this.#reached;
    this.#reached = free;
    free.length = 0;
  }

  #take(node: PatternNode<Q>, word: string): void {
    this.#reach(node.next.get('*'));
    // A word of the key that reads '*' or '#' finds a wildcard here that matches it anyway.
    this.#reach(node.next.get(word));
    if (node.takesAnyWords) this.#reach(node);
  }

  #reach(start: PatternNode<Q> | undefined): void {
    // `#` takes no words too, so whoever reaches a node reaches its `#` (and that one's) with it.
    for (let node = start; node !== undefined; node = node.next.get('#')) {
      if (node.reachedAt === this.#step) return;
      node.reachedAt = this.#step;
      this.#reached.push(node);
    }
  }
}

class TopicMatcher<Q extends QueueDestination> implements Matcher<Q> {
  readonly readsHeaders = false;
  readonly #patterns = new PatternTrie<Q>();
  readonly #matched = new MatchCache<Q>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(binding: Binding<Q>): void {
    this.#patterns.add(binding.routingKey, binding.destination);
    this.#matched.clear();
    this.#size += 1;
  }

  remove(binding: Binding<Q>): void {
    if (!this.#patterns.remove(binding.routingKey, binding.destination)) return;
    this.#matched.clear();
    this.#size -= 1;
  }

  match(
    routingKey: string,
    _headers: HeadersThunk,
    visit: (destination: Destination<Q>) => void,
  ): void {
    if (this.#size === 0) return;
    let destinations = this.#matched.get(routingKey);
    if (destinations === undefined) {
      destinations = this.#patterns.match(routingKey);
      this.#matched.set(routingKey, destinations);
    }
    for (const destination of destinations) visit(destination);
  }
}

/** 0-9-1 §3.1.3.3: patterns of words parted by dots, `*` for one word, `#` for any number of them. */
export const topic: ExchangeType = {
  name: 'topic',
  createMatcher: <Q extends QueueDestination>() => new TopicMatcher<Q>(),
  checkBinding() {},
};
