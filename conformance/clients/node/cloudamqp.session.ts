import {
  type AMQPMessage,
  AMQPSession,
  builtinCoders,
  builtinParsers,
  decodeAndParse,
  deflateRawCoder,
  serializeAndEncode,
} from '@cloudamqp/amqp-client';
import { program } from './kit/program.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  sleep,
  succeed,
  until,
  url,
  urlWith,
} from './kit/transcript.ts';

function brief(message: Pick<AMQPMessage, 'body' | 'properties' | 'redelivered'> | null): string {
  if (message === null) return 'null';
  return show({
    body: message.body,
    properties: message.properties,
    redelivered: message.redelivered,
  });
}

async function connecting(): Promise<void> {
  heading('connect');
  const events = new Events();
  const session = await AMQPSession.connect(url, {
    name: 'leveret',
    heartbeat: 20,
    frameMax: 16384,
    channelMax: 20,
    beforeConnect: () => events.record('beforeConnect'),
    onconnect: (one) => events.record(`onconnect, closed ${one.closed}`),
    ondisconnect: () => events.record('ondisconnect'),
    onfailed: () => events.record('onfailed'),
  });
  await events.take(2);
  await succeed('stop', () => session.stop('done'));
  await events.silence(30);
  say(`closed ${session.closed}`);
  await attempt('queue after stop', () => session.queue(queueName('late')));
  await attempt('wrong password', () => AMQPSession.connect(urlWith({ password: 'wrong' })));
  await attempt('unknown vhost', () =>
    AMQPSession.connect(urlWith({ pathname: '/no-such-vhost' })),
  );
  await attempt('beforeConnect fails', () =>
    AMQPSession.connect(url, {
      beforeConnect: () => {
        throw new Error('not yet');
      },
    }),
  );
}

async function topology(session: AMQPSession): Promise<void> {
  heading('queues and exchanges');
  const name = queueName('q');
  const queue = await session.queue(name, { durable: true, arguments: { 'x-max-length': 100 } });
  say(`queue ${queue.name}, the same again: ${(await session.queue(name)) === queue}`);
  const unnamed = await session.queue('');
  say(`queue ${unnamed.name}`);
  const exchange = await session.exchange(exchangeName('x'), 'topic', {
    durable: false,
    arguments: { 'alternate-exchange': 'amq.fanout' },
  });
  for (const one of [
    await session.directExchange(),
    await session.directExchange(''),
    await session.fanoutExchange(),
    await session.topicExchange(),
    await session.headersExchange(),
    await session.fanoutExchange(exchangeName('f'), { autoDelete: true, durable: false }),
    await session.directExchange(exchangeName('d'), { durable: false }),
    exchange,
  ]) {
    say(`exchange "${one.name}"`);
  }
  await attempt('bind', () => queue.bind(exchange, 'a.#').then(() => 'ok'));
  await attempt('bind by name', () => queue.bind('amq.headers', '', { h: 1 }).then(() => 'ok'));
  await attempt('exchange bind', () => exchange.bind('amq.topic', 'up.#').then(() => 'ok'));
  await attempt('publish', () =>
    exchange.publish('one', { routingKey: 'a.b', messageId: 'm' }).then(() => 'ok'),
  );
  await attempt('publish without confirm', () =>
    exchange.publish('two', { routingKey: 'a', confirm: false }).then(() => 'ok'),
  );
  await attempt('publish to the queue', () =>
    queue.publish('three', { deliveryMode: 1 }).then(() => 'ok'),
  );
  await attempt('publish to the queue without confirm', () =>
    queue.publish(new Uint8Array([52]), { confirm: false }).then(() => 'ok'),
  );
  for (let i = 0; i < 4; i++) {
    await until('a message', async () => {
      const message = await queue.get({ noAck: true });
      if (message !== null)
        say(`get: ${brief(message)} ${message.exchange} ${message.bodyString()}`);
      return message !== null;
    });
  }
  await attempt('get when empty', () => queue.get());
  await attempt('exchange unbind', () => exchange.unbind('amq.topic', 'up.#').then(() => 'ok'));
  await attempt('unbind', () => queue.unbind(exchange, 'a.#').then(() => 'ok'));
  await queue.publish('x');
  await attempt('purge', () => queue.purge());
  await attempt('exchange delete', () => exchange.delete({ ifUnused: true }));
  await attempt('delete', () => queue.delete({ ifUnused: true, ifEmpty: true }));

  heading('errors leave the session alive');
  await attempt('queue passive', () => session.queue(queueName('none'), { passive: true }));
  await attempt('queue of another kind', async () => {
    await session.queue(queueName('kind'), { durable: false });
    return session.exchange('amq.topic', 'direct');
  });
  await attempt('publish to no exchange', async () => {
    const gone = await session.exchange(exchangeName('gone'), 'fanout');
    await gone.delete();
    return gone.publish('x');
  });
  const outcomes = await Promise.allSettled([
    session.queue(queueName('none'), { passive: true }),
    session.queue(queueName('good'), { durable: false }),
    session.queue(queueName('none'), { passive: true }),
  ]);
  say(show(outcomes.map((outcome) => outcome.status)));
}

