import { beforeAll, describe, expect, it } from 'vitest';
import { recordedAnswers } from './management/answers.ts';
import { differences } from './management/differences.ts';
import { faultsOf } from './management/replay.ts';
import { type Asked, replayAll } from './management/session.ts';

const recorded = recordedAnswers();
const titleOf = ({ method, path, user, status, alarm }: (typeof recorded)[number]): string =>
  `${method} ${path} of ${user ?? 'nobody'} is answered with ${status}${alarm ? ', short of memory' : ''}`;

let asked: readonly Asked[];

beforeAll(async () => {
  asked = await replayAll();
}, 120_000);

describe('what RabbitMQ 4.3 was asked', () => {
  for (const [at, each] of recorded.entries()) {
    it(titleOf(each), () => {
      const { answer, names } = asked[at]!;
      // A listed difference that is none any more has to leave the list.
      expect(faultsOf(each, answer, names)).toEqual(differences[each.name]?.faults ?? []);
    });
  }

  it('differs in what is known, and in no more than one of twenty', () => {
    const names = new Set(recorded.map(({ name }) => name));
    expect(Object.keys(differences).filter((name) => !names.has(name))).toEqual([]);
    const different = recorded.filter(({ name }) => name in differences);
    expect(different.length).toBeLessThan(recorded.length / 20);
  });
});
