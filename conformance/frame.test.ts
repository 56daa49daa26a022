import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { encodeHeader } from './kit/content.ts';
import { differences } from './kit/differences.ts';
import { frameBytes } from './kit/peer.ts';
import { frameType, type PeerChannel } from './kit/peer-channel.ts';
import { encodeMethod } from './kit/spec.ts';
import { field, type Table, Writer } from './kit/wire.ts';

const broker = await target();

const flow = encodeMethod('channel.flow', { active: true });
const alive = async (ch: PeerChannel) =>
  expect(await ch.call('channel.flow', { active: true })).toEqual({ active: true });

describe('a frame', () => {
  it('may come in any number of packets, or many in one', async () => {
    const ch = await broker.channel();
    const frame = frameBytes(frameType.method, 1, flow);
    for (const octet of frame) ch.peer.sendBytes(Buffer.of(octet));
    await ch.expect('channel.flow-ok');
    ch.peer.sendBytes(Buffer.concat(Array.from({ length: 50 }, () => frame)));
    for (let at = 0; at < 50; at += 1) await ch.expect('channel.flow-ok');
  });

  // After these the peer cannot be understood any more, so it must not wait for more than the close.
  it.each([
    ['a method', frameType.method, 1, flow, 0xcd, '<<0,20,0,20,1>>'],
    ['a heartbeat', frameType.heartbeat, 0, Buffer.alloc(0), 0, '<<>>'],
  ])(
    'with a bad end octet closes the connection with 501: %s',
    async (_, type, channel, payload, end, quoted) => {
      const peer = await broker.peer();
      await peer.channel();
      peer.sendBytes(frameBytes(type, channel, payload, end));
      const close = await peer.expect('connection.close');
      expect(close).toEqual({
        replyCode: 501,
        replyText: `FRAME_ERROR - type ${type}, all octets = ${quoted}: {invalid_frame_end_marker,${end}}`,
        classId: 0,
        methodId: 0,
      });
    },
  );

  it('larger than the agreed size closes the connection with 501 before its payload has come', async () => {
    const peer = await broker.peer();
    const head = new Writer().octet(1).short(1).long(131073).done();
    peer.sendBytes(head);
    const close = await peer.expect('connection.close');
    expect(close).toEqual({
      replyCode: 501,
      replyText: 'FRAME_ERROR - type 1, all octets = <<>>: {frame_too_large,131073,131064}',
      classId: 0,
      methodId: 0,
    });
  });

  it('of four gigabytes is refused in the same way', async () => {
    const peer = await broker.peer();
    peer.sendBytes(new Writer().octet(3).short(1).long(0xffffffff).done());
    expect(await peer.expect('connection.close')).toMatchObject({
      replyCode: 501,
      replyText: 'FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4294967295,131064}',
    });
  });

  it('is measured against the frame-max of its own connection', async () => {
    const peer = await broker.peer({ tune: { frameMax: 4096 } });
    const ch = await peer.channel();
    ch.send('basic.publish', { routingKey: 'nobody' });
    ch.content(Buffer.alloc(4097), {}, { split: [4097] });
    expect(await peer.expect('connection.close')).toMatchObject({
      replyCode: 501,
      replyText: 'FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4097,4088}',
    });
  });

  it('may be as large as frame-max', async () => {
    const peer = await broker.peer({ tune: { frameMax: 4096 } });
    const ch = await peer.channel();
    ch.send('basic.publish', { routingKey: 'nobody', mandatory: true });
    ch.content(Buffer.alloc(5000, 'z'), {}, { split: [4088, 912] });
    expect((await ch.expect('basic.return')).content.body).toHaveLength(5000);
  });

  it.each([0, 4, 5, 6, 7, 9, 255])('of type %i closes the connection with 501', async (type) => {
    const peer = await broker.peer();
    peer.sendFrame(type, 0, Buffer.from('abc'));
    const text = `FRAME_ERROR - type ${type}, all octets = <<"abc">>: unknown_frame`;
    await peer.expectClose(501, text, 'none');
  });

  it.each([
    ['a method', frameType.method, '', '<<>>'],
    ['a method', frameType.method, '\0\x0a', '<<0,10>>'],
    ['a content header', frameType.header, '\0\x3c\0\0', '<<0,60,0,0>>'],
  ])('too short for %s closes the connection with 501', async (_, type, payload, quoted) => {
    const ch = await broker.channel();
    if (type === frameType.header) ch.send('basic.publish');
    ch.frame(type, Buffer.from(payload, 'latin1'));
    const text = `FRAME_ERROR - type ${type}, all octets = ${quoted}: unknown_frame`;
    await ch.peer.expectClose(501, text, 'none');
  });
});

