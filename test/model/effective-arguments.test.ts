import { describe, expect, it } from 'vitest';
import { type Field, int, longstr } from '../../src/codec/table.ts';
import type { JsonObject } from '../../src/kit/json.ts';
import { QueueArguments } from '../../src/model/arguments.ts';
import { effectiveArguments } from '../../src/model/effective-arguments.ts';

type Entry = readonly [key: string, value: string | number];

function effective(type: 'classic' | 'quorum', given: readonly Entry[], definition?: JsonObject) {
  const all = new Map<string, Field>([['x-queue-type', longstr(type)]]);
  for (const [key, value] of given) {
    all.set(key, typeof value === 'string' ? longstr(value) : int(value));
  }
  const declaration = { queue: 'q', vhost: '/', exclusive: false, autoDelete: false };
  const declared = QueueArguments.parse(all, { ...declaration, durable: true });
  return effectiveArguments(all, declared, definition);
}

describe('arguments and policy together', () => {
  it.each([
    ['message-ttl', 'messageTtlMs'],
    ['expires', 'expiresMs'],
    ['max-length', 'maxLength'],
    ['max-length-bytes', 'maxLengthBytes'],
  ] as const)('come to the lower %s', (key, field) => {
    for (const type of ['classic', 'quorum'] as const) {
      expect(effective(type, [[`x-${key}`, 5]], { [key]: 3 })[field]).toBe(3);
      expect(effective(type, [[`x-${key}`, 3]], { [key]: 5 })[field]).toBe(3);
      expect(effective(type, [], { [key]: 5 })[field]).toBe(5);
      expect(effective(type, [[`x-${key}`, 3]], {})[field]).toBe(3);
    }
  });

  it.each([
    ['dead-letter-exchange', 'deadLetterExchange'],
    ['dead-letter-routing-key', 'deadLetterRoutingKey'],
  ] as const)('come to the argument as %s, each for itself', (key, field) => {
    for (const type of ['classic', 'quorum'] as const) {
      const exchange: Entry = ['x-dead-letter-exchange', ''];
      const own = effective(type, [exchange, [`x-${key}`, 'own']], { [key]: 'other' });
      expect(own[field]).toBe('own');
      expect(effective(type, [], { [key]: 'other' })[field]).toBe('other');
    }
    const mixed = effective('classic', [['x-dead-letter-exchange', 'own']], {
      'dead-letter-routing-key': 'key',
    });
    expect(mixed).toMatchObject({ deadLetterExchange: 'own', deadLetterRoutingKey: 'key' });
  });

  it('come to the argument as overflow of a classic queue, to the policy of a quorum queue', () => {
    const given: Entry[] = [['x-overflow', 'reject-publish']];
    const definition = { overflow: 'drop-head' };
    expect(effective('classic', given, definition).overflow).toBe('reject-publish');
    expect(effective('quorum', given, definition).overflow).toBe('drop-head');
    expect(effective('classic', [], { overflow: 'reject-publish-dlx' }).overflow).toBe(
      'reject-publish-dlx',
    );
    expect(effective('quorum', [], { overflow: 'reject-publish-dlx' }).overflow).toBe('drop-head');
  });

  it('come to the lower delivery limit, and a negative one is none', () => {
    const given: Entry[] = [['x-delivery-limit', 5]];
    expect(effective('quorum', given, { 'delivery-limit': 3 }).deliveryLimit).toBe(3);
    expect(effective('quorum', given, { 'delivery-limit': -1 }).deliveryLimit).toBe(5);
    expect(effective('quorum', [], { 'delivery-limit': -1 }).deliveryLimit).toBeUndefined();
  });

  it('come to the way of dead letters that the policy of a quorum queue says', () => {
    const definition = { 'dead-letter-strategy': 'at-least-once' };
    expect(effective('quorum', [], definition).deadLetterStrategy).toBe('at-least-once');
  });

  it('are the arguments alone where there is no policy', () => {
    expect(effective('classic', [['x-max-length', 5]])).toMatchObject({
      maxLength: 5,
      overflow: 'drop-head',
      messageTtlMs: undefined,
    });
  });
});
