import { expect, test } from 'vitest';
import { durably } from '../../src/broker/durably.ts';
import { SlowLog } from '../kit/slow-log.ts';

/** Whether a promise has settled by the next turn of the event loop. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const note = (): void => {
    done = true;
  };
  promise.then(note, note);
  await new Promise<void>((resolve) => setImmediate(resolve));
  return done;
}

test('what appends nothing waits for nothing', async () => {
  const log = new SlowLog();
  log.append();
  expect(await durably(log, () => 'done')).toBe('done');
  expect(log.waiting).toBe(0);
});

test('what appends waits until that is durable', async () => {
  const log = new SlowLog();
  const written = durably(log, () => log.append());
  expect(await settled(written)).toBe(false);
  log.sync();
  expect(await written).toBe(1);
});

test('who waits when the disk fails is told, and so is who comes later', async () => {
  const log = new SlowLog();
  const waiting = [durably(log, () => log.append()), durably(log, () => log.append())];
  log.fail(new Error('worn out'));
  const refusal = { replyName: 'INTERNAL_ERROR', text: 'the disk has failed: worn out' };
  for (const each of waiting) await expect(each).rejects.toMatchObject(refusal);
  await expect(durably(log, () => log.append())).rejects.toMatchObject(refusal);
});

test('an error of its own is passed on', async () => {
  const refuse = (): never => {
    throw new Error('no');
  };
  await expect(durably(new SlowLog(), refuse)).rejects.toThrow('no');
});