describe('a frame on channel 0', () => {
  it('that is a header or a body closes the connection with 505', async () => {
    for (const [type, payload, quoted] of [
      [frameType.header, encodeHeader({}, 0), '<<0,60,0,0,0,0,0,0,0,0,0,0,0,0>>'],
      [frameType.body, Buffer.from('abc'), '<<"abc">>'],
    ] as const) {
      const peer = await broker.peer();
      peer.sendFrame(type, 0, payload);
      const text = `UNEXPECTED_FRAME - type ${type}, all octets = ${quoted}`;
      await peer.expectClose(505, text, 'none');
    }
  });

  it.each([
    'queue.declare',
    'channel.open',
    'basic.publish',
    'connection.start',
    'connection.start-ok',
    'connection.secure-ok',
    'connection.tune-ok',
    'connection.open',
    'connection.close-ok',
  ] as const)('that is %s closes the connection with 504', async (method) => {
    const peer = await broker.peer();
    peer.send(0, method);
    const text = 'CHANNEL_ERROR - unexpected method in connection state running';
    await peer.expectClose(504, text, method);
  });
});

describe('a method', () => {
  it.each([
    [99, 10],
    [50, 99],
    [60, 41],
    [70, 10],
    [100, 10],
  ])('with ids that nobody knows, %i %i, ends the connection', async (classId, methodId) => {
    const ch = await broker.channel();
    ch.frame(frameType.method, new Writer().short(classId).short(methodId).done());
    await endsWith(ch, broker.differs(differences.unknownMethod), [classId, methodId]);
  });

  it.each([
    ['too short', Buffer.alloc(0), '<<>>'],
    ['cut in a string', Buffer.from('\0\0\x05ab', 'latin1'), '<<0,0,5,97,98>>'],
  ])('with arguments %s closes the connection with 501', async (_, args, quoted) => {
    const ch = await broker.channel();
    ch.frame(frameType.method, Buffer.concat([Buffer.of(0, 50, 0, 10), args]));
    await ch.peer.expectClose(501, `FRAME_ERROR - cannot decode ${quoted}`, 'queue.declare');
  });

  it('with arguments too long closes the connection with 501', async () => {
    const ch = await broker.channel();
    const purge = encodeMethod('queue.purge', { queue: 'q' });
    ch.frame(frameType.method, Buffer.concat([purge, Buffer.from('zz')]));
    const text = 'FRAME_ERROR - cannot decode <<0,0,1,113,0,122,122>>';
    await ch.peer.expectClose(501, text, 'queue.purge');
  });

  it.each([
    ['an unknown field type', { a: field('Z', null) }],
    ['a length beyond its end', Buffer.from('\x01aS\0\0\xff\xffx', 'latin1')],
    ['noise', Buffer.from('\x05abc')],
  ])('with a table of %s ends the connection', async (_, table) => {
    const ch = await broker.channel();
    ch.send('queue.declare', { queue: broker.name('q'), arguments: table });
    await endsWith(ch, broker.differs(differences.unreadableTable), [50, 10]);
  });

  it('with tables 50 deep is fine', async () => {
    const ch = await broker.channel();
    let nested: Table = { leaf: true };
    for (let depth = 0; depth < 50; depth += 1) nested = { a: nested, b: [depth] };
    const queue = broker.name('q');
    const ok = await ch.call('queue.declare', { queue, arguments: { mine: nested } });
    expect(ok).toMatchObject({ queue });
  });

  it('with the same key twice in a table is fine', async () => {
    const ch = await broker.channel();
    const one = new Writer().table({ 'x-expires': 60000 }).done().subarray(4);
    const queue = broker.name('q');
    const ok = await ch.call('queue.declare', { queue, arguments: Buffer.concat([one, one]) });
    expect(ok).toMatchObject({ queue });
  });

  it.each([
    'channel.open-ok',
    'channel.flow-ok',
    'channel.close-ok',
    'queue.declare-ok',
    'exchange.declare-ok',
    'basic.qos-ok',
    'basic.consume-ok',
    'basic.cancel-ok',
    'basic.get-empty',
    'confirm.select-ok',
    'tx.commit-ok',
    'connection.open',
    'connection.close',
    'connection.tune',
  ] as const)(
    'that does not belong on an open channel, %s, closes the connection with 503',
    async (method) => {
      const ch = await broker.channel();
      await ch.failsConnection(method, {}, 503, 'COMMAND_INVALID - unimplemented method');
    },
  );

  it.each([
    'queue.declare',
    'channel.flow',
    'channel.close',
    'channel.close-ok',
    'basic.ack',
  ] as const)(
    'on a channel that is not open, %s, closes the connection with 504',
    async (method) => {
      const peer = await broker.peer();
      const text = "CHANNEL_ERROR - expected 'channel.open'";
      await peer.rawChannel(2).failsConnection(method, {}, 504, text);
    },
  );
});

