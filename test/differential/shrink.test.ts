import { describe, expect, it } from 'vitest';
import { shrink } from '../../conformance/differential/shrink.ts';
import type { Script, Step } from '../../conformance/differential/steps.ts';

const NEVER = Number.POSITIVE_INFINITY;
const declare = (queue: string, durable: boolean): Step => ({
  kind: 'method',
  at: { connection: 1, channel: 2 },
  method: 'queue.declare',
  args: { queue, durable, arguments: { 'x-max-length': 1, 'x-expires': 100 } },
});
const script: Script = ['~q0', '~q1', '~q2', '~q3', '~q0'].map((name) => declare(name, true));

const declaresQ1 = (one: Script): boolean =>
  one.some(({ kind, ...step }) => {
    const args = kind === 'method' && 'args' in step ? step.args : {};
    return args['queue'] === '~q1' && 'x-expires' in Object(args['arguments']);
  });

describe('shrinking', () => {
  it('leaves only what it takes, on the first channel', async () => {
    const small = await shrink(script, {
      shows: async (one) => declaresQ1(one),
      deadline: NEVER,
    });
    expect(small).toEqual([
      {
        kind: 'method',
        at: { connection: 0, channel: 1 },
        method: 'queue.declare',
        args: { queue: '~q1', durable: false, arguments: { 'x-expires': 100 } },
      },
    ]);
  });

  it('takes a message less where fewer do, and leaves the others as they are', async () => {
    const publish: Step = {
      kind: 'publish',
      at: { connection: 0, channel: 1 },
      exchange: '',
      routingKey: 'a',
      mandatory: true,
      properties: { priority: 1, headers: { h1: 1, h2: 2 } },
      size: 30,
      count: 5,
    };
    const shows = async ([step]: Script) =>
      step?.kind === 'publish' && step.count > 2 && step.properties.headers?.['h2'] === 2;
    const [small] = await shrink([publish], { shows, deadline: NEVER });
    expect(small).toEqual({
      ...publish,
      mandatory: false,
      properties: { headers: { h2: 2 } },
      size: 0,
      count: 3,
    });
  });

  it('gives what it has when the time is over', async () => {
    expect(await shrink(script, { shows: async () => true, deadline: 0 })).toBe(script);
  });
});
