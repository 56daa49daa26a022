import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { differences } from './kit/differences.ts';
import { type Peer, protocolHeader, saslResponse } from './kit/peer.ts';
import { encodeMethod } from './kit/spec.ts';
import { trust } from './kit/trust.ts';
import { field, type Table, Writer } from './kit/wire.ts';

const broker = await target();

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('the protocol header', () => {
  it('of 0-9-1 is answered by connection.start', async () => {
    const peer = await broker.dial();
    expect(await peer.start()).toMatchObject({ versionMajor: 0, versionMinor: 9 });
  });

  it('of 0-9, as old clients write it, is answered by connection.start', async () => {
    const peer = await broker.dial();
    peer.sendBytes(bytes('AMQP\x01\x01\x00\x09'));
    const start = await peer.expect('connection.start');
    expect(start).toMatchObject({ versionMajor: 0, versionMinor: 9 });
  });

  it('may come in pieces', async () => {
    const peer = await broker.dial();
    for (const octet of protocolHeader) {
      peer.sendBytes(Buffer.of(octet));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await peer.expect('connection.start')).toMatchObject({ versionMinor: 9 });
  });

  it.each([
    ['0-10', 'AMQP\x01\x01\x00\x0a'],
    ['another revision', 'AMQP\x00\x00\x09\x02'],
    ['another protocol id', 'AMQP\x02\x01\x00\x00'],
    ['another word', 'AMQQ\x00\x00\x09\x01'],
    ['an HTTP request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['noise', '\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8'],
  ])('of %s is refused by the header 0-9-1 and the end of the socket', async (_, header) => {
    const peer = await broker.dial();
    peer.sendBytes(bytes(header));
    expect(await peer.expectRefusal()).toEqual(protocolHeader);
  });

  it('that is not whole yet is waited for', async () => {
    const peer = await broker.dial();
    peer.sendBytes(bytes('AMQP\0\0\x09'));
    await peer.expectSilence(100);
    peer.sendBytes(bytes('\x01'));
    await peer.expect('connection.start');
  });
});

describe('connection.start', () => {
  it('offers PLAIN and AMQPLAIN, separated by blanks, and the locale en_US', async () => {
    const peer = await broker.dial();
    const { mechanisms, locales } = await peer.start();
    expect(mechanisms.split(' ')).toEqual(expect.arrayContaining(['PLAIN', 'AMQPLAIN']));
    expect(locales).toBe('en_US');
  });

  it('says who the server is, in long strings', async () => {
    const peer = await broker.dial();
    const { serverProperties, typed } = await peer.start();
    expect(serverProperties).toMatchObject({
      product: 'RabbitMQ',
      version: expect.stringMatching(/^[34]\.\d+\.\d+/) as string,
      platform: expect.any(String) as string,
      copyright: expect.any(String) as string,
      information: expect.any(String) as string,
      cluster_name: expect.any(String) as string,
    });
    const types = [...(typed.get('serverProperties') ?? [])].map(([, { type }]) => type);
    expect(new Set(types)).toEqual(new Set(['F', 'S']));
    const isOther = 'leveret_version' in serverProperties;
    expect(isOther).toBe(broker.differs(differences.identity));
  });

  it('names its capabilities, each of them true', async () => {
    const peer = await broker.dial();
    const { serverProperties } = await peer.start();
    const wanted = {
      publisher_confirms: true,
      exchange_exchange_bindings: true,
      'basic.nack': true,
      consumer_cancel_notify: true,
      'connection.blocked': true,
      consumer_priorities: true,
      authentication_failure_close: true,
      per_consumer_qos: true,
      direct_reply_to: true,
    };
    expect(serverProperties['capabilities']).toMatchObject(wanted);
  });
});

describe('connection.start-ok', () => {
  it.each(['PLAIN', 'AMQPLAIN'])('logs in by %s', async (mechanism) => {
    const peer = await broker.peer({ mechanism });
    await peer.channel();
  });

  it('may have AMQPLAIN fields beside LOGIN and PASSWORD', async () => {
    const table = new Writer().table({ VHOST: '/', PASSWORD: 'guest', X: 1, LOGIN: 'guest' });
    const response = table.done().subarray(4);
    await broker.peer({ mechanism: 'AMQPLAIN', response });
  });

  it('may ask for any locale and say anything of the client', async () => {
    const clientProperties: Table = {
      product: 'x',
      nested: { list: [1, null, 'two', { three: 3.5 }], when: new Date(0) },
      big: 2n ** 60n,
      decimal: field('D', { scale: 2, unscaled: 314 }),
      capabilities: { unknown: true },
    };
    await broker.peer({ locale: 'tlh', clientProperties });
    await broker.peer({ clientProperties: {} });
  });

  it('may be split over any number of packets', async () => {
    const peer = await broker.dial();
    await peer.start();
    const payload = encodeMethod('connection.start-ok', {
      clientProperties: {},
      mechanism: 'PLAIN',
      response: saslResponse('PLAIN', 'guest', 'guest'),
      locale: 'en_US',
    });
    const head = new Writer().octet(1).short(0).long(payload.length).done();
    for (const piece of [head, payload.subarray(0, 9), payload.subarray(9), Buffer.of(0xce)]) {
      peer.sendBytes(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await peer.expect('connection.tune')).toMatchObject({ frameMax: 131072 });
  });
});

describe('a login that fails', () => {
  const text = (mechanism: string): string =>
    `ACCESS_REFUSED - Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`;

  it.each([
    ['a wrong password', { password: 'wrong' }, 'PLAIN'],
    ['an empty password', { password: '' }, 'PLAIN'],
    ['an unknown user', { username: 'nobody' }, 'PLAIN'],
    ['an empty user', { username: '' }, 'PLAIN'],
    ['a wrong password', { password: 'wrong', mechanism: 'AMQPLAIN' }, 'AMQPLAIN'],
  ])('is refused with 403 to a client that can be told: %s', async (_, options, mechanism) => {
    const peer = await broker.dial();
    await peer.start();
    peer.login(options);
    await peer.expectClose(403, text(mechanism), 'none');
  });

  it('leaves the client three seconds to answer connection.close', async () => {
    const peer = await broker.dial();
    await peer.start();
    const start = performance.now();
    peer.login({ password: 'wrong' });
    await peer.expect('connection.close');
    await peer.expectEnd();
    expect(performance.now() - start).toBeGreaterThan(2900);
  });

  it('is told by amqplib', async () => {
    const wrong = new URL(broker.url);
    wrong.password = 'wrong';
    const { connect } = await import('amqplib');
    await expect(connect(wrong.href, trust())).rejects.toThrow(text('PLAIN'));
  });

  it('or any other mistake before tune closes the socket without a word, three seconds later', async () => {
    const amqplain = (table: Table) => ({
      mechanism: 'AMQPLAIN',
      response: new Writer().table(table).done().subarray(4),
    });
    const mistakes: Record<string, (peer: Peer) => void> = {
      'wrong password, no capability': (peer) =>
        peer.login({ password: 'wrong', clientProperties: {} }),
      'wrong password, capability false': (peer) =>
        peer.login({
          password: 'wrong',
          clientProperties: { capabilities: { authentication_failure_close: false } },
        }),
      'unknown mechanism': (peer) => peer.login({ mechanism: 'BOGUS' }),
      'mechanism in lower case': (peer) => peer.login({ mechanism: 'plain' }),
      'no mechanism': (peer) => peer.login({ mechanism: '' }),
      'PLAIN without NUL': (peer) => peer.login({ response: 'guest' }),
      'PLAIN for somebody else': (peer) => peer.login({ response: 'other\0guest\0guest' }),
      'AMQPLAIN that is no table': (peer) =>
        peer.login({ mechanism: 'AMQPLAIN', response: 'garbage' }),
      'AMQPLAIN without PASSWORD': (peer) => peer.login(amqplain({ LOGIN: 'guest' })),
      'tune-ok for start-ok': (peer) => peer.send(0, 'connection.tune-ok'),
      'open for start-ok': (peer) => peer.send(0, 'connection.open', { virtualHost: '/' }),
      'close for start-ok': (peer) => peer.send(0, 'connection.close'),
      'secure-ok for start-ok': (peer) => peer.send(0, 'connection.secure-ok'),
      'start-ok on channel 1': (peer) => peer.send(1, 'connection.start-ok'),
      'channel.open': (peer) => peer.send(1, 'channel.open'),
      'an unknown field type': (peer) => peer.login({ clientProperties: { a: field('Z', null) } }),
      'a frame beyond 4096 bytes': (peer) =>
        peer.login({ clientProperties: { a: 'x'.repeat(5000) } }),
    };
    await Promise.all(
      Object.entries(mistakes).map(async ([name, mistake]) => {
        const peer = await broker.dial();
        await peer.start();
        const start = performance.now();
        mistake(peer);
        await peer.expectEnd();
        expect([name, Math.round((performance.now() - start) / 1000)]).toEqual([name, 3]);
      }),
    );
  });
});
