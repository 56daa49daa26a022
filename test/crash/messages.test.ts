import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/kit/random.ts';
import { Messages, propertiesOf } from './messages.ts';

const random = new SeededRandom(1);
const messages = new Messages(random);
const outlines = Array.from({ length: 200 }, (_, index) => {
  const about = { id: `p.${index}`, seq: index, persistent: index % 2 === 0 };
  return messages.outline(random, { ...about, priority: index % 3, expiration: '1000' });
});

describe('what is known of a message', () => {
  it('tells that it is the same', () => {
    for (const outline of outlines) {
      const received = { ...propertiesOf(outline) };
      expect(messages.damage(messages.body(outline), received, false)).toBeUndefined();
    }
  });

  it('tells that a byte is missing or another', () => {
    for (const outline of outlines) {
      const body = Buffer.from(messages.body(outline));
      const received = { ...propertiesOf(outline) };
      expect(messages.damage(Buffer.concat([body, body, Buffer.of(0)]), received, false)).toMatch(
        /^body/,
      );
      if (body.length === 0) continue;
      body[body.length - 1]! ^= 1;
      expect(messages.damage(body, received, false)).toMatch(/^body/);
    }
  });

  it('tells that a property is missing, added or another', () => {
    for (const outline of outlines) {
      const body = messages.body(outline);
      const received = { ...propertiesOf(outline) };
      expect(messages.damage(body, { ...received, deliveryMode: 3 }, false)).toMatch(
        /^deliveryMode/,
      );
      expect(messages.damage(body, { ...received, priority: undefined }, false)).toMatch(
        /^priority/,
      );
      expect(messages.damage(body, { ...received, headers: { odd: 1 } }, false)).toMatch(
        /^headers/,
      );
    }
  });

  it('leaves out what a dead letter gains and loses', () => {
    for (const outline of outlines) {
      const { headers, expiration: _, ...rest } = propertiesOf(outline);
      const letter = { ...rest, headers: { ...headers, 'x-death': [], 'x-last-death-queue': 'q' } };
      expect(messages.damage(messages.body(outline), letter, true)).toBeUndefined();
      expect(messages.damage(messages.body(outline), letter, false)).toMatch(/^expiration/);
    }
  });
});