async function subscribing(session: AMQPSession): Promise<void> {
  heading('subscribe');
  const queue = await session.queue(queueName('s'), { durable: false });
  const seen: string[] = [];
  const acking = await queue.subscribe({ prefetch: 1, tag: 'acking' }, async (message) => {
    seen.push(`${message.bodyString()}${message.redelivered ? ' again' : ''}`);
    if (message.bodyString() === 'fail' && !message.redelivered) throw new Error('once');
  });
  say(`tag ${acking.consumerTag}`);
  for (const text of ['a', 'fail', 'b']) await queue.publish(text);
  await until('4 deliveries', () => seen.length === 4);
  say(show(seen));
  await succeed('cancel', () => acking.cancel());
  await attempt('nothing is left', () => queue.get());
  const dropping = await queue.subscribe({ requeueOnNack: false }, () => {
    throw new Error('dropped');
  });
  await queue.publish('x');
  await sleep(50);
  await dropping.cancel();
  await attempt('a failure that is not requeued', () => queue.get());
  const held: AMQPMessage[] = [];
  const manual = await queue.subscribe({ manualAck: true, prefetch: 2 }, (message) => {
    held.push(message);
  });
  for (const text of ['1', '2', '3']) await queue.publish(text);
  await until('2 deliveries', () => held.length === 2);
  await held[0]?.ack();
  await until('3 deliveries', () => held.length === 3);
  await held[1]?.nack(false);
  await manual.cancel();
  await until('requeue', async () => {
    const message = await queue.get({ noAck: true });
    if (message !== null) say(`back: ${brief(message)}`);
    return message !== null;
  });
  const free = await queue.subscribe({ noAck: true }, (message) => {
    seen.push(String(message.bodyString()));
  });
  await queue.publish('free');
  await until('a delivery', () => seen.length === 5);
  await free.cancel();

  heading('subscribe: the generator, consumeOne');
  const generator = await queue.subscribe({ prefetch: 2 });
  for (const text of ['1', '2', '3']) await queue.publish(text);
  const found: string[] = [];
  for await (const message of generator) {
    found.push(String(message.bodyString()));
    if (found.length === 3) break;
  }
  say(show(found));
  await generator.cancel();
  await sleep(30);
  say(`the last one of a broken loop: ${brief(await queue.get({ noAck: true }))}`);
  await queue.publish('one');
  await queue.publish('two');
  // Whether the second was on its way already when the first consumer left is the broker's affair.
  await attempt('consumeOne', async () => (await queue.consumeOne()).bodyString());
  await attempt('consumeOne with a timeout', async () =>
    (await queue.consumeOne({ timeout: 1000 })).bodyString(),
  );
  await attempt('consumeOne of nothing', () => queue.consumeOne({ timeout: 50 }));
  await attempt('delete', () => queue.delete());
}

async function returns(): Promise<void> {
  heading('onreturn');
  const events = new Events();
  const session = await AMQPSession.connect(url, {
    onreturn: (message) =>
      events.record(`return ${message.replyCode} ${message.replyText} ${brief(message)}`),
  });
  const queue = await session.queue(queueName('gone'), { durable: false });
  await queue.delete();
  await attempt('mandatory', () => queue.publish('x', { mandatory: true }).then(() => 'ok'));
  await events.take(1);
  const topic = await session.topicExchange();
  await attempt('mandatory, no confirm', () =>
    topic.publish('y', { mandatory: true, confirm: false, routingKey: 'none' }).then(() => 'ok'),
  );
  await events.take(1);
  await session.stop();
}

async function codecs(): Promise<void> {
  heading('parsers and coders');
  const session = await AMQPSession.connect(url, {
    parsers: builtinParsers,
    coders: builtinCoders,
    defaultContentType: 'application/json',
    defaultContentEncoding: 'gzip',
  });
  const queue = await session.queue(queueName('codecs'), { durable: false });
  await queue.publish({ a: [1, 'two'] });
  await queue.publish('plain', { contentType: 'text/plain', contentEncoding: 'deflate' });
  for (let i = 0; i < 2; i++) {
    const message = await queue.get({ noAck: true });
    if (message === null) continue;
    say(`${show(message.body)} ${message.properties.contentEncoding}`);
  }
  await session.stop();
  const coders = { ...builtinCoders, deflate: deflateRawCoder };
  const properties = { contentType: 'text/plain', contentEncoding: 'deflate' };
  const encoded = await serializeAndEncode(builtinParsers, coders, 'raw deflate', properties);
  say(show(await decodeAndParse(builtinParsers, coders, encoded.body, encoded.properties)));
}

program(async () => {
  await connecting();
  const session = await AMQPSession.connect(url);
  await topology(session);
  await subscribing(session);
  await session.stop();
  await returns();
  await codecs();
});
