import { type NamePattern, namePattern } from '../auth/name-pattern.ts';
import type { Exchange } from '../exchanges/exchange.ts';
import type { Logger } from '../kit/logger.ts';
import type { AppliedPolicy } from '../model/applied-policy.ts';
import type { QueueType } from '../model/queue-argument-rules.ts';
import type { Queue } from '../queues/queue.ts';
import type { Parameters } from './parameters.ts';
import { type ApplyTo, type Policy, type PolicyKind, policyOf, valueOfPolicy } from './policy.ts';
import { policyFault } from './policy-fault.ts';
import { mergeDefinitions, suits } from './policy-rules.ts';

/** What policies are applied to: the things of a vhost. */
export interface PolicySubjects {
  readonly queues: ReadonlyMap<string, Queue>;
  readonly exchanges: ReadonlyMap<string, Exchange<Queue>>;
  /** What was found out about routes does not hold any more. */
  changed(): void;
}

interface Subject {
  readonly name: string;
  /** Of a queue; an exchange has none. */
  readonly queueType: QueueType | undefined;
}

interface Rule {
  readonly policy: Policy;
  readonly pattern: Pick<NamePattern, 'matches'>;
}

/** The policies of one kind in one vhost, the one that comes first in front. */
class RuleList {
  #rules: readonly Rule[] = [];

  /** A policy is new or changed, or gone. */
  replace(name: string, policy: Policy | undefined): Rule | undefined {
    const others = this.#rules.filter((rule) => rule.policy.name !== name);
    const rule = policy && { policy, pattern: patternOf(policy.pattern) };
    this.#rules = rule === undefined ? others : [...others, rule].sort(byPriority);
    return rule;
  }

  match(subject: Subject): Policy | undefined {
    return this.#rules.find((rule) => matches(rule, subject))?.policy;
  }

  get(name: string): Policy | undefined {
    return this.#rules.find(({ policy }) => policy.name === name)?.policy;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  get all(): readonly Policy[] {
    return this.#rules.map(({ policy }) => policy);
  }
}

/**
 * The policies and operator policies of all vhosts, kept as parameters. Of each kind the matching one
 * of the highest priority holds for a queue or an exchange, and whatever changes takes effect at once.
 */