type End = { readonly code: number; readonly text: RegExp } | undefined;

/** The expected close, or for undefined the end of the socket without a word. */
async function endsWith(ch: PeerChannel, end: End, ids?: readonly [number, number]) {
  if (end === undefined) {
    await ch.peer.expectEnd();
    return;
  }
  const close = await ch.peer.expectClose(end.code, end.text);
  if (ids) expect([close.classId, close.methodId]).toEqual(ids);
}

describe('content', () => {
  const noMethod = 'UNEXPECTED_FRAME - expected method frame, got non method frame instead';
  const noHeader =
    'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead';
  const noBody = 'UNEXPECTED_FRAME - expected content body, got non content body frame instead';

  it.each([
    ['a header', frameType.header, encodeHeader({}, 0)],
    ['a body', frameType.body, Buffer.from('abc')],
    ['an empty body', frameType.body, Buffer.alloc(0)],
  ])('that no method announced closes the connection with 505: %s', async (_, type, payload) => {
    const ch = await broker.channel();
    ch.frame(type, payload);
    await ch.peer.expectClose(505, noMethod, 'none');
  });

  it('on a channel that is not open closes the connection with 505', async () => {
    const peer = await broker.peer();
    peer.sendFrame(frameType.body, 3, Buffer.from('abc'));
    await peer.expectClose(505, noMethod, 'none');
  });

  it.each([50, 0, 61])(
    'with a header of class %i closes the connection with 505',
    async (classId) => {
      const ch = await broker.channel();
      ch.send('basic.publish');
      ch.frame(frameType.header, encodeHeader({}, 0, classId));
      const text = `UNEXPECTED_FRAME - expected content header for class 60, got one for class ${classId} instead`;
      await ch.peer.expectClose(505, text, 'basic.publish');
    },
  );

  it('with a header of another weight than 0 closes the connection with 505', async () => {
    const ch = await broker.channel();
    ch.send('basic.publish');
    const header = encodeHeader({}, 0);
    header.writeUInt16BE(1, 2);
    ch.frame(frameType.header, header);
    await ch.peer.expectClose(505, noHeader, 'basic.publish');
  });

  it.each([
    ['a method', frameType.method, flow],
    ['another publish', frameType.method, encodeMethod('basic.publish', {})],
    ['channel.close', frameType.method, encodeMethod('channel.close', {})],
    ['a body', frameType.body, Buffer.from('abc')],
  ])('with %s where its header is due closes the connection with 505', async (_, type, payload) => {
    const ch = await broker.channel();
    ch.send('basic.publish');
    ch.frame(type, payload);
    await ch.peer.expectClose(505, noHeader, 'basic.publish');
  });

  it.each([
    ['a method', frameType.method, flow],
    ['another header', frameType.header, encodeHeader({}, 3)],
  ])('with %s where its body is due closes the connection with 505', async (_, type, payload) => {
    const ch = await broker.channel();
    ch.send('basic.publish');
    ch.frame(frameType.header, encodeHeader({}, 3));
    ch.frame(type, payload);
    await ch.peer.expectClose(505, noBody, 'basic.publish');
  });

  it('with a body after it is complete closes the connection with 505', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'nobody' }, 'abc');
    ch.frame(frameType.body, Buffer.from('d'));
    await ch.peer.expectClose(505, noMethod, 'none');
  });

  it('with a body although 0 bytes were announced closes the connection with 505', async () => {
    const ch = await broker.channel();
    ch.send('basic.publish', { routingKey: 'nobody' });
    ch.content('abc', {}, { bodySize: 0 });
    await ch.peer.expectClose(505, noMethod, 'none');
  });

  it.each([
    ['in one frame', [6]],
    ['in a later frame', [3, 3]],
  ])('with more body than announced never becomes a message: %s', async (_, split) => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.send('basic.publish', { routingKey: queue });
    ch.content('abcdef', {}, { bodySize: 5, split });
    const end = broker.differs(differences.bodyTooLong);
    if (end) await endsWith(ch, end);
    else await ch.peer.expectSilence(50);
    const other = await broker.channel();
    expect(await other.get(queue)).toBeUndefined();
  });

  it('may have empty body frames', async () => {
    const ch = await broker.channel();
    ch.send('basic.publish', { routingKey: 'nobody', mandatory: true });
    ch.frame(frameType.header, encodeHeader({}, 4));
    for (const piece of ['', 'ab', '', 'cd']) ch.frame(frameType.body, Buffer.from(piece));
    expect((await ch.expect('basic.return')).content.text).toBe('abcd');
    await alive(ch);
  });

  it('may be split into frames of one byte', async () => {
    const ch = await broker.channel();
    ch.send('basic.publish', { routingKey: 'nobody', mandatory: true });
    ch.content('abcdef', { messageId: 'x' }, { split: [1, 1, 1, 1, 1, 1] });
    const { content } = await ch.expect('basic.return');
    expect(content).toMatchObject({ text: 'abcdef', properties: { messageId: 'x' } });
  });

  it('may have no body at all', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'nobody', mandatory: true });
    expect((await ch.expect('basic.return')).content).toMatchObject({ text: '', split: [] });
  });

  it('may have heartbeats between its frames', async () => {
    const ch = await broker.channel();
    ch.send('basic.publish', { routingKey: 'nobody', mandatory: true });
    ch.peer.sendFrame(frameType.heartbeat, 0, Buffer.alloc(0));
    ch.frame(frameType.header, encodeHeader({}, 3));
    ch.peer.sendFrame(frameType.heartbeat, 0, Buffer.alloc(0));
    ch.frame(frameType.body, Buffer.from('abc'));
    expect((await ch.expect('basic.return')).content.text).toBe('abc');
  });

  it('may be interleaved with content and methods of other channels', async () => {
    const one = await broker.channel();
    const two = await one.peer.channel();
    const three = await one.peer.channel();
    const publish = { routingKey: 'nobody', mandatory: true };
    one.send('basic.publish', publish);
    two.send('basic.publish', publish);
    one.frame(frameType.header, encodeHeader({ messageId: 'one' }, 6));
    two.frame(frameType.header, encodeHeader({ messageId: 'two' }, 4));
    one.frame(frameType.body, Buffer.from('abc'));
    two.frame(frameType.body, Buffer.from('AB'));
    await alive(three);
    two.frame(frameType.body, Buffer.from('CD'));
    one.frame(frameType.body, Buffer.from('def'));
    const returned = [await one.expect('basic.return'), await two.expect('basic.return')];
    expect(returned.map(({ content }) => [content.properties.messageId, content.text])).toEqual([
      ['one', 'abcdef'],
      ['two', 'ABCD'],
    ]);
  });

  it('that is not finished when its channel number is closed by an error elsewhere harms nobody', async () => {
    const ch = await broker.channel();
    ch.send('basic.publish', { routingKey: 'nobody' });
    ch.frame(frameType.header, encodeHeader({}, 1000));
    const other = await ch.peer.channel();
    await other.fails('queue.purge', { queue: broker.name('q') }, 404);
    await alive(await ch.peer.channel());
    ch.peer.destroy();
    await alive(await broker.channel());
  });

  it.each([
    ['cut off', encodeHeader({ contentType: 'text/plain' }, 0).subarray(0, 18)],
    ['followed by more bytes', Buffer.concat([encodeHeader({}, 0), Buffer.from('xx')])],
    ['with an unknown field type', encodeHeader({ headers: { a: field('Z', null) } }, 0)],
    [
      'with a table longer than the frame',
      Buffer.concat([encodeHeader({ headers: {} }, 0).subarray(0, 14), Buffer.of(0, 0, 255, 255)]),
    ],
  ])('with properties %s ends the connection', async (_, header) => {
    const ch = await broker.channel();
    ch.send('basic.publish', { routingKey: 'nobody' });
    ch.frame(frameType.header, header);
    await endsWith(ch, broker.differs(differences.unreadableProperties));
  });
});
