import type { JsonValue } from '../kit/json.ts';

/** A value that a vhost was given under a name, for one part of the broker: the component. */
export interface Parameter {
  readonly component: string;
  readonly vhost: string;
  readonly name: string;
  readonly value: JsonValue;
}

/** A part of the broker that takes parameters. */
export interface ParameterComponent {
  /** What is wrong with a value, in RabbitMQ's words; undefined when nothing is. */
  validate(name: string, value: JsonValue): string | undefined;
  /** A parameter has been set or removed; its vhost may be gone as well. */
  changed(vhost: string, name: string): void;
}

/** Is told of every change, to keep it. A vhost that is removed takes its parameters with it. */
export interface ParameterJournal {
  parameterSet(parameter: Parameter): void;
  parameterCleared(component: string, vhost: string, name: string): void;
}

/** A parameter that is refused; the message is RabbitMQ's whole text. */
export class ParameterError extends Error {
  constructor(fault: string) {
    super(`Validation failed\n\n${fault}\n`);
    this.name = 'ParameterError';
  }
}

/**
 * What the vhosts of a node were told at run time: RabbitMQ's runtime parameters. Those of components
 * that nobody has added are kept, but none can be set.
 */
export class Parameters {
  // By vhost, then by component and name.
  readonly #byVhost = new Map<string, Map<string, Parameter>>();
  readonly #components = new Map<string, ParameterComponent>();
  readonly #journal: ParameterJournal;

  /** @param known parameters that the journal has been told of */
  constructor(journal: ParameterJournal, known: Iterable<Parameter> = []) {
    this.#journal = journal;
    for (const parameter of known) this.#keep(parameter);
  }

  /** Nothing is said about the parameters that are there already. */
  addComponent(name: string, component: ParameterComponent): void {
    this.#components.set(name, component);
  }

  /** Sets or replaces one; the vhost must be there. @throws ParameterError */
  set(component: string, vhost: string, name: string, value: JsonValue): void {
    const handler = this.#components.get(component);
    if (handler === undefined) throw new ParameterError(`component ${component} not found`);
    const fault = handler.validate(name, value);
    if (fault !== undefined) throw new ParameterError(fault);
    const parameter = { component, vhost, name, value };
    this.#keep(parameter);
    this.#journal.parameterSet(parameter);
    handler.changed(vhost, name);
  }

  get(component: string, vhost: string, name: string): JsonValue | undefined {
    return this.#byVhost.get(vhost)?.get(keyOf(component, name))?.value;
  }

  /** @returns whether it was there */
  remove(component: string, vhost: string, name: string): boolean {
    const removed = this.#byVhost.get(vhost)?.delete(keyOf(component, name)) ?? false;
    if (!removed) return false;
    this.#journal.parameterCleared(component, vhost, name);
    this.#components.get(component)?.changed(vhost, name);
    return true;
  }

  /** Forgets a vhost. */
  removeVhost(vhost: string): void {
    const parameters = this.#byVhost.get(vhost)?.values() ?? [];
    this.#byVhost.delete(vhost);
    for (const { component, name } of parameters) {
      this.#components.get(component)?.changed(vhost, name);
    }
  }

  /** Of every component, or of one; in every vhost, or in one. */
  list(component?: string, vhost?: string): readonly Parameter[] {
    const vhosts = vhost === undefined ? [...this.#byVhost.keys()] : [vhost];
    const all = vhosts.flatMap((name) => [...(this.#byVhost.get(name)?.values() ?? [])]);
    if (component === undefined) return all;
    return all.filter((parameter) => parameter.component === component);
  }

  #keep(parameter: Parameter): void {
    const { component, vhost, name } = parameter;
    const parameters = this.#byVhost.get(vhost) ?? new Map<string, Parameter>();
    this.#byVhost.set(vhost, parameters.set(keyOf(component, name), parameter));
  }
}

// Lengths keep the parts apart.
function keyOf(component: string, name: string): string {
  return `${component.length}:${component}${name}`;
}
