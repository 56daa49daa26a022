import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeEach(async () => {
  operator = await Operator.start();
  await operator.out('declare', 'queue', 'name=orders', 'arguments={"x-max-length":500}');
});
afterEach(() => operator.close());

describe('declarations', () => {
  it('are durable unless told otherwise, and take flags as well as pairs', async () => {
    expect(await operator.run('declare_queue', '--name', 'other', '--durable=false')).toEqual(
      done('queue declared'),
    );
    await operator.out('declare', 'queue', 'name=third', 'durable=false', 'auto_delete=true');
    const shown = ['-s', 'list_queues', 'name', 'durable', 'auto_delete'];
    expect(await operator.out(...shown)).toBe(
      'orders\ttrue\tfalse\nother\tfalse\tfalse\nthird\tfalse\ttrue\n',
    );
    expect(operator.broker.queue('orders').arguments).toMatchObject({ 'x-max-length': 500 });
  });

  it('join exchanges and queues, and take that back', async () => {
    expect(await operator.run('declare', 'exchange', 'name=in', 'type=topic')).toEqual(
      done('exchange declared'),
    );
    const ends = ['source=in', 'destination=orders'];
    expect(await operator.run('declare', 'binding', ...ends, 'routing_key=o.#')).toEqual(
      done('binding declared'),
    );
    expect(await operator.out('publish', 'exchange=in', 'routing_key=o.1', 'payload=x')).toBe(
      'Message published\n',
    );
    const [, key = ''] =
      /^in\t(.*)$/m.exec(
        await operator.out('-s', 'list_bindings', 'source_name', 'properties_key'),
      ) ?? [];
    expect(await operator.run('delete', 'binding', ...ends, `properties_key=${key}`)).toEqual(
      done('binding deleted'),
    );
    expect(await operator.run('delete', 'exchange', 'name=in', 'if-unused=true')).toEqual(
      done('exchange deleted'),
    );
    expect(await operator.run('delete_exchange', 'in')).toEqual(failed(65, 'Exchange not found'));
  });

  it('need what they cannot do without, and know no other words', async () => {
    expect(await operator.run('declare', 'queue')).toMatchObject({
      code: 64,
      complaint: expect.stringContaining('--name is missing'),
    });
    expect(await operator.run('declare', 'queue', 'nam=x')).toMatchObject({
      code: 64,
      complaint: expect.stringContaining("unknown key 'nam'; did you mean 'name'?"),
    });
    expect(await operator.run('declare', 'queue', 'name=x', 'durable=maybe')).toMatchObject({
      code: 64,
      complaint: expect.stringContaining("--durable is true or false, not 'maybe'"),
    });
    expect(await operator.run('declare', 'queue', 'name=x', 'arguments=[]')).toEqual(
      failed(65, '--arguments is no JSON object'),
    );
    expect(await operator.run('declare', 'queue', 'name=orders', 'durable=false')).toMatchObject({
      code: 65,
      complaint: expect.stringContaining("inequivalent arg 'durable' for queue 'orders'"),
    });
  });
});

describe('publishing', () => {
  it('takes a body as it is from standard input', async () => {
    const input = 'two lines\nand "quotes"\n';
    expect(await operator.with({ input }, 'publish', 'routing_key=orders')).toEqual(
      done('Message published'),
    );
    expect(operator.broker.queue('orders').messages()[0]?.text()).toBe(input);
  });

  it('takes properties and headers', async () => {
    const properties = '{"content_type":"text/plain","headers":{"big":9007199254740993}}';
    await operator.out('publish', 'routing_key=orders', 'payload=x', `properties=${properties}`);
    const [message] = operator.broker.queue('orders').messages();
    expect(message?.properties.contentType).toBe('text/plain');
    expect(message?.headers['big']).toBe(9007199254740993n);
  });

  it('does it many times', async () => {
    expect(await operator.run('publish', 'routing_key=orders', 'payload=x', 'count=200')).toEqual(
      done('200 messages published'),
    );
    expect(operator.broker.queue('orders').messageCount).toBe(200);
  });

  it('fails when nobody wants the message, or when there is no such exchange', async () => {
    expect(await operator.run('publish', 'routing_key=nope', 'payload=x')).toEqual(
      failed(65, 'Message published but NOT routed'),
    );
    expect(await operator.run('publish', 'exchange=x', 'routing_key=y', 'payload=x')).toEqual(
      failed(65, "There is no exchange 'x'"),
    );
  });
});

describe('getting messages', () => {
  it('shows them and puts them back, unless told otherwise', async () => {
    await operator.out('publish', 'routing_key=orders', 'payload=a\tb', 'count=2');
    const head =
      'routing_key\texchange\tmessage_count\tpayload\tpayload_bytes\tpayload_encoding\tproperties\tredelivered';
    expect(await operator.run('get', 'queue=orders')).toEqual(
      done(head, 'orders\t\t1\ta\\tb\t3\tstring\t[]\tfalse'),
    );
    expect(operator.broker.queue('orders').messageCount).toBe(2);
    const taken = await operator.out(
      'get',
      '--queue',
      'orders',
      '--count=5',
      '--ackmode=ack_requeue_false',
      '--encoding=base64',
      '--formatter=json',
    );
    expect(JSON.parse(taken)).toMatchObject([
      { payload: 'YQli', payload_encoding: 'base64', properties: {} },
      { payload: 'YQli', message_count: 0 },
    ]);
    expect(operator.broker.queue('orders').messageCount).toBe(0);
  });

  it('needs a queue that is there', async () => {
    expect(await operator.run('get', 'queue=nope')).toEqual(failed(65, 'Queue not found'));
  });
});

describe('queues', () => {
  it('are purged and deleted with the words of rabbitmqctl', async () => {
    await operator.out('publish', 'routing_key=orders', 'payload=x', 'count=3');
    expect(await operator.run('purge_queue', 'orders', '--dry-run')).toEqual(
      done("Purging queue 'orders' in vhost '/' ...", 'Would remove 3 messages'),
    );
    expect(await operator.run('delete_queue', 'orders', '--if-empty')).toMatchObject({ code: 65 });
    expect(await operator.run('delete_queue', 'orders', '--dry-run')).toEqual(
      done(
        "Deleting queue 'orders' on vhost '/' ...",
        'Would delete the queue with 3 ready messages',
      ),
    );
    expect(await operator.run('purge_queue', 'orders')).toEqual(
      done("Purging queue 'orders' in vhost '/' ..."),
    );
    expect(await operator.run('delete_queue', 'orders')).toEqual(
      done(
        "Deleting queue 'orders' on vhost '/' ...",
        'Queue was successfully deleted with 0 ready messages',
      ),
    );
    expect(await operator.run('delete_queue', 'orders')).toMatchObject({
      code: 64,
      complaint: expect.stringContaining('Queue not found'),
    });
    expect(await operator.run('-q', 'purge_queue', 'orders')).toEqual(
      failed(65, 'Queue not found'),
    );
  });

  it('may be named by anything', async () => {
    for (const name of ['.', '..', 'a/b', 'ä ö', '%2F', 'x=y', "it's"]) {
      await operator.out('declare_queue', `--name=${name}`);
      expect(operator.broker.queues()).toContain(name);
      await operator.out('delete_queue', name);
      expect(operator.broker.queues()).not.toContain(name);
    }
  });
});
