import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { differences } from './kit/differences.ts';
import type { Sent } from './kit/spec.ts';
import { inequivalent, noExchange, onDefaultExchange } from './kit/texts.ts';
import type { Value } from './kit/wire.ts';

const broker = await target();

describe('exchange.declare', () => {
  it.each(['direct', 'fanout', 'topic', 'headers'])('makes a %s exchange', async (type) => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    expect(await ch.call('exchange.declare', { exchange, type })).toEqual({});
    expect(await ch.call('exchange.declare', { exchange, passive: true })).toEqual({});
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    ch.send('exchange.declare', { exchange, type: 'direct', noWait: true });
    expect(await ch.call('exchange.declare', { exchange, type: 'direct' })).toEqual({});
    await ch.expectSilence(50);
  });

  it('drops carriage returns and line feeds from the name', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    const broken = `${exchange.slice(0, 2)}\r\n${exchange.slice(2)}\n`;
    await ch.call('exchange.declare', { exchange: broken, type: 'direct' });
    expect(await ch.call('exchange.declare', { exchange, passive: true })).toEqual({});
  });

  it('takes names of 255 bytes, and any UTF-8', async () => {
    const ch = await broker.channel();
    for (const exchange of [broker.name('x').padEnd(255, 'z'), `${broker.name('x')} ünïcødé 兎`]) {
      await ch.call('exchange.declare', { exchange, type: 'direct' });
      expect(await ch.call('exchange.delete', { exchange })).toEqual({});
    }
  });

  it('takes arguments that nobody knows', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    const args = { 'x-mine': 1, nested: { list: [1, 'two', null] } };
    await ch.call('exchange.declare', { exchange, type: 'direct', arguments: args });
  });

  it('closes the connection with 501 for a name that is not UTF-8', async () => {
    const ch = await broker.channel();
    ch.send('exchange.declare', { exchange: Buffer.of(0x78, 0xff), type: 'direct' });
    await ch.peer.expectClose(501, 'FRAME_ERROR - Malformed UTF-8 in shortstr', 'none');
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const exchange = broker.name('x');
    expect(await ch.assertExchange(exchange, 'topic', { durable: false })).toEqual({ exchange });
    expect(await ch.checkExchange(exchange)).toEqual({});
  });
});

describe('exchange.declare of an unknown type', () => {
  async function refuses(args: Sent<'exchange.declare'>, text: RegExp) {
    const { scope, code, name } = broker.differs(differences.unknownExchangeType);
    const ch = await broker.channel();
    const fails = scope === 'channel' ? ch.fails.bind(ch) : ch.failsConnection.bind(ch);
    await fails('exchange.declare', args, code, new RegExp(`^${name} - ${text.source}$`));
  }

  it.each([
    ['bogus', /unknown exchange type 'bogus'/],
    ['', /invalid exchange type ''/],
    // RabbitMQ says invalid for a word that its code happens to contain, unknown for others.
    ['Direct', /(unknown|invalid) exchange type 'Direct'/],
  ])('is refused: %o', async (type, text) => {
    await refuses({ exchange: broker.name('x'), type }, text);
  });

  it('is refused before the exchange is looked for', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'direct' });
    await refuses({ exchange, type: 'bogus' }, /unknown exchange type 'bogus'/);
  });

  it('is refused before the reserved name', async () => {
    await refuses({ exchange: 'amq.mine', type: 'bogus' }, /unknown exchange type 'bogus'/);
  });
});

describe('exchange.declare passive', () => {
  it('closes the channel with 404 when the exchange does not exist', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.fails('exchange.declare', { exchange, passive: true }, 404, noExchange(exchange));
  });

  it('looks at nothing but the name', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'direct' });
    const other = { type: 'bogus', durable: true, autoDelete: true, internal: true };
    expect(await ch.call('exchange.declare', { exchange, passive: true, ...other })).toEqual({});
  });

  it('answers 404, not 403, for a reserved name', async () => {
    const ch = await broker.channel();
    const text = noExchange('amq.mine');
    await ch.fails('exchange.declare', { exchange: 'amq.mine', passive: true }, 404, text);
  });

  it('closes the channel with 403 for the default exchange', async () => {
    const ch = await broker.channel();
    await ch.fails('exchange.declare', { passive: true }, 403, onDefaultExchange);
  });

  it('rejects amqplib checkExchange with 404 and its text', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    ch.on('error', () => undefined);
    const exchange = broker.name('x');
    await expect(ch.checkExchange(exchange)).rejects.toMatchObject({
      code: 404,
      classId: 40,
      methodId: 10,
      message: `Operation failed: ExchangeDeclare; 404 (NOT-FOUND) with message "${noExchange(exchange)}"`,
    });
  });
});

