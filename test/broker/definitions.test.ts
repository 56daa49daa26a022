import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { bind, unbind } from '../../src/broker/bind.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { declareExchange, deleteExchange } from '../../src/broker/declare-exchange.ts';
import { declareQueue } from '../../src/broker/declare-queue.ts';
import { factKinds } from '../../src/broker/definition-facts.ts';
import { Definitions } from '../../src/broker/definitions.ts';
import type { Session } from '../../src/broker/session.ts';
import {
  type Field,
  longstr,
  type Table,
  table,
  tableSize,
  writeTable,
} from '../../src/codec/table.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import type { Fact } from '../../src/store/append-log.ts';
import { SlowLog } from '../kit/slow-log.ts';
import { brokerOf } from './fixtures.ts';

const brokers: Broker[] = [];
// Only queues without a name take it.
const chance = new SeededRandom(1);

afterEach(() => {
  for (const broker of brokers) broker.close();
  brokers.length = 0;
});

function opened(log: SlowLog, facts: readonly Fact[] = []): Broker {
  const recovered = { facts, lanes: [], afterCrash: false };
  const broker = brokerOf({ log, recovered });
  brokers.push(broker);
  return broker;
}

/** What facts come to: the broker that is made of them, told in facts again, in no order. */
function madeOf(facts: readonly Fact[]): readonly string[] {
  const log = new SlowLog();
  const complaints: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, text: string) => complaints.push(text) };
  const broker = brokerOf({ log, logger, recovered: { facts, lanes: [], afterCrash: true } });
  const made = described(broker);
  broker.close();
  expect([log.facts, complaints]).toEqual([[], []]);
  return made;
}

function described(broker: Broker): readonly string[] {
  return broker
    .facts()
    .filter(({ kind }) => kind !== factKinds.queueNumbers.octet)
    .map(({ kind, payload }) => `${kind} ${Buffer.from(payload).toString('latin1')}`)
    .sort();
}

// They differ in nothing but a type.
const argumentTables: readonly Table[] = [
  table({ n: { type: 's', value: 1 } }),
  table({ n: { type: 'l', value: 1n } }),
];

type Step = (at: Desks) => void;

/** Whoever declares things in the vhosts that there are. */
class Desks {
  readonly broker: Broker;
  readonly owner = {};

  constructor(broker: Broker) {
    this.broker = broker;
  }

  session(vhost: string): Session | undefined {
    const found = this.broker.vhosts.get(vhost);
    if (found === undefined) return undefined;
    this.broker.permissions.set('root', vhost, { configure: '.*', write: '.*', read: '.*' });
    const user = { name: 'root', tags: [] };
    return { vhost: found, user, owner: this.owner, consumersLag: () => {} };
  }
}

function payloadOf(fields: Table): Uint8Array {
  const bytes = new Uint8Array(tableSize(fields));
  writeTable(new DataView(bytes.buffer), bytes, 0, fields);
  return bytes;
}

const vhostName = fc.constantFrom('/', '/', '/', 'one');
const exchangeName = fc.constantFrom('x', 'y');
const queueName = fc.constantFrom('p', 'q');
const sourceName = fc.constantFrom('x', 'amq.direct', 'amq.direct');
const userName = fc.constantFrom('ada', 'bob');
const key = fc.constantFrom('', 'k');
const often = fc.constantFrom(true, true, true, false);
const seldom = fc.constantFrom(false, false, false, true);

