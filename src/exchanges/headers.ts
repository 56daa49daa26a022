import { type Field, type Table, textOf } from '../codec/table.ts';
import { BrokerError } from '../model/broker-error.ts';
import { erlangTerm, fieldTypeNames } from '../model/erlang-term.ts';
import { valuesEqual } from '../model/field-value.ts';
import type {
  Binding,
  Destination,
  ExchangeType,
  HeadersThunk,
  Matcher,
  QueueDestination,
} from './exchange.ts';
import { MatchCache } from './match-cache.ts';

/** Results are kept by the headers' bytes up to this many; longer ones are rarely seen twice. */
const keptHeadersBytesMax = 512;

const noHeaders: Table = new Map();

/** A binding's arguments, read once. */
type Pattern = Readonly<{
  identity: object;
  /** One suffices, or all are needed. */
  any: boolean;
  fields: readonly (readonly [key: string, expected: Field])[];
}>;

function patternOf(binding: Binding<QueueDestination>): Pattern {
  const mode = textOf(binding.arguments.get('x-match')) ?? 'all';
  const withX = mode.endsWith('-with-x');
  return {
    identity: binding,
    any: mode.startsWith('any'),
    fields: [...binding.arguments].filter(
      ([key]) => key !== 'x-match' && (withX || !key.startsWith('x-')),
    ),
  };
}

// A void in the binding asks for the header's presence only, as 0-9-1 §3.1.3.4 has it.
function fieldMatches(expected: Field, header: Field | undefined): boolean {
  return header !== undefined && (expected.type === 'V' || valuesEqual(expected, header));
}

function patternMatches(pattern: Pattern, headers: Table): boolean {
  for (const [key, expected] of pattern.fields) {
    if (fieldMatches(expected, headers.get(key)) === pattern.any) return pattern.any;
  }
  // Nothing decided it: all of none match, but not any of none.
  return !pattern.any;
}

class HeadersMatcher<Q extends QueueDestination> implements Matcher<Q> {
  readonly readsHeaders = true;
  readonly #patterns = new Map<Destination<Q>, Pattern[]>();
  readonly #matched = new MatchCache<Q>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(binding: Binding<Q>): void {
    const patterns = this.#patterns.get(binding.destination);
    if (patterns === undefined) this.#patterns.set(binding.destination, [patternOf(binding)]);
    else patterns.push(patternOf(binding));
    this.#matched.clear();
    this.#size += 1;
  }

  remove(binding: Binding<Q>): void {
    const patterns = this.#patterns.get(binding.destination) ?? [];
    const index = patterns.findIndex(({ identity }) => identity === binding);
    if (index < 0) return;
    patterns.splice(index, 1);
    if (patterns.length === 0) this.#patterns.delete(binding.destination);
    this.#matched.clear();
    this.#size -= 1;
  }

  match(_key: string, headers: HeadersThunk, visit: (destination: Destination<Q>) => void): void {
    if (this.#size === 0) return;
    const key = cacheKey(headers.bytes?.());
    const kept = key === undefined ? undefined : this.#matched.get(key);
    const destinations = kept ?? this.#find(headers() ?? noHeaders);
    if (kept === undefined && key !== undefined) this.#matched.set(key, destinations);
    for (const destination of destinations) visit(destination);
  }

  #find(headers: Table): readonly Destination<Q>[] {
    const found: Destination<Q>[] = [];
    for (const [destination, patterns] of this.#patterns) {
      if (patterns.some((pattern) => patternMatches(pattern, headers))) found.push(destination);
    }
    return found;
  }
}

function cacheKey(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.length > keptHeadersBytesMax) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function checkBinding(arguments_: Table): void {
  const match = arguments_.get('x-match');
  if (match === undefined) return;
  if (match.type !== 'S') {
    const type = fieldTypeNames[match.type];
    const text = `Invalid x-match field type ${type} (value ${erlangTerm(match)}); expected longstr`;
    throw new BrokerError('PRECONDITION_FAILED', text);
  }
  if (/^(all|any)(-with-x)?$/.test(textOf(match) ?? '')) return;
  throw new BrokerError(
    'PRECONDITION_FAILED',
    `Invalid x-match field value ${erlangTerm(match)}; ` +
      'expected all, any, all-with-x, or any-with-x',
  );
}

/**
 * 0-9-1 §3.1.3.4: bindings whose arguments the message's headers match, all of them or any. Keys that
 * begin with `x-` count only in RabbitMQ's modes `all-with-x` and `any-with-x`.
 */
export const headers: ExchangeType = {
  name: 'headers',
  createMatcher: <Q extends QueueDestination>() => new HeadersMatcher<Q>(),
  checkBinding,
};
