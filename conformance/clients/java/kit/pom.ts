// What a project of Maven's says of itself, with what it inherits.

import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';

const dependency = z.looseObject({
  groupId: z.string(),
  artifactId: z.string(),
  version: z.string().optional(),
  scope: z.string().optional(),
  optional: z.string().optional(),
  type: z.string().optional(),
  classifier: z.string().optional(),
});

// An element without children reads as an empty text.
const dependencies = z
  .union([z.looseObject({ dependency: z.array(dependency).default([]) }), z.literal('')])
  .optional()
  .transform((found) => (found === undefined || found === '' ? [] : found.dependency));

const document = z.looseObject({
  project: z.looseObject({
    groupId: z.string().optional(),
    version: z.string().optional(),
    parent: z
      .looseObject({ groupId: z.string(), artifactId: z.string(), version: z.string() })
      .optional(),
    properties: z.union([z.record(z.string(), z.unknown()), z.literal('')]).optional(),
    dependencies,
    dependencyManagement: z.looseObject({ dependencies }).optional(),
  }),
});

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === 'dependency',
});

/** Group, artifact and version, as in `junit:junit:4.13.2`. */
export type Coordinates = `${string}:${string}:${string}`;

/** A dependency as written; its version may be left to others, or hold names of properties. */
export type Dependency = z.infer<typeof dependency>;

export class Pom {
  readonly dependencies: readonly Dependency[];
  readonly parent: Coordinates | undefined;
  readonly #properties: Map<string, string>;
  readonly #managed: Map<string, string>;
  /** Projects whose managed versions it takes over. */
  readonly imports: readonly Dependency[];

  /** @param inherited of the project that `parentOf` names */
  constructor(xml: string, inherited: Pom | undefined) {
    const { project } = document.parse(parser.parse(xml));
    const { parent } = project;
    this.parent = parent && `${parent.groupId}:${parent.artifactId}:${parent.version}`;
    this.dependencies = [...project.dependencies, ...(inherited?.dependencies ?? [])];
    this.#properties = new Map(inherited?.properties);
    for (const [name, value] of Object.entries(project.properties || {})) {
      if (typeof value === 'string') this.#properties.set(name, value);
    }
    this.#properties.set('project.version', project.version ?? parent?.version ?? '');
    this.#properties.set('project.groupId', project.groupId ?? parent?.groupId ?? '');
    this.#properties.set('project.parent.version', parent?.version ?? '');
    this.#managed = new Map(inherited?.managed);
    const managed = project.dependencyManagement?.dependencies ?? [];
    for (const each of managed) {
      if (each.version !== undefined) this.#managed.set(this.nameOf(each), each.version);
    }
    this.imports = managed.filter(({ scope }) => scope === 'import');
  }

  get properties(): ReadonlyMap<string, string> {
    return this.#properties;
  }

  get managed(): ReadonlyMap<string, string> {
    return this.#managed;
  }

  /** Takes over the managed versions of another project, where it has none of its own. */
  adopt(other: Pom): void {
    for (const [name, version] of other.managed) {
      if (!this.#managed.has(name)) this.#managed.set(name, other.resolved(version));
    }
  }

  nameOf({ groupId, artifactId }: Dependency): string {
    return `${this.resolved(groupId)}:${this.resolved(artifactId)}`;
  }

  /** @throws when no version is to be found */
  coordinates(of: Dependency): Coordinates {
    const version = of.version ?? this.#managed.get(this.nameOf(of));
    if (version === undefined) throw new Error(`${this.nameOf(of)} without a version`);
    return `${this.resolved(of.groupId)}:${this.resolved(of.artifactId)}:${this.resolved(version)}`;
  }

  /** A text with its properties filled in. */
  resolved(text: string): string {
    let result = text;
    for (let depth = 0; depth < 5 && result.includes('${'); depth += 1) {
      result = result.replaceAll(
        /\$\{([^}]+)\}/g,
        (whole, name: string) => this.#properties.get(name) ?? whole,
      );
    }
    return result;
  }
}

/** The project that a project inherits from. */
export function parentOf(xml: string): Coordinates | undefined {
  return new Pom(xml, undefined).parent;
}
