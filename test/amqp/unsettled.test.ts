import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deliveredAtOf,
  expiresAtOf,
  recordOf,
  returnsOf,
  seqOf,
  sourceOf,
  Unsettled,
} from '../../src/amqp/unsettled.ts';
import { usedBytes } from '../../src/kit/memory.ts';

interface Delivery {
  readonly record: number;
  readonly source: number;
  readonly returns: number;
  readonly seconds: number;
  readonly seq: number;
  readonly expiresAt: number;
  hidden: boolean;
}

/** What a channel's deliveries are, said as simply as can be. */
class Model {
  readonly waiting = new Map<number, Delivery>();
  nextTag = 1;
}

interface Pair {
  readonly real: Unsettled;
  readonly model: Model;
}

function deliver(record: number, seed: number): Delivery {
  return {
    record,
    source: seed % 5,
    returns: seed % 3,
    seconds: seed,
    seq: seed % 2 === 0 ? -seed : 2 ** 52 + seed,
    expiresAt: seed % 7 === 0 ? Number.POSITIVE_INFINITY : seed * 1.5,
    hidden: false,
  };
}

function agrees({ model, real }: Pair): void {
  expect(real.size).toBe(model.waiting.size);
  expect(real.nextTag).toBe(model.nextTag);
  const oldest = Math.min(model.nextTag, ...model.waiting.keys());
  expect(real.oldest).toBeLessThanOrEqual(oldest);
  for (let tag = Math.max(0, oldest - 40); tag < model.nextTag + 2; tag++) {
    const wanted = model.waiting.get(tag);
    const entry = real.find(tag);
    if (wanted === undefined || wanted.hidden) {
      expect(entry, `tag ${tag}`).toBe(0);
      continue;
    }
    expect({
      record: recordOf(entry),
      source: sourceOf(entry),
      returns: returnsOf(entry),
      seconds: deliveredAtOf(entry),
      seq: seqOf(entry),
      expiresAt: expiresAtOf(entry),
      hidden: false,
    }).toEqual(wanted);
  }
}

function command(name: string, run: (pair: Pair) => void): fc.Command<Model, Unsettled> {
  return {
    check: () => true,
    run: (model, real) => {
      run({ model, real });
      agrees({ model, real });
    },
    toString: () => name,
  };
}

const add = (count: number, seed: number) =>
  command(`add(${count}, ${seed})`, ({ model, real }) => {
    for (let i = 0; i < count; i++) {
      const delivery = deliver(8 + 4 * model.nextTag, seed + i);
      const { record, source, returns, seconds, seq, expiresAt } = delivery;
      expect(real.add(record, source, returns, seconds, seq, expiresAt)).toBe(model.nextTag);
      model.waiting.set(model.nextTag, delivery);
      model.nextTag += 1;
    }
  });

const skip = (count: number) =>
  command(`skip(${count})`, ({ model, real }) => {
    for (let i = 0; i < count; i++) {
      expect(real.skip()).toBe(model.nextTag);
      model.nextTag += 1;
    }
  });

// One of those that wait, chosen by a number that may be anything.
function chosen(
  name: string,
  which: number,
  run: (pair: Pair, tag: number, delivery: Delivery) => void,
): fc.Command<Model, Unsettled> {
  return command(`${name}(${which})`, (pair) => {
    const waiting = [...pair.model.waiting];
    const choice = waiting[which % Math.max(1, waiting.length)];
    if (choice !== undefined) run(pair, ...choice);
  });
}

const remove = (which: number) =>
  chosen('remove', which, ({ model, real }, tag, { hidden }) => {
    if (hidden) real.show(tag);
    real.remove(tag, real.find(tag));
    model.waiting.delete(tag);
  });

const removeUpTo = (which: number) =>
  chosen('removeUpTo', which, ({ model, real }, last) => {
    for (let tag = real.oldest; tag <= last; tag++) {
      const entry = real.find(tag);
      if (entry === 0) continue;
      real.remove(tag, entry);
      model.waiting.delete(tag);
    }
  });

const hide = (which: number) =>
  chosen('hide', which, ({ real }, tag, delivery) => {
    real.hide(tag);
    delivery.hidden = true;
  });

const show = (which: number) =>
  chosen('show', which, ({ real }, tag, delivery) => {
    real.show(tag);
    delivery.hidden = false;
  });

const clear = command('clear()', ({ model, real }) => {
  real.clear();
  model.waiting.clear();
});

const which = fc.nat({ max: 200 });
const commands = fc.commands(
  [
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(1000)).map((given) => add(...given)),
    fc.integer({ min: 1, max: 70 }).map(skip),
    which.map(remove),
    which.map(removeUpTo),
    which.map(hide),
    which.map(show),
    fc.constant(clear),
  ],
  { maxCommands: 80 },
);

describe('unsettled deliveries', () => {
  it('are what a map of them would be, whatever is added, skipped, settled and hidden', () => {
    fc.assert(
      fc.property(commands, (some) => {
        const pair = { model: new Model(), real: new Unsettled() };
        fc.modelRun(() => pair, some);
        pair.real.clear();
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  it('have no entry for tags that were never given', () => {
    const unsettled = new Unsettled();
    for (const tag of [0, 1, 2, 2 ** 40, -1]) expect(unsettled.find(tag)).toBe(0);
    unsettled.add(8, 0, 0, 0, 0, 0);
    expect(unsettled.find(1)).not.toBe(0);
    for (const tag of [0, 2, 33, 2 ** 32 + 1, -31]) expect(unsettled.find(tag)).toBe(0);
    unsettled.clear();
  });

  it('give their pages back, also behind one delivery that is settled last', () => {
    const once = (): void => {
      const unsettled = new Unsettled();
      for (let i = 0; i < 100_000; i++) unsettled.add(8, 0, 0, 0, i, 0);
      for (let tag = 2; tag <= 100_000; tag++) unsettled.remove(tag, unsettled.find(tag));
      expect(unsettled.size).toBe(1);
      unsettled.remove(1, unsettled.find(1));
      unsettled.clear();
    };
    once();
    const used = usedBytes();
    for (let i = 0; i < 3; i++) once();
    expect(usedBytes()).toBe(used);
  });

  it('stay in one page while there are few of them at a time', () => {
    const unsettled = new Unsettled();
    unsettled.add(8, 0, 0, 0, 0, 0);
    const used = usedBytes();
    for (let tag = 2; tag < 50_000; tag++) {
      unsettled.add(8, 0, 0, 0, 0, 0);
      unsettled.remove(tag - 1, unsettled.find(tag - 1));
    }
    expect(usedBytes()).toBe(used);
    expect(unsettled.size).toBe(1);
    unsettled.clear();
  });
});
