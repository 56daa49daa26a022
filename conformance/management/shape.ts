// What a JSON answer is made of: the keys of its objects and the types of its values, whatever the
// values are.

/**
 * A type (`string`, `integer`, `number`, `boolean`, `null`; `null|string` for either), a list (of one
 * shape, that of all its elements together; none for an empty list), or an object. A key with `?` behind
 * it is one that only some of the elements of a list have; the key `|` holds what may be this or that.
 */
export type Shape = string | readonly Shape[] | ObjectShape;

export interface ObjectShape {
  readonly [key: string]: Shape;
}

const isList = (shape: Shape): shape is readonly Shape[] => Array.isArray(shape);
const isObject = (shape: Shape): shape is ObjectShape =>
  typeof shape === 'object' && !isList(shape) && !('|' in shape);

/** The shape of a parsed answer. */
export function shapeOf(value: unknown): Shape {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (Array.isArray(value)) {
    const [first, ...others] = value.map(shapeOf);
    return first === undefined ? [] : [others.reduce(merged, first)];
  }
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, shapeOf(each)]),
  );
}

/** The shape of what may be either. */
function merged(a: Shape, b: Shape): Shape {
  if (typeof a === 'string' && typeof b === 'string') {
    const types = new Set([...a.split('|'), ...b.split('|')]);
    // A whole number may be one by chance.
    if (types.has('number')) types.delete('integer');
    return [...types].sort().join('|');
  }
  if (isList(a) && isList(b)) {
    const [ofA] = a;
    const [ofB] = b;
    if (ofA === undefined || ofB === undefined) return ofA === undefined ? b : a;
    return [merged(ofA, ofB)];
  }
  if (isObject(a) && isObject(b)) return mergedObjects(a, b);
  const distinct = new Map(
    [...alternatives(a), ...alternatives(b)].map((each) => [JSON.stringify(each), each]),
  );
  return { '|': [...distinct.values()] };
}

function alternatives(shape: Shape): readonly Shape[] {
  if (typeof shape !== 'object' || isList(shape)) return [shape];
  const given = shape['|'];
  return given !== undefined && isList(given) ? given : [shape];
}

function mergedObjects(a: ObjectShape, b: ObjectShape): ObjectShape {
  const names = [...Object.keys(a), ...Object.keys(b)].map(nameOf);
  return Object.fromEntries(
    [...new Set(names)].sort().map((name) => {
      const [ofA, ofB] = [a, b].map((each) => each[name] ?? each[`${name}?`]);
      const always = name in a && name in b;
      const both = ofA !== undefined && ofB !== undefined ? merged(ofA, ofB) : (ofA ?? ofB);
      return [always ? name : `${name}?`, both!];
    }),
  );
}

const nameOf = (key: string) => (key.endsWith('?') ? key.slice(0, -1) : key);

function nameOfKind(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  if (isList(shape)) return 'a list';
  return isObject(shape) ? 'an object' : alternatives(shape).map(nameOfKind).join(' or ');
}

/** What a comparison lets pass. */
export interface Tolerance {
  /** Keys that may be there or not, on either side. */
  readonly optional: ReadonlySet<string>;
  /** Keys whose values are numbers, whole by chance. */
  readonly measured: ReadonlySet<string>;
  /** Keys whose values are looked into no further. */
  readonly maps: ReadonlySet<string>;
  /** Keys of lists that may be empty. */
  readonly maybeEmpty: ReadonlySet<string>;
}

/** How an answer differs from the one that was expected, a line each. */
export function shapeFaults(expected: Shape, actual: Shape, tolerance: Tolerance): string[] {
  const faults: string[] = [];
  const compare = (wanted: Shape, got: Shape, at: string): void => {
    const name = at.slice(at.lastIndexOf('.') + 1);
    if (tolerance.maps.has(name)) {
      if (typeof got === 'string') faults.push(`${at}: ${got}`);
    } else if (isObject(wanted) && isObject(got)) {
      objects(wanted, got, at);
    } else if (isList(wanted) && isList(got)) {
      const [ofWanted] = wanted;
      const [ofGot] = got;
      if (ofWanted !== undefined && ofGot !== undefined) compare(ofWanted, ofGot, `${at}[]`);
      else if (ofWanted !== ofGot && !tolerance.maybeEmpty.has(name)) {
        faults.push(`${at}: ${ofGot ? 'not empty' : 'empty'}`);
      }
    } else if (!agree(wanted, got, name)) {
      faults.push(`${at}: ${nameOfKind(got)} instead of ${nameOfKind(wanted)}`);
    }
  };
  const objects = (wanted: ObjectShape, got: ObjectShape, at: string): void => {
    const names = new Set([...Object.keys(wanted), ...Object.keys(got)].map(nameOf));
    for (const name of names) {
      const ofWanted = wanted[name] ?? wanted[`${name}?`];
      const ofGot = got[name] ?? got[`${name}?`];
      if (ofWanted !== undefined && ofGot !== undefined) compare(ofWanted, ofGot, `${at}.${name}`);
      if (tolerance.optional.has(name)) continue;
      if (ofGot === undefined) faults.push(`${at}.${name}: missing`);
      else if (ofWanted === undefined) faults.push(`${at}.${name}: too much`);
      else if (name in wanted && !(name in got)) faults.push(`${at}.${name}: only sometimes`);
      else if (name in got && !(name in wanted)) faults.push(`${at}.${name}: always`);
    }
  };
  const agree = (wanted: Shape, got: Shape, name: string): boolean => {
    if (typeof wanted !== 'string' || typeof got !== 'string') {
      if (alternatives(wanted).length + alternatives(got).length === 2) return false;
      return alternatives(got).every((each) =>
        alternatives(wanted).some((other) => shapeFaults(other, each, tolerance).length === 0),
      );
    }
    const allowed = new Set(wanted.split('|'));
    if (allowed.has('number')) allowed.add('integer');
    if (tolerance.measured.has(name) && allowed.has('integer')) allowed.add('number');
    return got.split('|').every((type) => allowed.has(type));
  };
  compare(expected, actual, '$');
  return faults;
}