export class Policies {
  readonly #parameters: Parameters;
  readonly #vhosts: ReadonlyMap<string, PolicySubjects>;
  readonly #logger: Logger;
  readonly #lists: Record<PolicyKind, Map<string, RuleList>> = {
    policy: new Map(),
    operator_policy: new Map(),
  };
  // The same two policies come to the same: one object for all that they apply to.
  readonly #applied = new WeakMap<object, WeakMap<object, AppliedPolicy>>();

  constructor(parameters: Parameters, vhosts: ReadonlyMap<string, PolicySubjects>, logger: Logger) {
    this.#parameters = parameters;
    this.#vhosts = vhosts;
    this.#logger = logger;
    for (const kind of ['policy', 'operator_policy'] as const) {
      parameters.addComponent(kind, {
        validate: (name, value) => policyFault(kind, name, value),
        changed: (vhost, name) => this.#changed(kind, vhost, name),
      });
      for (const { vhost, name } of parameters.list(kind)) this.#read(kind, vhost, name);
    }
  }

  /** Sets or replaces one; the vhost must be there. @throws ParameterError */
  set(kind: PolicyKind, policy: Policy): void {
    this.#parameters.set(kind, policy.vhost, policy.name, valueOfPolicy(policy));
  }

  get(kind: PolicyKind, vhost: string, name: string): Policy | undefined {
    return this.#lists[kind].get(vhost)?.get(name);
  }

  /** @returns whether it was there */
  remove(kind: PolicyKind, vhost: string, name: string): boolean {
    return this.#parameters.remove(kind, vhost, name);
  }

  /** Of every vhost, or of one, by priority there. */
  list(kind: PolicyKind, vhost?: string): readonly Policy[] {
    if (vhost !== undefined) return this.#lists[kind].get(vhost)?.all ?? [];
    return [...this.#lists[kind].values()].flatMap(({ all }) => all);
  }

  /** Applies to a new queue what holds for it. */
  applyToQueue(queue: Queue): void {
    queue.applyPolicy(this.#match(queue.vhost, subjectOf(queue)));
  }

  /** Applies to a new exchange what holds for it. */
  applyToExchange(exchange: Exchange<Queue>): void {
    exchange.applyPolicy(this.#match(exchange.vhost, subjectOf(exchange)));
  }

  #read(kind: PolicyKind, vhost: string, name: string): Rule | undefined {
    const value = this.#parameters.get(kind, vhost, name);
    const policy = value === undefined ? undefined : policyOf(vhost, name, value);
    const lists = this.#lists[kind];
    const list = lists.get(vhost) ?? new RuleList();
    try {
      return list.replace(name, policy);
    } catch (error) {
      // One that another version has let in: everything else goes on without it.
      if (!(error instanceof SyntaxError)) throw error;
      this.#logger.warn({ vhost, name, error: error.message }, 'A policy that cannot be applied');
      return list.replace(name, undefined);
    } finally {
      if (list.isEmpty) lists.delete(vhost);
      else lists.set(vhost, list);
    }
  }

  #changed(kind: PolicyKind, vhost: string, name: string): void {
    const rule = this.#read(kind, vhost, name);
    const things = this.#vhosts.get(vhost);
    if (things === undefined) return;
    const field = kind === 'policy' ? 'policy' : 'operatorPolicy';
    // Nothing changes for what it has not held for and does not match.
    const isConcerned = (thing: Queue | Exchange<Queue>): boolean =>
      thing.policy?.[field] === name || (rule !== undefined && matches(rule, subjectOf(thing)));
    // Queues may be gone before their turn comes: one that is trimmed can push others out.
    for (const queue of [...things.queues.values()]) {
      if (!queue.deleted && isConcerned(queue)) this.applyToQueue(queue);
    }
    for (const exchange of things.exchanges.values()) {
      if (isConcerned(exchange)) this.applyToExchange(exchange);
    }
    things.changed();
  }

  #match(vhost: string, subject: Subject): AppliedPolicy | undefined {
    const policy = this.#lists.policy.get(vhost)?.match(subject);
    const operators = this.#lists.operator_policy.get(vhost)?.match(subject);
    if (policy === undefined && operators === undefined) return undefined;
    const byOperators = this.#applied.get(policy ?? nothing) ?? new WeakMap();
    this.#applied.set(policy ?? nothing, byOperators);
    const known = byOperators.get(operators ?? nothing);
    if (known !== undefined) return known;
    const applied: AppliedPolicy = Object.freeze({
      policy: policy?.name,
      operatorPolicy: operators?.name,
      definition: mergeDefinitions(policy?.definition ?? {}, operators?.definition ?? {}),
    });
    byOperators.set(operators ?? nothing, applied);
    return applied;
  }
}

const nothing = {};

// Empty text matches every name here, as in RabbitMQ; for a permission it matches none.
function patternOf(pattern: string): Pick<NamePattern, 'matches'> {
  return pattern === '' ? { matches: () => true } : namePattern(pattern);
}

function byPriority(a: Rule, b: Rule): number {
  if (a.policy.priority !== b.policy.priority) return b.policy.priority - a.policy.priority;
  return a.policy.name < b.policy.name ? -1 : 1;
}

function subjectOf(thing: Queue | Exchange<Queue>): Subject {
  const { name } = thing;
  return { name, queueType: thing.kind === 'queue' ? thing.settings.queueType : undefined };
}

function matches({ policy, pattern }: Rule, { name, queueType }: Subject): boolean {
  return (
    reaches(policy.applyTo, queueType) &&
    (queueType === undefined || suits(policy.definition, queueType)) &&
    pattern.matches(name)
  );
}

function reaches(applyTo: ApplyTo, queueType: QueueType | undefined): boolean {
  if (applyTo === 'all') return true;
  if (queueType === undefined) return applyTo === 'exchanges';
  return applyTo === 'queues' || applyTo === `${queueType}_queues`;
}
