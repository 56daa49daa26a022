import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import {
  decodeClientMethod,
  encodeServerMethod,
  methodId,
  methodName,
} from '../../src/codec/methods.gen.ts';
import { methods } from '../../src/codec/spec.ts';
import { table } from '../../src/codec/table.ts';
import { generated } from '../../tools/gen-codec.ts';
import { decodeServerMethod, encodeClientMethod } from '../kit/peer-codec.gen.ts';

const client = createRequire(import.meta.url)('../../node_modules/amqplib/lib/defs.js');

function payload(classId: number, method: number, ...args: number[]): Uint8Array {
  return Uint8Array.of(classId >> 8, classId & 0xff, method >> 8, method & 0xff, ...args);
}

function refusal(...octets: number[]): CodecError {
  try {
    decodeClientMethod(new Reader(Uint8Array.from(octets)));
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** What the client library makes of this method's frame, its payload only. */
function fromClient(name: string, fields: object): Uint8Array {
  const { classId, methodId: id } = methodId(name as Parameters<typeof methodId>[0]);
  const frame: Buffer = client.encodeMethod(classId * 0x1_0000 + id, 1, fields);
  return new Uint8Array(frame.subarray(7, frame.readUInt32BE(3) + 7));
}

describe('generated files', () => {
  it.each(generated().map((file) => [file.path, file.text]))(
    '%s is what spec.ts prints',
    (path, text) => {
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
    },
  );
});

describe('methods from a client', () => {
  it('reads what amqplib writes for queue.declare', () => {
    const bytes = fromClient('queue.declare', {
      queue: 'orders',
      durable: true,
      autoDelete: true,
      arguments: { 'x-max-length': 10 },
    });
    expect(decodeClientMethod(new Reader(bytes))).toEqual({
      name: 'queue.declare',
      classId: 50,
      methodId: 10,
      queue: 'orders',
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: true,
      noWait: false,
      arguments: new Map([['x-max-length', { type: 'b', value: 10 }]]),
    });
  });

  it('reads what amqplib writes for exchange.declare, each bit apart', () => {
    for (const bit of ['passive', 'durable', 'autoDelete', 'internal'] as const) {
      const bytes = fromClient('exchange.declare', { exchange: 'e', type: 'topic', [bit]: true });
      const set = {
        passive: false,
        durable: false,
        autoDelete: false,
        internal: false,
        [bit]: true,
      };
      expect(decodeClientMethod(new Reader(bytes))).toEqual({
        name: 'exchange.declare',
        classId: 40,
        methodId: 10,
        exchange: 'e',
        type: 'topic',
        ...set,
        noWait: false,
        arguments: new Map(),
      });
    }
  });

  it('reads what amqplib writes for basic.nack', () => {
    const bytes = fromClient('basic.nack', { deliveryTag: 7, multiple: true, requeue: false });
    expect(decodeClientMethod(new Reader(bytes))).toEqual({
      name: 'basic.nack',
      classId: 60,
      methodId: 120,
      deliveryTag: 7,
      multiple: true,
      requeue: false,
    });
  });

  it('reads what amqplib writes for connection.start-ok', () => {
    const bytes = fromClient('connection.start-ok', {
      clientProperties: { product: 'p', capabilities: { publisher_confirms: true } },
      mechanism: 'PLAIN',
      response: Buffer.from('\0guest\0guest'),
      locale: 'en_US',
    });
    expect(decodeClientMethod(new Reader(bytes))).toEqual({
      name: 'connection.start-ok',
      classId: 10,
      methodId: 11,
      clientProperties: table({
        product: 'p',
        capabilities: { type: 'F', value: table({ publisher_confirms: true }) },
      }),
      mechanism: 'PLAIN',
      response: new TextEncoder().encode('\0guest\0guest'),
      locale: 'en_US',
    });
  });

  it('passes over bits that no field has', () => {
    const bytes = payload(60, 80, 0, 0, 0, 0, 0, 0, 0, 1, 0xfe);
    expect(decodeClientMethod(new Reader(bytes))).toMatchObject({
      deliveryTag: 1,
      multiple: false,
    });
  });

  it('takes any bytes for what is published to, as RabbitMQ does', () => {
    const bytes = payload(60, 40, 0, 0, 1, 0xfe, 2, 0xff, 0x80, 1);
    const method = decodeClientMethod(new Reader(bytes));
    const writer = new Writer();
    if (method.name === 'basic.publish') encodeClientMethod(writer, method);
    expect(writer.bytes()).toEqual(bytes);
  });

  it('reads from where the reader stands', () => {
    const bytes = Uint8Array.of(1, 2, ...payload(85, 10, 1), 0xce);
    const reader = new Reader(bytes, 2, bytes.length - 1);
    expect(decodeClientMethod(reader)).toMatchObject({ name: 'confirm.select', noWait: true });
  });
});

// Each of these texts is what RabbitMQ 3.10 answers to the same octets.
describe('methods that cannot be read', () => {
  it('are quoted where arguments are missing', () => {
    const error = refusal(...payload(50, 10, 0, 0, 5, 97, 98));
    expect(error.message).toBe('FRAME_ERROR - cannot decode <<0,0,5,97,98>>');
    expect([error.classId, error.methodId]).toEqual([50, 10]);
    expect(refusal(...payload(50, 10)).message).toBe('FRAME_ERROR - cannot decode <<>>');
  });

  it('are quoted where octets are left over', () => {
    const error = refusal(...payload(60, 10, 0, 0, 0, 0, 0, 1, 0, 122, 122));
    expect(error.message).toBe('FRAME_ERROR - cannot decode <<0,0,0,0,0,1,0,122,122>>');
    expect([error.classId, error.methodId]).toEqual([60, 10]);
  });

  it('are quoted where a table cannot be read', () => {
    const error = refusal(...payload(50, 10, 0, 0, 1, 113, 0, 0, 0, 0, 4, 1, 107, 90, 0));
    expect(error.message).toBe('FRAME_ERROR - cannot decode <<0,0,1,113,0,0,0,0,4,1,107,90,0>>');
  });

  it('name no method where text is not UTF-8', () => {
    const error = refusal(...payload(50, 10, 0, 0, 2, 0xff, 0xfe, 0, 0, 0, 0, 0));
    expect(error.message).toBe('FRAME_ERROR - Malformed UTF-8 in shortstr');
    expect([error.classId, error.methodId]).toEqual([0, 0]);
  });

  it('are no frames of their type where even the ids are cut off', () => {
    expect(refusal().text).toBe('type 1, all octets = <<>>: unknown_frame');
    expect(refusal(0, 50, 0).text).toBe('type 1, all octets = <<0,50,0>>: unknown_frame');
    expect(refusal(97, 98, 99).text).toBe('type 1, all octets = <<"abc">>: unknown_frame');
    expect(refusal(97, 9, 98).text).toBe('type 1, all octets = <<"a\\tb">>: unknown_frame');
    expect(refusal(0xe9, 98).text).toBe('type 1, all octets = <<"\xe9b">>: unknown_frame');
  });

  it('are commands that a server alone sends', () => {
    const error = refusal(...payload(50, 11, 1, 120, 0, 0, 0, 0, 0, 0, 0, 0));
    expect(error.message).toBe('COMMAND_INVALID - unimplemented method');
    expect([error.classId, error.methodId]).toEqual([50, 11]);
    expect(refusal(...payload(60, 31, 1, 120)).replyName).toBe('COMMAND_INVALID');
    expect(refusal(...payload(20, 21, 1)).replyName).toBe('COMMAND_INVALID');
  });

  // RabbitMQ drops the connection without a word here.
  it.each([
    [99, 10],
    [50, 99],
    [0, 0],
    [0xffff, 0xffff],
  ])('have ids that no method has: %i.%i', (classId, id) => {
    const error = refusal(...payload(classId, id, 1, 2));
    expect(error.message).toBe(`NOT_IMPLEMENTED - unknown method ${classId}.${id}`);
    expect([error.classId, error.methodId]).toEqual([classId, id]);
  });

  it('are quoted no further than a reply text reaches', () => {
    const error = refusal(...payload(60, 80, ...Array(10_000).fill(255)));
    expect(error.text.startsWith('cannot decode <<255,255,')).toBe(true);
    expect(error.text.length).toBeGreaterThan(255);
    expect(error.text.length).toBeLessThan(600);
  });
});

describe('methods from the server', () => {
  function encoded(method: Parameters<typeof encodeServerMethod>[1]): Uint8Array {
    const writer = new Writer();
    encodeServerMethod(writer, method);
    return writer.bytes();
  }

  /** What the client library reads: it wants the arguments without the ids. */
  function asClientReads(bytes: Uint8Array): object {
    const buffer = Buffer.from(bytes);
    return { ...client.decode(buffer.readUInt32BE(0), buffer.subarray(4)) };
  }

  it('read in amqplib as they were meant', () => {
    const deliver = {
      consumerTag: 'ctag',
      deliveryTag: 2 ** 40 + 3,
      redelivered: true,
      exchange: 'é',
      routingKey: 'k',
    };
    expect(asClientReads(encoded({ name: 'basic.deliver', ...deliver }))).toEqual(deliver);

    const tune = { channelMax: 2047, frameMax: 131072, heartbeat: 60 };
    expect(asClientReads(encoded({ name: 'connection.tune', ...tune }))).toEqual(tune);

    const declared = { queue: 'q', messageCount: 2 ** 32 - 1, consumerCount: 2 };
    expect(asClientReads(encoded({ name: 'queue.declare-ok', ...declared }))).toEqual(declared);

    const close = { replyCode: 404, replyText: 'NOT_FOUND - x' };
    const ids = { failingClassId: 60, failingMethodId: 40 };
    expect(asClientReads(encoded({ name: 'channel.close', ...close, ...ids }))).toEqual({
      ...close,
      classId: 60,
      methodId: 40,
    });

    const nack = { deliveryTag: 9, multiple: false, requeue: true };
    expect(asClientReads(encoded({ name: 'basic.nack', ...nack }))).toEqual(nack);
  });

  it('tell amqplib the server properties', () => {
    const bytes = encoded({
      name: 'connection.start',
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: table({
        product: 'p',
        capabilities: { type: 'F', value: table({ 'basic.nack': true }) },
      }),
      mechanisms: 'PLAIN AMQPLAIN',
      locales: 'en_US',
    });
    expect(asClientReads(bytes)).toEqual({
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: { product: 'p', capabilities: { 'basic.nack': true } },
      mechanisms: Buffer.from('PLAIN AMQPLAIN'),
      locales: Buffer.from('en_US'),
    });
  });

  it('fill reserved fields with nothing', () => {
    expect([...encoded({ name: 'connection.open-ok' })]).toEqual([0, 10, 0, 41, 0]);
    expect([...encoded({ name: 'channel.open-ok' })]).toEqual([0, 20, 0, 11, 0, 0, 0, 0]);
    expect([...encoded({ name: 'basic.get-empty' })]).toEqual([0, 60, 0, 72, 0]);
  });

  it('leave no half of themselves behind where a value does not fit', () => {
    const writer = new Writer();
    writer.octet(7);
    const long = { name: 'basic.consume-ok', consumerTag: 'x'.repeat(256) } as const;
    expect(() => encodeServerMethod(writer, long)).toThrow(CodecError);
    expect([...writer.bytes()]).toEqual([7]);
  });

  it('come back through the peer', () => {
    const method = { name: 'basic.cancel', consumerTag: 'c', noWait: true } as const;
    expect(decodeServerMethod(new Reader(encoded(method)))).toEqual({
      ...method,
      classId: 60,
      methodId: 30,
    });
  });
});

describe('method names', () => {
  it('go with their ids both ways', () => {
    for (const method of methods) {
      const name = methodName(method.classId, method.methodId);
      expect(name).toBe(method.name);
      if (name !== undefined) {
        expect(methodId(name)).toEqual({ classId: method.classId, methodId: method.methodId });
      }
    }
  });

  it('are unknown for other ids', () => {
    expect(methodName(60, 22)).toBeUndefined();
    expect(methodName(0, 0)).toBeUndefined();
  });
});
