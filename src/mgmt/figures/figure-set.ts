interface Description<Subject> {
  readonly groups: readonly (readonly string[])[];
  readonly always?: boolean;
  readonly read: (subject: Subject, into: Float64Array) => void;
}

/** A group's place among the figures of a set: from `from` to before `to`. */
interface Group {
  readonly from: number;
  readonly to: number;
}

/** What is known of a set without a subject. */
export interface FigureNames {
  /** In the API's words, all groups one after the other. */
  readonly names: readonly string[];
  /** What goes with each of them: `publish_details`. */
  readonly detailNames: readonly string[];
  /** Told together, once anything has happened that one of them counts. */
  readonly groups: readonly Group[];
  /** Told even when all are 0. */
  readonly always: boolean;
}

/** Some figures of subjects of one kind: what they are called, and how they are read. */
export class FigureSet<Subject> implements FigureNames {
  readonly names: readonly string[];
  readonly detailNames: readonly string[];
  readonly groups: readonly Group[];
  readonly always: boolean;
  readonly #read: (subject: Subject, into: Float64Array) => void;
  readonly #into: Float64Array;

  constructor({ groups, always = false, read }: Description<Subject>) {
    this.names = groups.flat();
    this.detailNames = this.names.map((name) => `${name}_details`);
    let from = 0;
    this.groups = groups.map(({ length }) => {
      const group = { from, to: from + length };
      from = group.to;
      return group;
    });
    this.always = always;
    this.#read = read;
    this.#into = new Float64Array(this.names.length);
  }

  /** The figures now, in the order of their names: good until the next call. */
  read(subject: Subject): Float64Array {
    this.#read(subject, this.#into);
    return this.#into;
  }

  /** Writes the figures into somebody else's. */
  readInto(subject: Subject, into: Float64Array, at: number): void {
    into.set(this.read(subject), at);
  }
}
