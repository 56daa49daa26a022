import { isJsonObject, type JsonValue } from '../kit/json.ts';
import { BrokerError } from '../model/broker-error.ts';
import { jsonProplist, jsonTerm } from '../model/json-term.ts';
import type { Parameters } from './parameters.ts';

export type VhostLimit = 'max-connections' | 'max-queues';

/** The limits of one vhost; below zero is none. */
export interface LimitsOfVhost {
  readonly vhost: string;
  readonly limits: Readonly<Partial<Record<VhostLimit, number>>>;
}

const COMPONENT = 'vhost-limits';
const NAME = 'limits';

/** How many connections and queues a vhost may have: parameters of a component of its own, as in RabbitMQ. */
export class VhostLimits {
  readonly #parameters: Parameters;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
    parameters.addComponent(COMPONENT, { validate: faultOf, changed: () => {} });
  }

  /** @throws ParameterError for a limit that there is not, or one that is no whole number */
  set(vhost: string, limit: string, value: JsonValue): void {
    const limits = { ...this.#of(vhost), [limit]: value };
    this.#parameters.set(COMPONENT, vhost, NAME, limits);
  }

  /** Lifts one limit, or all. @returns whether there was such a limit */
  clear(vhost: string, limit?: VhostLimit): boolean {
    const limits = this.#of(vhost);
    if (limit === undefined) return this.#parameters.remove(COMPONENT, vhost, NAME);
    if (limits[limit] === undefined) return false;
    const { [limit]: _, ...others } = limits;
    this.#parameters.set(COMPONENT, vhost, NAME, others);
    return true;
  }

  /** undefined when there is no limit. */
  get(vhost: string, limit: VhostLimit): number | undefined {
    const value = this.#of(vhost)[limit];
    return value !== undefined && value >= 0 ? value : undefined;
  }

  /** Of every vhost that was given some, or of one. */
  list(vhost?: string): readonly LimitsOfVhost[] {
    return this.#parameters
      .list(COMPONENT, vhost)
      .filter(({ name }) => name === NAME)
      .map((parameter) => ({ vhost: parameter.vhost, limits: limitsOf(parameter.value) }));
  }

  /** @throws BrokerError NOT_ALLOWED when a vhost with so many connections takes no further one */
  checkConnections(vhost: string, user: string, connections: number): void {
    const limit = this.get(vhost, 'max-connections');
    if (limit === undefined || connections < limit) return;
    throw new BrokerError(
      'NOT_ALLOWED',
      `access to vhost '${vhost}' refused for user '${user}': connection limit (${limit}) is reached`,
    );
  }

  /** @throws BrokerError PRECONDITION_FAILED when a vhost with so many queues takes no further one */
  checkQueues(vhost: string, queue: string, queues: number): void {
    const limit = this.get(vhost, 'max-queues');
    if (limit === undefined || queues < limit) return;
    throw new BrokerError(
      'PRECONDITION_FAILED',
      `cannot declare queue '${queue}': queue limit in vhost '${vhost}' (${limit}) is reached`,
    );
  }

  #of(vhost: string): LimitsOfVhost['limits'] {
    return limitsOf(this.#parameters.get(COMPONENT, vhost, NAME));
  }
}

function limitsOf(value: JsonValue | undefined): LimitsOfVhost['limits'] {
  if (!isJsonObject(value)) return {};
  const { 'max-connections': connections, 'max-queues': queues } = value;
  return {
    ...(typeof connections === 'number' ? { 'max-connections': connections } : {}),
    ...(typeof queues === 'number' ? { 'max-queues': queues } : {}),
  };
}

// Every fault on a line of its own.
function faultOf(name: string, value: JsonValue): string | undefined {
  if (name !== NAME) return `${COMPONENT} has no parameter ${name}`;
  if (!isJsonObject(value)) return `${name} not a list ${jsonTerm(value)}`;
  const { 'max-connections': connections, 'max-queues': queues, ...others } = value;
  const unrecognised = Object.keys(others).length > 0;
  const faults = [
    unrecognised ? `Unrecognised terms ${jsonProplist(others)} in ${name}` : undefined,
    numberFault('max-connections', connections),
    numberFault('max-queues', queues),
  ].filter((fault) => fault !== undefined);
  return faults.length === 0 ? undefined : faults.join('\n');
}

function numberFault(limit: VhostLimit, value: JsonValue | undefined): string | undefined {
  if (value === undefined || Number.isInteger(value)) return undefined;
  return `${limit} should be a number, actually was ${jsonTerm(value)}`;
}
