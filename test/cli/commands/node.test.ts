import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, failed, leveret, Operator } from '../operator.ts';

let operator: Operator;
let where: string;
beforeAll(async () => {
  operator = await Operator.start();
  where = operator.where;
});
afterAll(() => operator.close());

// Of a service that nobody runs any more.
const CLOSED_PORT = '1';

describe('commands about the node', () => {
  it('tell its status in the sections of rabbitmqctl', async () => {
    const out = await operator.out('status');
    const titles = out.split('\n\n').map((block) => block.split('\n').at(-1));
    for (const title of [
      'Runtime',
      'Plugins',
      'Data directory',
      'Config files',
      'Log file(s)',
      'Alarms',
      'Memory',
      'File Descriptors',
      'Free Disk Space',
      'Totals',
      'Listeners',
    ]) {
      expect([...titles, ...out.split('\n')]).toContain(title);
    }
    expect(out).toContain(`OS PID: ${process.pid}\n`);
    expect(out).toContain('Virtual host count: 1\n');
    expect(out).toContain(
      `Interface: 127.0.0.1, port: ${operator.broker.port}, protocol: amqp, purpose: AMQP 0-9-1\n`,
    );
    expect(JSON.parse(await operator.out('status', '--formatter', 'json'))).toMatchObject({
      overview: { product_name: 'Leveret' },
      node: { os_pid: String(process.pid) },
    });
  });

  it('tell of the cluster, of versions, settings, listeners and memory', async () => {
    expect(await operator.out('cluster_status')).toMatch(
      /Running Nodes\n\nleveret@.*\n\nVersions\n\nleveret@.*: Leveret \d/,
    );
    const cluster = JSON.parse(await operator.out('cluster_status', '--formatter', 'json'));
    expect(cluster.running_nodes).toEqual(cluster.disk_nodes);
    expect(await operator.out('version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await operator.out('-q', 'server_version')).toMatch(/^4\.\S+ \(Leveret \S+\)\n$/);
    expect(await operator.out('environment')).toContain('guest');
    expect(await operator.out('listeners')).toContain('purpose: HTTP API\n');
    expect(JSON.parse(await operator.out('listeners', '--formatter', 'json'))).toContainEqual(
      expect.objectContaining({ port: operator.broker.port, protocol: 'amqp' }),
    );
    expect(await operator.out('memory_breakdown', '--unit', 'mb')).toMatch(
      /: [\d.]+ mb \([\d.]+%\)/,
    );
    expect(await operator.run('alarms')).toEqual(
      done(
        `Asking node ${where} to report any known resource alarms ...`,
        `Node ${where} reported no alarms, local or clusterwide`,
      ),
    );
  });
});

describe('health checks', () => {
  it('end well where all is well, in the words of rabbitmq-diagnostics', async () => {
    expect(await operator.run('-q', 'ping')).toEqual(done('Ping succeeded'));
    expect(await operator.run('check_running')).toEqual(
      done(
        `Checking if Leveret is running on node ${where} ...`,
        `Leveret on node ${where} is fully booted and running`,
      ),
    );
    expect(await operator.run('-q', 'check_local_alarms')).toEqual(
      done(`Node ${where} reported no local alarms`),
    );
    expect(await operator.run('-q', 'check_alarms')).toEqual(
      done(`Node ${where} reported no alarms`),
    );
    expect(await operator.run('-q', 'check_virtual_hosts')).toEqual(
      done(`Node ${where} reported all vhosts as running`),
    );
    expect(
      await operator.run('-q', 'check_certificate_expiration', '--within', '2', '--unit', 'weeks'),
    ).toEqual(done('No certificates are expiring within 2 weeks.'));
    expect(await operator.run('-q', 'check_if_node_is_quorum_critical')).toEqual(
      done(`Node ${where} reported no quorum queues with minimum quorum`),
    );
    const { port } = operator.broker;
    expect(await operator.run('-q', 'check_port_listener', String(port))).toEqual(
      done(`A listener for port ${port} is running on node ${where}.`),
    );
    expect(await operator.run('-q', 'check_protocol_listener', 'amqp')).toEqual(
      done(`A listener for protocol amqp is running on node ${where}.`),
    );
    expect(await operator.run('-q', 'check_port_connectivity')).toEqual(
      done(
        `Successfully connected to ports ${port}, ${operator.broker.managementPort} on node ${where}.`,
      ),
    );
  });

  it('fail with what is wrong', async () => {
    const port = CLOSED_PORT;
    expect(await operator.run('-q', 'check_port_listener', port)).toMatchObject({
      code: 69,
      complaint: expect.stringContaining(
        `No listener for port ${port} is active on node ${where}.`,
      ),
    });
    expect(await operator.run('-q', 'check_protocol_listener', 'mqtt')).toMatchObject({
      code: 69,
      complaint: expect.stringMatching(/Found listeners for the following protocols: .*amqp/),
    });
    // There is nobody at the broker's ports on this address.
    expect(
      await operator.run('-q', 'check_port_connectivity', '--address', '127.77.0.1'),
    ).toMatchObject({
      code: 69,
      complaint: expect.stringContaining('Connection to ports of the following listeners failed:'),
    });
  });

  it('report an alarm', async () => {
    const full = await Operator.start({
      memoryCalculation: 'rss',
      memoryHighWatermark: { by: 'bytes', bytes: 1 },
    });
    try {
      await expect.poll(async () => (await full.run('-q', 'check_local_alarms')).code).toBe(69);
      expect(await full.run('-q', 'check_alarms')).toEqual(
        failed(69, `Node ${full.where} reported alarms: memory`),
      );
      expect(await full.out('-q', 'alarms')).toMatch(/^Memory alarm on node leveret@/);
    } finally {
      await full.close();
    }
  });

  it('set how much memory may be in use', async () => {
    const node = await Operator.start({ totalMemory: 1_000_000_000 });
    const set = (...words: string[]) => node.run('-q', 'set_vm_memory_high_watermark', ...words);
    const limit = async () =>
      JSON.parse(await node.out('status', '--formatter', 'json')).node.mem_limit;
    try {
      expect(await node.out('set_vm_memory_high_watermark', '0.5')).toBe(
        `Setting memory threshold on ${node.where} to 0.5 ...\n`,
      );
      expect(await limit()).toBe(500_000_000);
      expect(await set('absolute', '1MiB')).toMatchObject({ code: 0 });
      expect(await limit()).toBe(1_048_576);
      expect(await set('1.2')).toEqual(
        failed(65, "The threshold should be a fraction between 0.0 and 1.0, not '1.2'"),
      );
      expect(await set('-1')).not.toMatchObject({ code: 0 });
      expect(await set('absolute', 'much')).toMatchObject({ code: 65 });
      expect(await set('absolute')).toMatchObject({ code: 64 });
      expect(await set('0.4', '1GB')).toMatchObject({ code: 64 });
      expect(await limit()).toBe(1_048_576);
    } finally {
      await node.close();
    }
  });

  it('need no credentials where none are asked for', async () => {
    const nobody = ['-u', 'nobody', '--password', 'x'];
    expect(await operator.run('-q', 'ping', ...nobody)).toEqual(done('Ping succeeded'));
    expect(await operator.run('-q', 'check_running', ...nobody)).toMatchObject({ code: 0 });
    expect(await operator.run('-q', 'check_alarms', ...nobody)).toEqual(
      failed(77, `The node at ${where} does not let user "nobody" in with this password`),
    );
  });

  it('wait for a node that starts, but not for ever', async () => {
    expect(await operator.run('await_startup', '--timeout', '20')).toEqual(
      done(
        `Waiting for node ${where} to start ...`,
        `Leveret on node ${where} is fully booted and running`,
      ),
    );
    expect(await operator.run('-q', 'wait', '--pid', '1')).toMatchObject({ code: 0 });
    const url = `http://127.0.0.1:${CLOSED_PORT}`;
    expect(await leveret(['-q', 'wait_startup', '--timeout', '0.3', '--url', url])).toEqual(
      failed(75, `The node is not up: Cannot reach the node at ${url}: nothing listens there`),
    );
  });
});