function inVhost(run: (session: Session) => void): (vhost: string) => Step {
  return (vhost) => (at) => {
    const session = at.session(vhost);
    if (session === undefined) return;
    try {
      run(session);
    } catch {
      // Refused: it is there with other properties, or not there at all.
    }
  };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(vhostName, exchangeName, often, seldom, fc.constantFrom('direct', 'fanout'))
    .map(([vhost, exchange, durable, autoDelete, type]) =>
      inVhost((session) =>
        declareExchange(session, {
          exchange,
          type,
          passive: false,
          durable,
          autoDelete,
          internal: false,
          arguments: table({ 'x-note': exchange }),
        }),
      )(vhost),
    ),
  fc
    .tuple(vhostName, exchangeName)
    .map(([vhost, name]) => inVhost((session) => deleteExchange(session, name, false))(vhost)),
  fc
    .tuple(vhostName, queueName, often, seldom, seldom)
    .map(([vhost, queue, durable, autoDelete, exclusive]) =>
      inVhost((session) =>
        declareQueue(
          session,
          {
            queue,
            passive: false,
            durable,
            autoDelete,
            exclusive: exclusive && !durable,
            arguments: table({ 'x-max-length': { type: 's', value: 7 } }),
          },
          chance,
        ),
      )(vhost),
    ),
  fc
    .tuple(vhostName, queueName)
    .map(([vhost, name]) =>
      inVhost((session) => session.vhost.removeQueue(session.vhost.queue(name)))(vhost),
    ),
  fc
    .tuple(
      vhostName,
      fc.boolean(),
      sourceName,
      fc.oneof(
        queueName.map((name) => ['queue', name] as const),
        exchangeName.map((name) => ['exchange', name] as const),
      ),
      fc.constant('k'),
      fc.constantFrom(...argumentTables),
    )
    .map(([vhost, adds, source, [kind, destination], routingKey, given]) =>
      inVhost((session) =>
        (adds ? bind : unbind)(session, kind, {
          source,
          destination,
          routingKey,
          arguments: given,
        }),
      )(vhost),
    ),
  fc.constantFrom<Step>(
    ({ broker }) => {
      if (!broker.vhosts.has('one')) broker.addVhost('one');
    },
    ({ broker }) => {
      broker.removeVhost('one');
    },
  ),
  fc.tuple(userName, fc.boolean()).map(
    ([name, adds]): Step =>
      ({ broker }) => {
        if (adds) broker.users.add({ name, password: name, tags: ['monitoring', name] });
        else broker.removeUser(name);
      },
  ),
  fc.tuple(userName, vhostName, fc.boolean(), key).map(
    ([user, vhost, adds, read]): Step =>
      ({ broker }) => {
        if (adds) broker.permissions.set(user, vhost, { configure: '', write: '.*', read });
        else broker.permissions.remove(user, vhost);
      },
  ),
  fc.tuple(userName, vhostName, seldom, often, key, fc.constantFrom('x', 'y', undefined)).map(
    ([user, vhost, removes, known, read, exchange]): Step =>
      ({ broker }) => {
        if (removes || exchange === undefined)
          broker.topicPermissions.remove(user, vhost, exchange);
        else if (broker.vhosts.has(vhost) && known) {
          broker.topicPermissions.set(user, vhost, exchange, { write: '.*', read });
        }
      },
  ),
  fc.tuple(userName, fc.nat({ max: 2 }), fc.boolean()).map(
    ([name, most, ofChannels]): Step =>
      ({ broker }) => {
        const limits = ofChannels ? { maxChannels: most } : { maxConnections: most };
        if (broker.users.get(name) !== undefined) broker.users.setLimits(name, limits);
      },
  ),
  fc.tuple(vhostName, fc.boolean(), fc.constantFrom(undefined, 'classic', 'quorum')).map(
    ([vhost, tracing, defaultQueueType]): Step =>
      ({ broker }) => {
        if (!broker.vhosts.has(vhost)) return;
        broker.setVhostMetadata(vhost, { tracing, defaultQueueType, tags: ['a', vhost] });
      },
  ),
  fc.tuple(vhostName, fc.boolean(), fc.nat({ max: 2 })).map(
    ([vhost, adds, most]): Step =>
      ({ broker }) => {
        if (!broker.vhosts.has(vhost)) return;
        if (adds) broker.vhostLimits.set(vhost, 'max-queues', most + 1);
        else broker.vhostLimits.clear(vhost);
      },
  ),
  fc.tuple(key, fc.boolean(), fc.jsonValue()).map(
    ([name, adds, value]): Step =>
      ({ broker }) => {
        if (adds) broker.globalParameters.set(name, JSON.parse(JSON.stringify(value)));
        else broker.globalParameters.remove(name);
      },
  ),
);