describe('exchange.declare of reserved names', () => {
  it.each(['amq.mine', 'amq.'])('refuses to create %s with 403', async (exchange) => {
    const ch = await broker.channel();
    const text = `ACCESS_REFUSED - exchange name '${exchange}' contains reserved prefix 'amq.*'`;
    await ch.fails('exchange.declare', { exchange, type: 'direct' }, 403, text);
  });

  it('closes the channel with 403 for the default exchange', async () => {
    const ch = await broker.channel();
    const args = { exchange: '', type: 'direct', durable: true };
    await ch.fails('exchange.declare', args, 403, onDefaultExchange);
  });

  it.each([
    ['amq.direct', 'direct', false],
    ['amq.fanout', 'fanout', false],
    ['amq.topic', 'topic', false],
    ['amq.headers', 'headers', false],
    ['amq.match', 'headers', false],
    ['amq.rabbitmq.trace', 'topic', true],
  ])('finds %s there: durable, %s', async (exchange, type, internal) => {
    const ch = await broker.channel();
    const args = { exchange, type, internal, durable: true };
    expect(await ch.call('exchange.declare', args)).toEqual({});
    const text = inequivalent(
      'durable',
      'exchange',
      exchange,
      "received 'false' but current is 'true'",
    );
    await ch.fails('exchange.declare', { ...args, durable: false }, 406, text);
  });
});

describe('exchange.declare of an existing exchange', () => {
  const original = {
    type: 'direct',
    durable: true,
    arguments: { 'alternate-exchange': 'a', 'x-mine': 1 },
  };

  it('is fine when everything is equal', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, ...original });
    expect(await ch.call('exchange.declare', { exchange, ...original })).toEqual({});
  });

  it.each<[string, Sent<'exchange.declare'>, string]>([
    ['type', { type: 'fanout' }, "received 'fanout' but current is 'direct'"],
    ['durable', { durable: false }, "received 'false' but current is 'true'"],
    ['auto_delete', { autoDelete: true }, "received 'true' but current is 'false'"],
    ['internal', { internal: true }, "received 'true' but current is 'false'"],
    [
      'alternate-exchange',
      { arguments: { 'alternate-exchange': 'b' } },
      "received 'b' but current is 'a'",
    ],
    [
      'alternate-exchange',
      { arguments: {} },
      "received none but current is the value 'a' of type 'longstr'",
    ],
    ['type', { type: 'topic', durable: false }, "received 'topic' but current is 'direct'"],
  ])('closes the channel with 406 when %s differs: %o', async (arg, args, how) => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, ...original });
    const text = inequivalent(arg, 'exchange', exchange, how);
    await ch.fails('exchange.declare', { exchange, ...original, ...args }, 406, text);
  });

  it('does not compare arguments that it does not know', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, ...original });
    const args = { 'alternate-exchange': 'a', 'x-mine': 'other', 'x-more': true };
    expect(await ch.call('exchange.declare', { exchange, ...original, arguments: args })).toEqual(
      {},
    );
  });
});

describe('the argument alternate-exchange', () => {
  it.each<[string, Value]>([
    ['signedint', 1],
    ['void', null],
    ['bool', true],
  ])('is refused with 406 when it is %s', async (type, value) => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    const args = { exchange, type: 'direct', arguments: { 'alternate-exchange': value } };
    const text = `PRECONDITION_FAILED - invalid type '${type}' for arg 'alternate-exchange' in exchange '${exchange}' in vhost '/'`;
    await ch.fails('exchange.declare', args, 406, text);
  });
});
