import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeEach(async () => {
  operator = await Operator.start();
});
afterEach(() => operator.close());

describe('commands for vhosts', () => {
  it('print what rabbitmqctl prints', async () => {
    expect(await operator.run('add_vhost', 'works')).toEqual(done('Adding vhost "works" ...'));
    expect(await operator.run('add_vhost', 'works')).toEqual(done('Adding vhost "works" ...'));
    expect(await operator.run('list_vhosts')).toEqual(
      done('Listing vhosts ...', 'name', '/', 'works'),
    );
    expect(await operator.run('trace_on', '-p', 'works')).toEqual(
      done('Starting tracing for vhost "works" ...', 'Trace enabled for vhost works'),
    );
    expect(await operator.out('-q', 'list_vhosts', 'name', 'tracing')).toContain('works\ttrue');
    expect(await operator.run('trace_off', '-p', 'works')).toEqual(
      done('Stopping tracing for vhost "works" ...', 'Trace disabled for vhost works'),
    );
    expect(await operator.out('-q', 'list_vhosts', 'name', 'tracing')).toContain('works\tfalse');
    expect(await operator.run('delete_vhost', 'works')).toEqual(done('Deleting vhost "works" ...'));
    expect(await operator.run('delete_vhost', 'works')).toMatchObject({
      code: 65,
      complaint: "Error:\nVirtual host 'works' does not exist\n",
    });
  });

  it('draw a table as pretty as that of rabbitmqctl', async () => {
    await operator.out('add_vhost', 'clitest');
    expect(await operator.run('list_vhosts', '--formatter', 'pretty_table')).toEqual(
      done(
        'Listing vhosts ...',
        '┌─────────┐',
        '│ name    │',
        '├─────────┤',
        '│ /       │',
        '├─────────┤',
        '│ clitest │',
        '└─────────┘',
      ),
    );
  });

  it('say what a vhost is for, and change that', async () => {
    await operator.out('add_vhost', 'works', '--description', 'all of it', '--tags', 'a,b');
    const shown = ['-q', 'list_vhosts', '--no-table-headers', 'name', 'description', 'tags'];
    expect(await operator.out(...shown)).toContain('works\tall of it\t[a, b]\n');
    await operator.out('update_vhost_metadata', 'works', '--description', 'half');
    expect(await operator.out(...shown)).toContain('works\thalf\t[a, b]\n');
    await operator.out('set_vhost_tags', 'works', 'c');
    expect(await operator.out(...shown)).toContain('works\thalf\t[c]\n');
  });

  it('keep a vhost from being deleted', async () => {
    await operator.out('add_vhost', 'works');
    await operator.out('enable_vhost_deletion_protection', 'works');
    expect(await operator.run('-q', 'delete_vhost', 'works')).toMatchObject({ code: 65 });
    await operator.out('disable_vhost_deletion_protection', 'works');
    expect(await operator.run('-q', 'delete_vhost', 'works')).toEqual(done());
  });

  it('say what a deletion would take away', async () => {
    await operator.out('add_vhost', 'works');
    await operator.out('declare', 'queue', 'vhost=works', 'name=orders');
    await operator.out('publish', '-p', 'works', 'routing_key=orders', 'payload=x', 'count=3');
    expect(await operator.run('delete_vhost', 'works', '--dry-run')).toEqual(
      done('Would delete 1 queues with 3 messages'),
    );
    expect(operator.broker.queue('orders', 'works').messageCount).toBe(3);
  });

  it('say which vhost is not there', async () => {
    for (const line of [
      ['update_vhost_metadata', 'no'],
      ['set_vhost_tags', 'no', 'a'],
      ['trace_on', '-p', 'no'],
    ]) {
      expect(await operator.run('-q', ...line)).toEqual(
        failed(65, "Virtual host 'no' does not exist"),
      );
    }
  });
});
