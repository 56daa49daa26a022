import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { differences } from './kit/differences.ts';
import { inapplicableArg, invalidArg } from './kit/texts.ts';
import { field, type Value } from './kit/wire.ts';

const broker = await target();

async function accepts(args: Record<string, Value>) {
  const ch = await broker.channel();
  const queue = broker.name('q');
  const ok = await ch.call('queue.declare', { queue, arguments: args });
  expect(ok).toEqual({ queue, messageCount: 0, consumerCount: 0 });
}

async function refuses(arg: string, value: Value, text: (queue: string) => string) {
  const ch = await broker.channel();
  const queue = broker.name('q');
  await ch.fails('queue.declare', { queue, arguments: { [arg]: value } }, 406, text(queue));
  const again = await broker.channel();
  await again.fails('queue.declare', { queue, passive: true }, 404);
}

const integers = [
  'x-message-ttl',
  'x-expires',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
] as const;

describe.each(integers)('%s', (arg) => {
  it.each(['b', 'B', 's', 'u', 'I', 'i', 'l', 'L'])('takes field type %s', async (type) => {
    await accepts({ [arg]: field(type, 100) });
  });

  it.each<[string, Value]>([
    ['longstr', '100'],
    ['bool', true],
    ['void', null],
    ['double', 1.5],
    ['double', field('d', 100)],
    ['float', field('f', 100)],
    ['timestamp', field('T', 100)],
    ['decimal', field('D', { scale: 0, unscaled: 100 })],
    ['binary', Buffer.from('100')],
    ['array', [100]],
    ['table', { a: 100 }],
  ])('refuses %s %o with 406', async (type, value) => {
    await refuses(arg, value, (queue) => invalidArg(arg, queue, `"expected integer, got ${type}"`));
  });

  it('refuses a negative number with 406', async () => {
    await refuses(arg, -1, (queue) => invalidArg(arg, queue, '{value_negative,-1}'));
  });
});

describe('the limits of integer arguments', () => {
  it.each(['x-message-ttl', 'x-max-length', 'x-max-length-bytes', 'x-max-priority'])(
    'let %s be 0',
    async (arg) => {
      await accepts({ [arg]: 0 });
    },
  );

  it('do not let x-expires be 0', async () => {
    await refuses('x-expires', 0, (queue) => invalidArg('x-expires', queue, '{value_zero,0}'));
    await accepts({ 'x-expires': 1 });
  });

  it.each(['x-message-ttl', 'x-expires'])('let %s be ten years and no more', async (arg) => {
    await accepts({ [arg]: 315_360_000_000 });
    await refuses(arg, 315_360_000_001, (queue) =>
      invalidArg(arg, queue, '{value_too_large,315360000001}'),
    );
  });

  it.each(['x-max-length', 'x-max-length-bytes'])('let %s be as large as it likes', async (arg) => {
    await accepts({ [arg]: 2 ** 53 - 1 });
  });

  it('let x-max-priority be 255 and no more', async () => {
    await accepts({ 'x-max-priority': 255 });
    await refuses('x-max-priority', 256, (queue) =>
      invalidArg('x-max-priority', queue, '{max_value_exceeded,256}'),
    );
  });
});

describe('x-dead-letter-exchange', () => {
  it.each<[string, Value]>([
    ['an exchange', 'amq.fanout'],
    ['an exchange that does not exist', 'nowhere'],
    ['the default exchange', ''],
  ])('takes %s', async (_, value) => {
    await accepts({ 'x-dead-letter-exchange': value });
  });

  it.each<[string, Value]>([
    ['signedint', 1],
    ['bool', true],
    ['void', null],
    ['binary', Buffer.from('x')],
    ['array', ['x']],
  ])('refuses %s %o with 406 and a text of its own', async (type, value) => {
    await refuses(
      'x-dead-letter-exchange',
      value,
      (queue) =>
        `PRECONDITION_FAILED - invalid type '${type}' for arg 'x-dead-letter-exchange' in queue '${queue}' in vhost '/'`,
    );
  });
});

describe('x-dead-letter-routing-key', () => {
  const arg = 'x-dead-letter-routing-key';

  it('takes a string beside x-dead-letter-exchange', async () => {
    await accepts({ 'x-dead-letter-exchange': '', [arg]: 'k' });
    await accepts({ 'x-dead-letter-exchange': '', [arg]: '' });
  });

  it('is refused with 406 without x-dead-letter-exchange', async () => {
    await refuses(arg, 'k', (queue) => invalidArg(arg, queue, 'routing_key_but_no_dlx_defined'));
  });

  it('is refused with 406 when it is no string, which is looked at first', async () => {
    await refuses(arg, 1, (queue) => invalidArg(arg, queue, '{unacceptable_type,signedint}'));
  });
});

