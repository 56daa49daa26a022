import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeEach(async () => {
  operator = await Operator.start();
  await operator.out('add_vhost', 'clitest');
  await operator.out('add_user', 'climan', 'secret');
});
afterEach(() => operator.close());

describe('commands for limits', () => {
  it('print what rabbitmqctl prints', async () => {
    expect(await operator.run('set_vhost_limits', '-p', 'clitest', '{"max-queues":70}')).toEqual(
      done('Setting vhost limits to "{"max-queues":70}" for vhost "clitest" ...'),
    );
    expect(await operator.run('list_vhost_limits', '-p', 'clitest')).toEqual(
      done('Listing limits for vhost "clitest" ...', '{"max-queues":70}'),
    );
    expect(await operator.run('list_vhost_limits', '--global')).toEqual(
      done('Listing limits for all vhosts ...', 'vhost\tlimits', 'clitest\t{"max-queues":70}'),
    );
    expect(await operator.run('clear_vhost_limits', '-p', 'clitest')).toEqual(
      done('Clearing vhost "clitest" limits ...'),
    );
    expect(await operator.run('-q', 'list_vhost_limits', '-p', 'clitest')).toEqual(done('{}'));
  });

  it('replace the limits of a vhost, and add to those of a user', async () => {
    await operator.out('set_vhost_limits', '-p', 'clitest', '{"max-queues":70}');
    await operator.out('set_vhost_limits', '-p', 'clitest', '{"max-connections":2}');
    expect(await operator.out('-q', 'list_vhost_limits', '-p', 'clitest')).toBe(
      '{"max-connections":2}\n',
    );
    await operator.out('set_user_limits', 'climan', '{"max-channels":5}');
    await operator.out('set_user_limits', 'climan', '{"max-connections":2}');
    const limits = await operator.out('-q', 'list_user_limits', '--user', 'climan');
    expect(JSON.parse(limits)).toEqual({ 'max-channels': 5, 'max-connections': 2 });
  });

  it('take limits of users away one by one, or all', async () => {
    await operator.out('set_user_limits', 'climan', '{"max-channels":5,"max-connections":2}');
    expect(await operator.run('clear_user_limits', 'climan', 'max-connections')).toEqual(
      done('Clearing "max-connections" limit for user "climan" ...'),
    );
    expect(await operator.run('list_user_limits')).toEqual(
      done('Listing limits for all users ...', 'user\tlimits', 'climan\t{"max-channels":5}'),
    );
    await operator.out('clear_user_limits', 'climan', 'all');
    expect(await operator.run('-q', 'list_user_limits', '--user', 'climan')).toEqual(done('{}'));
  });

  it('know which limits there are', async () => {
    expect(await operator.run('-q', 'set_user_limits', 'climan', '{"max-queues":5}')).toEqual(
      failed(65, "There is no limit 'max-queues'; there are max-connections, max-channels"),
    );
    expect(await operator.run('-q', 'set_vhost_limits', '-p', 'clitest', '5')).toEqual(
      failed(65, 'The definition is no JSON object: 5'),
    );
    expect(await operator.run('-q', 'list_user_limits', '--user', 'nobody')).toEqual(
      failed(67, 'User "nobody" does not exist'),
    );
  });
});

describe('commands for parameters', () => {
  it('print what rabbitmqctl prints', async () => {
    await operator.out('set_vhost_limits', '-p', 'clitest', '{"max-queues":70}');
    expect(await operator.run('list_parameters', '-p', 'clitest')).toEqual(
      done(
        'Listing runtime parameters for vhost "clitest" ...',
        'component\tname\tvalue',
        'vhost-limits\tlimits\t{"max-queues":70}',
      ),
    );
    const set = ['set_parameter', '-p', 'clitest', 'vhost-limits', 'limits'];
    expect(await operator.run(...set, '{"max-queues":7}')).toEqual(
      done(
        'Setting runtime parameter "limits" for component "vhost-limits" to "{"max-queues":7}" in vhost "clitest" ...',
      ),
    );
    const clear = ['clear_parameter', '-p', 'clitest', 'vhost-limits', 'limits'];
    const cleared =
      'Clearing runtime parameter "limits" for component "vhost-limits" on vhost "clitest" ...';
    expect(await operator.run(...clear)).toEqual(done(cleared));
    expect(await operator.run(...clear)).toEqual(failed(69, 'Parameter does not exist', cleared));
  });

  it('refuse a value that is no JSON, and a component that is not there', async () => {
    expect(await operator.run('-q', 'set_parameter', 'nope', 'n', 'x')).toEqual(
      failed(65, 'The value is no JSON: x'),
    );
    expect(await operator.run('-q', 'set_parameter', 'nope', 'n', '1')).toMatchObject({ code: 69 });
  });

  it('set those of the whole node', async () => {
    expect(await operator.run('set_global_parameter', 'place', '"here"')).toEqual(
      done('Setting global runtime parameter "place" to ""here"" ...'),
    );
    expect(await operator.out('-q', 'list_global_parameters')).toContain('place\t"here"\n');
    expect(await operator.run('clear_global_parameter', 'place')).toEqual(
      done('Clearing global runtime parameter "place" ...'),
    );
    expect(await operator.out('-q', 'list_global_parameters')).not.toContain('place');
    expect(await operator.run('-q', 'clear_global_parameter', 'place')).toEqual(
      failed(69, 'Parameter does not exist'),
    );
  });

  it('name the cluster', async () => {
    expect(await operator.run('set_cluster_name', 'x@y')).toEqual(
      done('Setting cluster name to x@y ...'),
    );
    expect(await operator.out('-q', 'cluster_status')).toContain('Cluster name: x@y\n');
  });
});
