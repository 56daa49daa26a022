import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { Sent } from './kit/spec.ts';
import { inequivalent, noQueue } from './kit/texts.ts';
import { field } from './kit/wire.ts';

const broker = await target();

describe('queue.declare', () => {
  it('answers the name and two zero counts for a new queue', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const ok = await ch.call('queue.declare', { queue });
    expect(ok).toEqual({ queue, messageCount: 0, consumerCount: 0 });
  });

  it('answers the messages that are ready, unacknowledged ones not counted, and the consumers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    for (const body of ['a', 'b', 'c']) ch.publish({ routingKey: queue }, body);
    await ch.get(queue, { noAck: false });
    const holder = await ch.peer.channel();
    await holder.call('basic.qos', { prefetchCount: 1 });
    await holder.call('basic.consume', { queue });
    await holder.expect('basic.deliver');
    const ok = await ch.call('queue.declare', { queue });
    expect(ok).toEqual({ queue, messageCount: 1, consumerCount: 1 });
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    ch.send('queue.declare', { queue, noWait: true });
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
    await ch.expectSilence(50);
  });

  it('closes the channel for an error with no-wait as well', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.fails('queue.declare', { queue, passive: true, noWait: true }, 404, noQueue(queue));
  });

  it('allows a transient queue that is not exclusive', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { durable: false, exclusive: false });
    const other = await broker.channel();
    expect(await other.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const queue = broker.name('q');
    expect(await ch.assertQueue(queue, { durable: false })).toEqual({
      queue,
      messageCount: 0,
      consumerCount: 0,
    });
    expect(await ch.checkQueue(queue)).toMatchObject({ queue });
  });
});

describe('queue.declare passive', () => {
  it('closes the channel with 404 when the queue does not exist', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('looks at nothing but the name', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-max-length': 5 } });
    const other = { durable: true, autoDelete: true, arguments: { 'x-max-length': 6 } };
    const ok = await ch.call('queue.declare', { queue, passive: true, ...other });
    expect(ok).toEqual({ queue, messageCount: 0, consumerCount: 0 });
  });

  it('closes the channel with 404 for the empty name, which is not the last declared queue here', async () => {
    const ch = await broker.channel();
    await ch.queue('', { exclusive: true });
    await ch.fails('queue.declare', { passive: true }, 404, noQueue(''));
  });

  it('rejects amqplib checkQueue with 404 and its text', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    ch.on('error', () => undefined);
    const queue = broker.name('q');
    await expect(ch.checkQueue(queue)).rejects.toMatchObject({
      code: 404,
      classId: 50,
      methodId: 10,
      message: `Operation failed: QueueDeclare; 404 (NOT-FOUND) with message "${noQueue(queue)}"`,
    });
  });
});

