import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { basicProperties, methods, replies, replyCode, replyScope } from '../../src/codec/spec.ts';

// A client's own tables, generated from RabbitMQ's description of the protocol.
const client = createRequire(import.meta.url)('../../node_modules/amqplib/lib/defs.js');

interface ClientMethod {
  readonly name: string;
  readonly args: readonly { readonly type: string; readonly name: string }[];
}

function infoOf(classId: number, methodId: number): ClientMethod {
  return client.info(classId * 0x1_0000 + methodId);
}

describe('the table of methods', () => {
  it('knows every method that the client knows, with the same fields in the same order', () => {
    const ids: number[] = Object.values(client).filter((v): v is number => typeof v === 'number');
    const clientMethods = ids.filter((id) => id > 0xffff);
    const missing = clientMethods.filter(
      (id) => !methods.some((m) => m.classId === id >>> 16 && m.methodId === (id & 0xffff)),
    );
    expect(clientMethods.length).toBeGreaterThan(60);
    expect(missing).toEqual([]);
  });

  it.each(methods.map((m) => [m.name, m] as const))(
    'has the fields of %s right',
    (name, method) => {
      const info = infoOf(method.classId, method.methodId);
      const plain = (text: string) => text.replace(/[.-]/g, '').toLowerCase();
      expect(plain(info.name)).toBe(plain(name));
      expect(method.fields.map((f) => f.kind)).toEqual(info.args.map((a) => a.type));
      // Fields that only the brokers before 0-9-1 used go by their old names there.
      const old: Record<string, string> = { nowait: 'noWait' };
      const failing: Record<string, string> = {
        classId: 'failingClassId',
        methodId: 'failingMethodId',
      };
      for (const [i, field] of method.fields.entries()) {
        if (field.name.startsWith('reserved')) continue;
        const theirs = info.args[i]?.name ?? '';
        expect(field.name).toBe(old[theirs] ?? failing[theirs] ?? theirs);
      }
    },
  );

  it('has no ids and no name twice', () => {
    expect(new Set(methods.map((m) => m.classId * 0x1_0000 + m.methodId)).size).toBe(
      methods.length,
    );
    expect(new Set(methods.map((m) => m.name)).size).toBe(methods.length);
  });

  it('lets content follow what is published, returned, delivered and got', () => {
    expect(methods.filter((m) => m.hasContent).map((m) => m.name)).toEqual([
      'basic.publish',
      'basic.return',
      'basic.deliver',
      'basic.get-ok',
    ]);
  });

  it('has an answer for whatever waits for one', () => {
    const names = new Set(methods.map((m) => m.name));
    const unanswered = methods.filter((m) => m.synchronous && !names.has(`${m.name}-ok`));
    expect(unanswered).toEqual([]);
  });

  it('has the fourteen basic properties in the order of the client', () => {
    const theirs: ClientMethod['args'] = client.info(client.BasicProperties).args;
    expect(basicProperties.map((f) => [f.name, f.kind])).toEqual(
      theirs.map((a) => [a.name, a.type]),
    );
  });
});

describe('reply codes', () => {
  it('are those of the client, under the same names', () => {
    for (const [name, { code }] of Object.entries(replies)) {
      expect(client.constants[name]).toBe(code);
    }
  });

  it('close only the channel for soft errors', () => {
    const soft = Object.entries(replies).filter(([, reply]) => reply.scope === 'channel');
    expect(soft.map(([, reply]) => reply.code)).toEqual([311, 312, 313, 403, 404, 405, 406]);
    expect(replyScope('NOT_FOUND')).toBe('channel');
    expect(replyScope('FRAME_ERROR')).toBe('connection');
    expect(replyCode('PRECONDITION_FAILED')).toBe(406);
  });
});
