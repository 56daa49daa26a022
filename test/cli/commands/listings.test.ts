import { type ChannelModel, connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
let connection: ChannelModel;
beforeAll(async () => {
  operator = await Operator.start();
  await operator.out('add_vhost', 'clitest');
  await operator.out('set_permissions', '-p', 'clitest', 'guest', '.*', '.*', '.*');
  connection = await connect(`${operator.broker.url}/clitest`);
  const channel = await connection.createChannel();
  await channel.assertQueue('cq1', {
    durable: true,
    arguments: {
      'x-max-length': 5,
      'x-dead-letter-exchange': 'dlx',
      'x-queue-type': 'classic',
    },
  });
  await channel.assertQueue('cq2', {
    durable: false,
    autoDelete: true,
    arguments: { 'x-queue-type': 'classic' },
  });
  await channel.bindQueue('cq1', 'amq.topic', 'a.#', { k: 1, s: 't' });
  await channel.prefetch(3);
  await channel.consume('cq1', () => {}, { consumerTag: 'reader' });
});
afterAll(async () => {
  await connection.close();
  await operator.close();
});

const queues = ['list_queues', '-p', 'clitest'];
const [timeout, heading] = ['Timeout: 60.0 seconds ...', 'Listing queues for vhost clitest ...'];

describe('the list of queues', () => {
  // Taken from what RabbitMQ's own command prints, the order of queues aside.
  it('is what rabbitmqctl prints', async () => {
    expect(await operator.run(...queues)).toEqual(
      done(timeout, heading, 'name\tmessages', 'cq1\t0', 'cq2\t0'),
    );
    const named = ['name', 'durable', 'arguments', 'policy', 'messages_unacknowledged'];
    expect(await operator.run(...queues, ...named)).toEqual(
      done(
        timeout,
        heading,
        'name\tdurable\targuments\tpolicy\tmessages_unacknowledged',
        'cq1\ttrue\t[{"x-dead-letter-exchange","dlx"},{"x-max-length",5},{"x-queue-type","classic"}]\t\t0',
        'cq2\tfalse\t[{"x-queue-type","classic"}]\t\t0',
      ),
    );
    expect(await operator.run(...queues, '--formatter', 'csv', 'name', 'arguments')).toEqual(
      done(
        '"name","arguments"',
        '"cq1","[{""x-dead-letter-exchange"",""dlx""},{""x-max-length"",5},{""x-queue-type"",""classic""}]"',
        '"cq2","[{""x-queue-type"",""classic""}]"',
      ),
    );
  });

  it('is as short as its flags ask for', async () => {
    expect(await operator.run(...queues, '-q')).toEqual(done('name\tmessages', 'cq1\t0', 'cq2\t0'));
    expect(await operator.run(...queues, '--silent')).toEqual(done('cq1\t0', 'cq2\t0'));
    expect(await operator.run(...queues, '--no-table-headers')).toEqual(
      done(timeout, heading, 'cq1\t0', 'cq2\t0'),
    );
    expect(await operator.run(...queues, '--offline')).toEqual(done(timeout, heading));
    expect(await operator.run('list_queues')).toEqual(
      done(timeout, 'Listing queues for vhost / ...'),
    );
  });

  it('is JSON with arguments as objects', async () => {
    const out = await operator.out(...queues, '--formatter', 'json', 'name', 'arguments', 'policy');
    expect(JSON.parse(out)).toEqual([
      {
        name: 'cq1',
        arguments: {
          'x-max-length': 5,
          'x-dead-letter-exchange': 'dlx',
          'x-queue-type': 'classic',
        },
        policy: '',
      },
      { name: 'cq2', arguments: { 'x-queue-type': 'classic' }, policy: '' },
    ]);
    expect(JSON.parse(await operator.out('list_queues', '--formatter', 'json'))).toEqual([]);
  });

  it('takes paths of the HTTP API as columns, and lists with commas', async () => {
    expect(await operator.out(...queues, '-q', 'name,messages_details.rate')).toBe(
      'name\tmessages_details.rate\ncq1\t0\ncq2\t0\n',
    );
  });

  it('knows which columns and vhosts there are', async () => {
    expect(await operator.run(...queues, 'name', 'nonsense')).toMatchObject({
      code: 64,
      out: `${timeout}\n`,
      complaint: expect.stringContaining('Info key(s) nonsense are not supported'),
    });
    expect(await operator.run('-q', 'list_queues', '-p', 'nope')).toEqual(
      failed(65, "Virtual host 'nope' does not exist"),
    );
  });

  it('has every column that it says it has', async () => {
    const shown = ['name', 'pid', 'owner_pid', 'exclusive', 'consumers', 'memory', 'state', 'type'];
    const [, row = ''] = (await operator.out(...queues, '-q', ...shown)).split('\n');
    expect(row.split('\t')).toEqual([
      'cq1',
      expect.stringContaining('@'),
      '',
      'false',
      '1',
      expect.stringMatching(/^\d+$/),
      'running',
      'classic',
    ]);
  });
});

describe('other lists', () => {
  it('are what rabbitmqctl prints: exchanges', async () => {
    expect(await operator.run('list_exchanges', '-p', 'clitest')).toEqual(
      done(
        'Listing exchanges for vhost clitest ...',
        'name\ttype',
        '\tdirect',
        'amq.direct\tdirect',
        'amq.fanout\tfanout',
        'amq.headers\theaders',
        'amq.match\theaders',
        'amq.rabbitmq.trace\ttopic',
        'amq.topic\ttopic',
      ),
    );
  });

  it('are what rabbitmqctl prints: bindings', async () => {
    const out = await operator.out('list_bindings', '-p', 'clitest');
    const [first, second, ...rows] = out.trimEnd().split('\n');
    expect(first).toBe('Listing bindings for vhost clitest...');
    expect(second).toBe(
      'source_name\tsource_kind\tdestination_name\tdestination_kind\trouting_key\targuments',
    );
    expect(rows.sort()).toEqual([
      '\texchange\tcq1\tqueue\tcq1\t[]',
      '\texchange\tcq2\tqueue\tcq2\t[]',
      'amq.topic\texchange\tcq1\tqueue\ta.#\t[{"k",1},{"s","t"}]',
    ]);
  });

  it('are what rabbitmqctl prints: connections, channels and consumers', async () => {
    expect(await operator.out('list_connections')).toMatch(
      /^Listing connections \.\.\.\nuser\tpeer_host\tpeer_port\tstate\nguest\t127\.0\.0\.1\t\d+\trunning\n$/,
    );
    expect(await operator.out('list_channels')).toMatch(
      /^Listing channels \.\.\.\npid\tuser\tconsumer_count\tmessages_unacknowledged\n127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ \(1\)\tguest\t1\t0\n$/,
    );
    expect(await operator.out('list_consumers', '-p', 'clitest')).toMatch(
      /^Listing consumers in vhost clitest \.\.\.\nqueue_name\tchannel_pid\tconsumer_tag\tack_required\tprefetch_count\tactive\targuments\ncq1\t127.+ \(1\)\treader\ttrue\t3\ttrue\t\[\]\n$/,
    );
  });

  it('tell of feature flags and of what is about to go', async () => {
    const flags = await operator.out('list_feature_flags');
    expect(flags).toContain('Listing feature flags ...\nname\tstate\n');
    expect(flags).toContain('quorum_queue\tenabled\n');
    expect(await operator.run('enable_feature_flag', 'all')).toEqual(
      done('Enabling all feature flags ...'),
    );
    expect(await operator.run('enable_feature_flag', 'quorum_queue')).toEqual(
      done('Enabling feature flag "quorum_queue" ...'),
    );
    expect(await operator.run('-q', 'enable_feature_flag', 'nope')).toMatchObject({ code: 65 });
    expect(await operator.out('list_deprecated_features')).toContain('name\tdeprecation_phase\n');
    expect(await operator.out('list_deprecated_features', '--used')).not.toContain('ram_node_type');
  });
});
