import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VirtualHost } from '../../src/broker/vhost.ts';
import { plainTable } from '../../src/codec/plain-value.ts';
import { emptyTable, longstr, table } from '../../src/codec/table.ts';
import { addressOf } from '../../src/model/record-builder.ts';
import { footprint } from '../kit/footprint.ts';
import { MemoryNode, turn } from '../kit/memory-node.ts';
import { method, namesOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';
import { messagesIn } from './fixtures.ts';

let node: MemoryNode;
let peer: ScriptedPeer;
let vhost: VirtualHost;

const declare = (queue: string) => method(1, 'queue.declare', { queue });
const consume = (queue: string, noAck = false) =>
  method(1, 'basic.consume', { queue, consumerTag: `of ${queue}`, noAck });

beforeEach(async () => {
  node = new MemoryNode();
  node.broker.setVhostMetadata('/', { tracing: true });
  vhost = node.broker.vhosts.get('/') ?? node.broker.addVhost('/');
  peer = await ScriptedPeer.open(node);
  await peer.asks(
    declare('t'),
    declare('q'),
    method(1, 'queue.bind', { queue: 't', exchange: 'amq.rabbitmq.trace', routingKey: '#' }),
    method(1, 'queue.bind', { queue: 'q', exchange: 'amq.direct', routingKey: 'k' }),
  );
});

afterEach(() => {
  peer.transport.lose();
  node.close();
});

/** What the exchange was told so far. */
async function told() {
  await turn(3);
  const addresses: unknown[] = [];
  const queue = vhost.queue('t');
  queue.visitReady((record) => {
    addresses.push(addressOf(record));
    return record;
  });
  return messagesIn(queue).map(({ body, properties: { headers = emptyTable } }, i) => ({
    address: addresses[i],
    body,
    headers: plainTable(headers),
  }));
}

const keys = async () =>
  (await told()).map(({ address }) => (address as { routingKey: string }).routingKey);

const place = () => ({
  vhost: '/',
  connection: [...node.broker.connections][0]?.name,
  channel: 1,
  user: 'guest',
  node: 'leveret@test',
});

describe('a trace', () => {
  it('tells of what is published, with its properties but not its blind copies', async () => {
    const headers = table({
      CC: { type: 'A', value: [longstr('x')] },
      BCC: { type: 'A', value: [longstr('y')] },
      a: 1,
    });
    const properties = {
      contentType: 'text/plain',
      deliveryMode: 2,
      priority: 3,
      timestamp: 5_000_000_000,
      expiration: '60000',
      headers,
    };
    await peer.asks(
      publish(1, { exchange: 'amq.direct', routingKey: 'k', properties, content: 'hello' }),
      publish(1, { routingKey: 'nowhere' }),
    );
    expect(await told()).toEqual([
      {
        address: { exchange: 'amq.rabbitmq.trace', routingKey: 'publish.amq.direct' },
        body: 'hello',
        headers: {
          ...place(),
          exchange_name: 'amq.direct',
          routing_keys: ['k', 'x', 'y'],
          routed_queues: ['q'],
          properties: {
            content_type: 'text/plain',
            delivery_mode: 2,
            priority: 3,
            timestamp: 5_000_000_000,
            expiration: '60000',
            headers: { CC: ['x'], a: plainTable(headers)['a'] },
          },
        },
      },
      {
        address: { exchange: 'amq.rabbitmq.trace', routingKey: 'publish.' },
        body: '',
        headers: {
          ...place(),
          exchange_name: '',
          routing_keys: ['nowhere'],
          routed_queues: [],
          properties: {},
        },
      },
    ]);
  });

  it('tells of what is delivered and fetched, again when it comes again', async () => {
    await peer.asks(
      publish(1, { routingKey: 'q', content: 'one' }),
      method(1, 'basic.get', { queue: 'q' }),
      method(1, 'basic.nack', { deliveryTag: 1, requeue: true }),
      consume('q', true),
    );
    const [published, fetched, delivered, ...others] = await told();
    expect(published?.headers['routed_queues']).toEqual(['q']);
    expect([fetched?.body, delivered?.body, others]).toEqual(['one', 'one', []]);
    const common = {
      ...place(),
      exchange_name: '',
      routing_keys: ['q'],
      properties: {},
    };
    expect(fetched?.address).toEqual({ exchange: 'amq.rabbitmq.trace', routingKey: 'deliver.q' });
    expect(fetched?.headers).toEqual({ ...common, redelivered: 0 });
    expect(delivered?.headers).toEqual({ ...common, redelivered: 1 });
  });

  it('tells nothing of what it tells itself', async () => {
    await peer.asks(publish(1, { routingKey: 'q' }));
    expect(await keys()).toEqual(['publish.']);
    await peer.asks(method(1, 'basic.get', { queue: 't', noAck: true }));
    expect(await keys()).toEqual([]);
    const again = await peer.asks(consume('t'), publish(1, { routingKey: 'q' }));
    expect([...namesOf(again), ...namesOf(await peer.asks())]).toEqual([
      'basic.consume-ok',
      'basic.deliver',
    ]);
    expect(await keys()).toEqual([]);
  });

  it('tells only what somebody has bound for', async () => {
    await peer.asks(
      method(1, 'queue.unbind', { queue: 't', exchange: 'amq.rabbitmq.trace', routingKey: '#' }),
      method(1, 'queue.bind', {
        queue: 't',
        exchange: 'amq.rabbitmq.trace',
        routingKey: 'deliver.#',
      }),
      publish(1, { routingKey: 'q' }),
      consume('q'),
    );
    expect(await keys()).toEqual(['deliver.q']);
  });

  it('goes through large bodies and transactions as well', async () => {
    const content = 'x'.repeat(300_000);
    await peer.asks(consume('q'), method(1, 'tx.select'), publish(1, { routingKey: 'q', content }));
    expect(await keys()).toEqual([]);
    await peer.asks(method(1, 'tx.commit'));
    expect((await told()).map(({ body }) => body === content)).toEqual([true, true]);
    expect(await keys()).toEqual(['publish.', 'deliver.q']);
  });

  it('ends and begins when the vhost is told so', async () => {
    const one = publish(1, { routingKey: 'q' });
    await peer.asks(consume('q', true), one);
    expect(await keys()).toEqual(['publish.', 'deliver.q']);
    node.broker.setVhostMetadata('/', { tracing: false });
    await peer.asks(one);
    expect(await keys()).toHaveLength(2);
    node.broker.setVhostMetadata('/', { description: 'still not' });
    await peer.asks(one);
    expect(await keys()).toHaveLength(2);
    node.broker.setVhostMetadata('/', { tracing: true });
    await peer.asks(one);
    expect(await keys()).toHaveLength(4);
  });

  it('leaves nothing in memory, not even what it had no time to tell', async () => {
    await peer.asks(publish(1, { routingKey: 'q', content: 'one' }), consume('q', true));
    await peer.asks(method(1, 'queue.delete', { queue: 't' }), publish(1, { routingKey: 'q' }));
    await turn(3);
    await peer.asks(
      declare('t'),
      method(1, 'queue.bind', { queue: 't', exchange: 'amq.rabbitmq.trace', routingKey: '#' }),
    );
    peer.sends(publish(1, { routingKey: 'q', content: 'two' }));
    node.broker.setVhostMetadata('/', { tracing: false });
    await turn(3);
    peer.transport.lose();
    node.close();
    expect(footprint().records).toBe(false);
  });
});