describe('queue.declare with the empty name', () => {
  it('makes up a name amq.gen- followed by 22 characters', async () => {
    const ch = await broker.channel();
    const names = [
      await ch.queue('', { exclusive: true }),
      await ch.queue('', { exclusive: true }),
    ];
    expect(names[0]).toMatch(/^amq\.gen-[\w-]{22}$/);
    expect(names[1]).toMatch(/^amq\.gen-[\w-]{22}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  it('refuses to redeclare that queue by its name with 403, and answers a passive declare', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue('', { exclusive: true });
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
    const text = `ACCESS_REFUSED - queue name '${queue}' contains reserved prefix 'amq.*'`;
    await ch.fails('queue.declare', { queue, exclusive: true }, 403, text);
  });

  it('makes it the queue that an empty name means on this channel', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue('', { exclusive: true });
    ch.publish({ routingKey: queue }, 'm');
    expect((await ch.get(''))?.content.text).toBe('m');
    ch.publish({ routingKey: queue }, 'm');
    expect(await ch.call('queue.purge')).toEqual({ messageCount: 1 });
    await ch.call('queue.bind', { exchange: 'amq.direct' });
    await ch.call('basic.consume');
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'bound');
    expect((await ch.expect('basic.deliver')).content.text).toBe('bound');
    await ch.call('queue.delete');
    await ch.await('basic.cancel');
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('keeps the last declared queue per channel, and a named declaration counts too', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const first = await ch.queue(broker.name('q'));
    const second = await ch.queue(broker.name('q'));
    const third = await other.queue(broker.name('q'));
    for (const queue of [first, second, third]) ch.publish({ routingKey: queue }, queue);
    expect((await ch.get(''))?.content.text).toBe(second);
    await ch.counts(first);
    expect((await ch.get(''))?.content.text).toBe(first);
  });
});

describe('queue.declare names', () => {
  it.each(['amq.mine', 'amq.', 'amq.gen-mine', 'amq.rabbitmq.mine'])(
    'refuses to create %s with 403',
    async (queue) => {
      const ch = await broker.channel();
      const text = `ACCESS_REFUSED - queue name '${queue}' contains reserved prefix 'amq.*'`;
      await ch.fails('queue.declare', { queue }, 403, text);
    },
  );

  it('answers 404, not 403, for a passive declare of a reserved name', async () => {
    const ch = await broker.channel();
    await ch.fails('queue.declare', { queue: 'amq.mine', passive: true }, 404, noQueue('amq.mine'));
  });

  it('allows names that only look reserved', async () => {
    const ch = await broker.channel();
    for (const queue of [broker.name('AMQ.'), broker.name('amq-'), broker.name('x.amq.')]) {
      expect(await ch.queue(queue, { exclusive: true })).toBe(queue);
    }
  });

  it('takes names of 255 bytes, and any UTF-8', async () => {
    const ch = await broker.channel();
    const long = broker.name('q').padEnd(255, 'z');
    expect(await ch.queue(long, { exclusive: true })).toBe(long);
    const odd = `${broker.name('q')} ünïcødé 兎 \t\0`;
    expect(await ch.queue(odd, { exclusive: true })).toBe(odd);
    expect(await ch.counts(odd)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('drops carriage returns and line feeds', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const broken = `\r\n${queue.slice(0, 3)}\n${queue.slice(3)}\r`;
    expect(await ch.queue(broken)).toBe(queue);
    expect(await ch.counts(broken)).toEqual({ messageCount: 0, consumerCount: 0 });
    expect(await ch.queue('\r\n', { exclusive: true })).toMatch(/^amq\.gen-/);
  });

  it('closes the connection with 501 for a name that is not UTF-8', async () => {
    const ch = await broker.channel();
    const queue = Buffer.of(0x71, 0xff, 0xfe);
    ch.send('queue.declare', { queue });
    await ch.peer.expectClose(501, 'FRAME_ERROR - Malformed UTF-8 in shortstr', 'none');
  });

  it('answers one consumer and no message for amq.rabbitmq.reply-to', async () => {
    const ch = await broker.channel();
    const queue = 'amq.rabbitmq.reply-to';
    const ok = { queue, messageCount: 0, consumerCount: 1 };
    expect(await ch.call('queue.declare', { queue })).toEqual(ok);
    expect(await ch.call('queue.declare', { queue, passive: true })).toEqual(ok);
  });

  it('tells by declaring amq.rabbitmq.reply-to.* whether the requester is still there', async () => {
    const requester = await broker.channel();
    const server = await broker.channel();
    const queue = await server.queue(broker.name('q'));
    await requester.call('basic.consume', { queue: 'amq.rabbitmq.reply-to', noAck: true });
    requester.publish({ routingKey: queue }, 'request', { replyTo: 'amq.rabbitmq.reply-to' });
    await server.call('basic.consume', { queue, noAck: true });
    const request = await server.expect('basic.deliver');
    const replyTo = request.content.properties.replyTo ?? '';
    expect(replyTo).toMatch(/^amq\.rabbitmq\.reply-to\../);
    const ok = { queue: replyTo, messageCount: 0, consumerCount: 1 };
    expect(await server.call('queue.declare', { queue: replyTo, passive: true })).toEqual(ok);
    await requester.peer.close();
    await server.fails('queue.declare', { queue: replyTo, passive: true }, 404, noQueue(replyTo));
  });

  it('answers 404 for an amq.rabbitmq.reply-to.* that nobody was given', async () => {
    const ch = await broker.channel();
    const queue = 'amq.rabbitmq.reply-to.nobody';
    await ch.fails('queue.declare', { queue }, 404, noQueue(queue));
  });
});

describe('queue.declare of an existing queue', () => {
  const original = {
    durable: true,
    arguments: { 'x-message-ttl': 60000, 'x-dead-letter-exchange': 'a', 'x-mine': 1 },
  };

  async function redeclare(args: Sent<'queue.declare'>, how: string, arg: string) {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), original);
    const text = inequivalent(arg, 'queue', queue, how);
    await ch.fails('queue.declare', { ...original, ...args, queue }, 406, text);
  }

  it('is fine when everything is equal', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), original);
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm');
    const ok = await ch.call('queue.declare', { queue, ...original });
    expect(ok).toEqual({ queue, messageCount: 1, consumerCount: 0 });
  });

  it.each([
    ['durable', { durable: false }, "received 'false' but current is 'true'"],
    ['auto_delete', { autoDelete: true }, "received 'true' but current is 'false'"],
  ])('closes the channel with 406 when %s differs', async (arg, args, how) => {
    await redeclare(args, how, arg);
  });

  const withArgs = (args: object) => ({ arguments: { ...original.arguments, ...args } });

  it.each([
    ['x-message-ttl', 1000, "received '1000' but current is '60000'"],
    ['x-message-ttl', -1, "received '-1' but current is '60000'"],
    ['x-message-ttl', '60000', "received '60000' but current is '60000'"],
    ['x-message-ttl', field('d', 60000), "received '6.0e4' but current is '60000'"],
    ['x-dead-letter-exchange', 'b', "received 'b' but current is 'a'"],
    ['x-max-length', 5, "received the value '5' of type 'signedint' but current is none"],
    ['x-max-length', field('b', 5), "received the value '5' of type 'byte' but current is none"],
    [
      'x-max-length',
      field('B', 5),
      "received the value '5' of type 'unsignedbyte' but current is none",
    ],
    ['x-max-length', field('s', 5), "received the value '5' of type 'short' but current is none"],
    [
      'x-max-length',
      field('u', 5),
      "received the value '5' of type 'unsignedshort' but current is none",
    ],
    [
      'x-max-length',
      field('i', 5),
      "received the value '5' of type 'unsignedint' but current is none",
    ],
    ['x-max-length', field('l', 5), "received the value '5' of type 'long' but current is none"],
    ['x-max-length', true, "received the value 'true' of type 'bool' but current is none"],
    ['x-max-length', null, "received the value 'undefined' of type 'void' but current is none"],
    ['x-max-length', 1.5, "received the value '1.5' of type 'double' but current is none"],
    [
      'x-max-length',
      Buffer.from('5'),
      "received the value '5' of type 'binary' but current is none",
    ],
    [
      'x-max-length',
      field('T', 5),
      "received the value '5' of type 'timestamp' but current is none",
    ],
    [
      'x-max-length',
      field('D', { scale: 1, unscaled: 5 }),
      "received the value '{1,5}' of type 'decimal' but current is none",
    ],
    [
      'x-max-length',
      ['a', 1],
      `received the value '[{longstr,<<"a">>},{signedint,1}]' of type 'array' but current is none`,
    ],
    [
      'x-max-length',
      { a: 1 },
      `received the value '[{<<"a">>,signedint,1}]' of type 'table' but current is none`,
    ],
    ['x-max-length-bytes', 5, "received the value '5' of type 'signedint' but current is none"],
    ['x-expires', 60000, "received the value '60000' of type 'signedint' but current is none"],
    ['x-max-priority', 5, "received the value '5' of type 'signedint' but current is none"],
    [
      'x-overflow',
      'drop-head',
      "received the value 'drop-head' of type 'longstr' but current is none",
    ],
    [
      'x-dead-letter-routing-key',
      'k',
      "received the value 'k' of type 'longstr' but current is none",
    ],
    [
      'x-single-active-consumer',
      false,
      "received the value 'false' of type 'bool' but current is none",
    ],
    [
      'x-queue-mode',
      'default',
      "received the value 'default' of type 'longstr' but current is none",
    ],
    ['x-queue-type', 'quorum', "received the value 'quorum' of type 'longstr' but current is none"],
  ])('closes the channel with 406 when it says %s %o', async (arg, value, how) => {
    await redeclare(withArgs({ [arg]: value }), how, arg);
  });

  it.each([
    ['x-message-ttl', { 'x-dead-letter-exchange': 'a' }, '60000', 'signedint'],
    ['x-dead-letter-exchange', { 'x-message-ttl': 60000 }, 'a', 'longstr'],
  ])('closes the channel with 406 when %s is left out', async (arg, args, value, type) => {
    const how = `received none but current is the value '${value}' of type '${type}'`;
    await redeclare({ arguments: args }, how, arg);
  });

  it.each(['s', 'I', 'l', 'u', 'i', 'L'])(
    'takes the same number written as field type %s',
    async (type) => {
      const ch = await broker.channel();
      const queue = await ch.queue(broker.name('q'), {
        arguments: { 'x-max-length': field('I', 1000) },
      });
      const again = { 'x-max-length': field(type, 1000) };
      expect(await ch.queue(queue, { arguments: again })).toBe(queue);
    },
  );

  it.each(['b', 'B'])('takes the same small number written as field type %s', async (type) => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-max-length': field(type, 7) },
    });
    expect(await ch.queue(queue, { arguments: { 'x-max-length': field('l', 7) } })).toBe(queue);
  });

  it('does not compare arguments that it does not know', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), original);
    await ch.queue(queue, { ...original, ...withArgs({ 'x-mine': 'other', 'x-more': [1] }) });
    const { 'x-mine': _, ...known } = original.arguments;
    expect(await ch.queue(queue, { ...original, arguments: known })).toBe(queue);
  });

  it('takes x-queue-type classic for the absent argument', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), original);
    await ch.queue(queue, { ...original, ...withArgs({ 'x-queue-type': 'classic' }) });
    const typed = await ch.queue(broker.name('q'), { arguments: { 'x-queue-type': 'classic' } });
    expect(await ch.queue(typed)).toBe(typed);
  });

  it('says inequivalent, not invalid, for an invalid argument', async () => {
    await redeclare(
      withArgs({ 'x-overflow': 'bogus' }),
      "received the value 'bogus' of type 'longstr' but current is none",
      'x-overflow',
    );
  });

  it('names durable before anything else that differs', async () => {
    await redeclare(
      { durable: false, autoDelete: true, arguments: {} },
      "received 'false' but current is 'true'",
      'durable',
    );
  });

  it('keeps the queue as it was after a refused redeclaration', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'kept');
    const other = await broker.channel();
    await other.fails('queue.declare', { queue, durable: true }, 406);
    expect((await ch.get(queue))?.content.text).toBe('kept');
  });
});

describe('a reply text longer than 255 bytes', () => {
  it('is cut to 252 bytes and an ellipsis', async () => {
    const ch = await broker.channel();
    const queue = 'z'.repeat(250);
    const close = await ch.fails('queue.declare', { queue, passive: true }, 404);
    expect(close.replyText).toBe(`${noQueue(queue).slice(0, 252)}...`);
  });
});
