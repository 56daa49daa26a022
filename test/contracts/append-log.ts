import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodySize, contentAt, contentLength, dropReference } from '../../src/model/record.ts';
import { type AppendLog, type Lane, PlaceList } from '../../src/store/append-log.ts';
import { message } from '../queues/fixtures.ts';

type Step = 'message' | 'settled' | 'range' | 'returned' | 'dropped' | 'fact';

const steps: readonly Step[] = ['message', 'settled', 'range', 'returned', 'dropped', 'fact'];

/**
 * What every log must do.
 * @param make a log that holds nothing yet
 */
export function appendLogContract(name: string, make: () => AppendLog | Promise<AppendLog>): void {
  let log: AppendLog;
  let record: number;
  let lane: Lane;
  let seq: number;
  const places = new PlaceList();

  beforeEach(async () => {
    log = await make();
    record = message('body', { deliveryMode: 2 });
    lane = log.lane(1, 0);
    seq = 0;
  });

  afterEach(async () => {
    await log.close();
    dropReference(record);
  });

  function append(step: Step): number {
    switch (step) {
      case 'message':
        places.clear();
        places.add(lane, seq++, Infinity);
        return log.appendMessage(
          contentAt(record),
          contentLength(record),
          bodySize(record),
          1,
          places,
        );
      case 'settled':
        append('message');
        return log.appendSettled(lane, seq - 1);
      case 'range':
        append('message');
        return log.appendSettledRange(lane, 0, seq);
      case 'returned':
        append('message');
        return log.appendReturned(lane, seq - 1, 1);
      case 'dropped':
        return log.appendQueueDropped(2);
      case 'fact':
        return log.appendFact({ kind: 1, payload: new Uint8Array([1, 2, 3]) });
    }
  }

  const durable = (position: number) =>
    new Promise<void>((resolve) => log.whenDurable(position, resolve));

  describe(`${name}: positions`, () => {
    it('begin above 0, which is where nothing has been appended', () => {
      expect([log.appended, log.durable]).toEqual([0, 0]);
      expect(append('message')).toBeGreaterThan(0);
    });

    it.each(steps)('grow with each %s', (step) => {
      const before = append('message');
      const position = append(step);
      expect(position).toBeGreaterThan(before);
      expect(log.appended).toBe(position);
      expect(append(step)).toBeGreaterThan(position);
    });

    it('grow whatever is appended, and what is durable never runs ahead', async () => {
      const step = fc.constantFrom<Step>(...steps);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (asked) => {
          for (const one of asked) {
            const [appended, safe] = [log.appended, log.durable];
            expect(append(one)).toBeGreaterThan(appended);
            expect(log.durable).toBeGreaterThanOrEqual(safe);
            expect(log.durable).toBeLessThanOrEqual(log.appended);
          }
          await durable(log.appended);
          expect(log.durable).toBe(log.appended);
        }),
        { numRuns: 20 },
      );
    });
  });

  describe(`${name}: durability`, () => {
    it('calls at once for what is durable already', async () => {
      const position = append('message');
      await durable(position);
      for (const asked of [0, position]) {
        let calls = 0;
        log.whenDurable(asked, () => {
          calls += 1;
        });
        expect(calls).toBe(1);
      }
    });

    it('calls once, when what was asked for is durable', async () => {
      const position = append('message');
      let calls = 0;
      log.whenDurable(position, () => {
        calls += 1;
        expect(log.durable).toBeGreaterThanOrEqual(position);
      });
      append('settled');
      await durable(log.appended);
      append('message');
      await durable(log.appended);
      expect(calls).toBe(1);
    });

    it('calls those who ask in the order of positions in that order', async () => {
      const calls: string[] = [];
      const [first, second] = [append('message'), append('message')];
      log.whenDurable(first, () => calls.push('first'));
      log.whenDurable(second, () => calls.push('second'));
      log.whenDurable(second, () => calls.push('second too'));
      const third = append('fact');
      log.whenDurable(third, () => calls.push('third'));
      await durable(third);
      expect(calls).toEqual(['first', 'second', 'second too', 'third']);
    });

    it('lets whoever is called append and ask again', async () => {
      const later = await new Promise<number>((resolve) => {
        log.whenDurable(append('message'), () => {
          const position = append('settled');
          log.whenDurable(position, () => resolve(position));
        });
      });
      expect(log.durable).toBeGreaterThanOrEqual(later);
    });
  });

  describe(`${name}: closing`, () => {
    it('resolves once all that was appended is durable', async () => {
      for (let i = 0; i < 10; i++) append('message');
      await log.close();
      expect(log.durable).toBe(log.appended);
    });

    it('has called everyone who waited', async () => {
      let calls = 0;
      log.whenDurable(append('message'), () => {
        calls += 1;
      });
      await log.close();
      expect(calls).toBe(1);
    });

    it('may be asked for more than once', async () => {
      append('message');
      await log.close();
      await expect(log.close()).resolves.toBeUndefined();
    });
  });
}
