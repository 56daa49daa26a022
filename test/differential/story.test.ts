import { describe, expect, it } from 'vitest';
import type { Difference } from '../../conformance/differential/lock-step.ts';
import type { Script } from '../../conformance/differential/steps.ts';
import { storyOf } from '../../conformance/differential/story.ts';

const at = { connection: 0, channel: 1 };
const script: Script = [
  {
    kind: 'method',
    at,
    method: 'queue.declare',
    args: { queue: '~q0', durable: false, arguments: { 'x-max-length': 1 } },
  },
  {
    kind: 'publish',
    at,
    exchange: '',
    routingKey: '~q0',
    mandatory: false,
    properties: { headers: { h1: ['a', 1] } },
    size: 0,
    count: 2,
  },
  { kind: 'end', connection: 0, abrupt: true },
];

describe('the story of a difference', () => {
  it('marks the step, and what only one of the brokers said', () => {
    const difference: Difference = {
      at: 1,
      said: [
        ['same', 'one'],
        ['same', 'other'],
      ],
    };
    expect(storyOf(script, difference, ['A', 'B']).split('\n')).toEqual([
      "    0  c0.1 queue.declare { queue: '~q0', arguments: { 'x-max-length': 1 } }",
      "=>  1  c0.1 publishes { exchange: '', routingKey: '~q0', properties: { headers: { h1: ['a', 1] } }, size: 0, count: 2 }",
      '    2  c0 drops its socket',
      'A:',
      '    same',
      '  ! one',
      'B:',
      '    same',
      '  ! other',
    ]);
  });

  it('says when it is what was left in the queues that differs', () => {
    const story = storyOf(script, { at: 3, said: [['a'], ['b']] }, ['A', 'B']);
    expect(story).toContain('=>     all channels are closed, all queues emptied');
  });
});