describe('definitions', () => {
  it('come back the same from any snapshot and the facts since any moment before it', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.nat(),
        (steps, snapshotChoice, fromChoice) => {
          const log = new SlowLog({ isEager: true });
          const broker = brokerOf({ log });
          const desks = new Desks(broker);
          const snapshotAt = snapshotChoice % (steps.length + 1);
          let snapshot = broker.facts();
          let factsThen = log.facts.length;
          steps.forEach((run, i) => {
            run(desks);
            if (i + 1 !== snapshotAt) return;
            snapshot = broker.facts();
            factsThen = log.facts.length;
          });
          const from = fromChoice % (factsThen + 1);
          const now = described(broker);
          broker.close();
          expect(madeOf([...snapshot, ...log.facts.slice(from)])).toEqual(now);
          expect(madeOf(log.facts)).toEqual(now);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('let the last fact about a name win, whatever the number of its queue', () => {
    const queue = { vhost: '/', name: 'q', autoDelete: false, arguments: table({}) };
    const binding = {
      vhost: '/',
      source: 'amq.direct',
      destination: 'q',
      destinationKind: 'queue',
      routingKey: 'k',
      arguments: table({}),
    } as const;
    const snapshot = [
      factKinds.vhostAdded.factOf({ name: '/' }),
      factKinds.queueDeclared.factOf({ ...queue, number: 9 }),
      factKinds.bindingAdded.factOf(binding),
    ];
    const since = [
      factKinds.queueDeclared.factOf({ ...queue, number: 5 }),
      factKinds.bindingAdded.factOf({ ...binding, routingKey: 'old' }),
      factKinds.queueDeleted.factOf({ vhost: '/', name: 'q' }),
      factKinds.queueDeclared.factOf({ ...queue, number: 9 }),
      factKinds.bindingAdded.factOf(binding),
    ];
    const contents = Definitions.replay([...snapshot, ...since]).contentsOf('/');
    expect(contents.queues.get('q')?.number).toBe(9);
    expect([...contents.bindings.all()].map(({ routingKey }) => routingKey)).toEqual(['k']);
  });

  it('keep the type of every argument', () => {
    const all: Record<string, Field> = {
      t: { type: 't', value: true },
      b: { type: 'b', value: -1 },
      B: { type: 'B', value: 255 },
      s: { type: 's', value: -2 },
      u: { type: 'u', value: 65_535 },
      I: { type: 'I', value: -3 },
      i: { type: 'i', value: 4_294_967_295 },
      l: { type: 'l', value: -4n },
      L: { type: 'L', value: 5n },
      f: { type: 'f', value: 0.5 },
      d: { type: 'd', value: 0.1 },
      D: { type: 'D', value: { scale: 2, unscaled: 314 } },
      S: longstr('text'),
      x: { type: 'x', value: Uint8Array.of(0, 255) },
      A: { type: 'A', value: [longstr('a'), { type: 's', value: 1 }] },
      F: { type: 'F', value: table({ deep: { type: 'u', value: 1 } }) },
      T: { type: 'T', value: 1_700_000_000n },
      V: { type: 'V', value: null },
      'not utf-8 \udcff': longstr('\udcfe'),
    };
    const queue = { vhost: '/', name: 'q', number: 1, autoDelete: true, arguments: table(all) };
    const { kind, payload } = factKinds.queueDeclared.factOf(queue);
    const read = Definitions.replay([{ kind, payload }]).contentsOf('/').queues.get('q');
    expect(read).toEqual(queue);
  });

  it('are read from payloads of any length and place in memory', () => {
    const long = table({ text: 'x'.repeat(20_000) });
    const queue = { vhost: '/', name: 'q', number: 1, autoDelete: false, arguments: long };
    const { kind, payload } = factKinds.queueDeclared.factOf(queue);
    const around = new Uint8Array(payload.length + 20).fill(255);
    around.set(payload, 7);
    const within = around.subarray(7, 7 + payload.length);
    const read = Definitions.replay([{ kind, payload: within }])
      .contentsOf('/')
      .queues.get('q');
    expect(read).toEqual(queue);
  });

  it('leave fields alone that this version does not know', () => {
    const later = table({ name: 'v', description: 'of a later version' });
    const { octet: kind } = factKinds.vhostAdded;
    const log = new SlowLog();
    const payload = payloadOf(later);
    expect(opened(log, [{ kind, payload }]).vhosts.has('v')).toBe(true);
  });

  it('keep facts of kinds that this version does not know, for one that does', () => {
    const facts = [200, 200, 201].map((kind, i) => ({ kind, payload: Uint8Array.of(i) }));
    expect(Definitions.replay(facts).unknown).toEqual(facts);
    const broker = opened(new SlowLog(), facts);
    expect(broker.facts().filter(({ kind }) => kind >= 200)).toEqual(facts);
  });

  it('refuse a fact that lacks what its kind needs', () => {
    const facts = [
      { kind: factKinds.queueDeclared.octet, payload: payloadOf(table({ name: 'q' })) },
    ];
    expect(() => Definitions.replay(facts)).toThrow("kind 10) has no usable 'vhost'");
  });

  it('have an octet of their own for each kind', () => {
    const octets = Object.values(factKinds).map(({ octet }) => octet);
    expect(new Set(octets).size).toBe(octets.length);
  });
});