describe('x-overflow', () => {
  it.each(['drop-head', 'reject-publish', 'reject-publish-dlx'])('takes %s', async (value) => {
    await accepts({ 'x-overflow': value });
  });

  it.each<[Value, string]>([
    ['bogus', 'invalid_overflow'],
    ['', 'invalid_overflow'],
    [1, '{unacceptable_type,signedint}'],
    [null, '{unacceptable_type,void}'],
  ])('refuses %o with 406', async (value, reason) => {
    await refuses('x-overflow', value, (queue) => invalidArg('x-overflow', queue, reason));
  });
});

describe('x-single-active-consumer', () => {
  it.each([true, false])('takes %s', async (value) => {
    await accepts({ 'x-single-active-consumer': value });
  });

  it.each<[Value, string]>([
    [1, 'signedint'],
    ['true', 'longstr'],
    [null, 'void'],
  ])('refuses %o with 406', async (value, type) => {
    await refuses('x-single-active-consumer', value, (queue) =>
      invalidArg('x-single-active-consumer', queue, `{unacceptable_type,${type}}`),
    );
  });
});

describe('x-queue-mode', () => {
  it.each(['default', 'lazy'])('takes %s', async (value) => {
    await accepts({ 'x-queue-mode': value });
  });

  it.each<[Value, string]>([
    ['bogus', `"unsupported queue mode 'bogus'"`],
    [1, '{unacceptable_type,signedint}'],
  ])('refuses %o with 406', async (value, reason) => {
    await refuses('x-queue-mode', value, (queue) => invalidArg('x-queue-mode', queue, reason));
  });
});

describe('x-queue-version', () => {
  it.each([1, 2])('takes %i', async (value) => {
    await accepts({ 'x-queue-version': value });
  });

  it.each<[Value, string]>([
    [3, `"unsupported queue version '3'"`],
    ['1', '"expected integer, got longstr"'],
  ])('refuses %o with 406', async (value, reason) => {
    await refuses('x-queue-version', value, (queue) =>
      invalidArg('x-queue-version', queue, reason),
    );
  });
});

describe('x-queue-type', () => {
  it('takes classic', async () => {
    await accepts({ 'x-queue-type': 'classic' });
  });

  it.each<[Value, string]>([
    ['bogus', `"unsupported queue type 'bogus'"`],
    ['', `"unsupported queue type ''"`],
    [1, '{unacceptable_type,signedint}'],
    [null, '{unacceptable_type,void}'],
  ])('refuses %o with 406', async (value, reason) => {
    await refuses('x-queue-type', value, (queue) => invalidArg('x-queue-type', queue, reason));
  });
});

describe('a classic queue', () => {
  it.each([
    'x-delivery-limit',
    'x-max-in-memory-length',
    'x-max-in-memory-bytes',
    'x-quorum-initial-group-size',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    'x-initial-cluster-size',
    'x-dead-letter-strategy',
  ])('refuses %s with 406, whatever the value', async (arg) => {
    const text = (queue: string) => inapplicableArg(arg, queue, 'classic_queue');
    await refuses(arg, 5, text);
    await refuses(arg, 'bogus', text);
  });

  it.each(['client-local', 'min-masters', 'random'])(
    'takes x-queue-master-locator %s',
    async (value) => {
      await accepts({ 'x-queue-master-locator': value });
    },
  );

  it.each(['client-local', 'balanced'])(
    'knows x-queue-leader-locator %s, or refuses it by its type',
    async (value) => {
      if (broker.differs(differences.classicTakesLeaderLocator)) {
        await accepts({ 'x-queue-leader-locator': value });
      } else {
        await refuses('x-queue-leader-locator', value, (queue) =>
          inapplicableArg('x-queue-leader-locator', queue, 'classic_queue'),
        );
      }
    },
  );

  it('takes arguments that nobody knows, of every type', async () => {
    await accepts({
      'x-mine': 1,
      mine: 'text',
      nothing: null,
      nested: { deep: [1, 'two', { three: 3.5 }] },
      when: new Date(0),
      bytes: Buffer.from([0, 255]),
      decimal: field('D', { scale: 2, unscaled: 314 }),
      float: field('f', 0.5),
      '': true,
    });
  });

  it('takes everything at once', async () => {
    await accepts({
      'x-message-ttl': 60000,
      'x-expires': 60000,
      'x-max-length': 10,
      'x-max-length-bytes': 1000,
      'x-overflow': 'reject-publish',
      'x-dead-letter-exchange': 'amq.fanout',
      'x-dead-letter-routing-key': 'k',
      'x-max-priority': 10,
      'x-single-active-consumer': true,
      'x-queue-type': 'classic',
      'x-queue-mode': 'lazy',
    });
  });

  it('closes the channel through amqplib with its code and text', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    ch.on('error', () => undefined);
    const queue = broker.name('q');
    await expect(ch.assertQueue(queue, { messageTtl: -1 })).rejects.toMatchObject({
      code: 406,
      message: expect.stringContaining(
        invalidArg('x-message-ttl', queue, '{value_negative,-1}'),
      ) as string,
    });
  });
});
