/** Makes a script smaller as long as it still shows what it shows. */
import type { Plain, Script, Step } from './steps.ts';

export interface ShrinkOptions {
  /** Whether this smaller script still shows it. */
  shows(script: Script): Promise<boolean>;
  /** When to leave it at what there is: `performance.now()`, in milliseconds. */
  readonly deadline: number;
}

interface Mutable {
  [name: string]: Plain;
}

/** What may go from a step without its losing its meaning. */
function* smallerSteps(step: Step): Generator<Step> {
  for (const field of ['args', 'properties', 'arguments'] as const) {
    const value = (step as unknown as Mutable)[field];
    if (value === undefined) continue;
    for (const smaller of smallerTables(value as Mutable, field === 'args')) {
      yield { ...step, [field]: smaller } as Step;
    }
  }
  if (step.kind === 'publish') {
    if (step.count > 1) yield { ...step, count: 1 };
    if (step.count > 2) yield { ...step, count: step.count - 1 };
    if (step.size > 0) yield { ...step, size: 0 };
    if (step.mandatory) yield { ...step, mandatory: false };
  }
  if (step.kind === 'settle' && step.which !== 0) yield { ...step, which: 0 };
  if ('multiple' in step && step.multiple) yield { ...step, multiple: false };
}

function* smallerTables(table: Mutable, areArguments: boolean): Generator<Mutable> {
  for (const [name, value] of Object.entries(table)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const inner of smallerTables(value as Mutable, false)) yield { ...table, [name]: inner };
    } else if (value === true && areArguments) yield { ...table, [name]: false };
    else if (!areArguments) {
      yield Object.fromEntries(Object.entries(table).filter(([other]) => other !== name));
    }
  }
}

/** All on as few channels as it takes. */
function* fewerPlaces(script: Script): Generator<Script> {
  const first = { connection: 0, channel: 1 };
  yield script.map((step) => ('at' in step ? { ...step, at: first } : step));
  yield script.map((step) =>
    'at' in step ? { ...step, at: { ...step.at, connection: 0 } } : { ...step, connection: 0 },
  );
}

export async function shrink(script: Script, options: ShrinkOptions): Promise<Script> {
  let best = script;
  const tries = async (smaller: Script): Promise<boolean> => {
    if (performance.now() > options.deadline) return false;
    if (!(await options.shows(smaller))) return false;
    best = smaller;
    return true;
  };
  const withoutSteps = async (): Promise<boolean> => {
    let any = false;
    for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = best.length - size; at >= 0; at -= size) {
        const rest = [...best.slice(0, at), ...best.slice(at + size)];
        any = (await tries(rest)) || any;
      }
    }
    return any;
  };
  const withSmallerSteps = async (): Promise<boolean> => {
    let any = false;
    for (let at = 0; at < best.length; at++) {
      for (let again = true; again; ) {
        again = false;
        for (const smaller of smallerSteps(best[at]!)) {
          if (!(await tries(best.with(at, smaller)))) continue;
          again = true;
          any = true;
          break;
        }
      }
    }
    return any;
  };
  await withoutSteps();
  for (const smaller of fewerPlaces(best)) if (await tries(smaller)) break;
  while ((await withSmallerSteps()) && (await withoutSteps()));
  return best;
}
