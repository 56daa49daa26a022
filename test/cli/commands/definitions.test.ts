import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let source: Operator;
let operator: Operator;
let exported: string;
beforeAll(async () => {
  source = await Operator.start();
  await source.out('add_vhost', 'works');
  await source.out(
    'declare',
    'queue',
    'vhost=works',
    'name=orders',
    'arguments={"x-max-length":9}',
  );
  await source.out('set_policy', '-p', 'works', 'P', '^o', '{"message-ttl":5}');
  exported = await source.out('export_definitions', '-');
});
afterAll(() => source.close());
beforeEach(async () => {
  operator = await Operator.start();
});
afterEach(() => operator.close());

describe('definitions', () => {
  it('go from one node to another by a file', async () => {
    const files = new Map<string, string>();
    expect(await source.with({ files }, 'export_definitions', '/tmp/d.json')).toEqual(
      done('Exporting definitions in JSON to a file at "/tmp/d.json" ...'),
    );
    const count = [
      'users',
      'vhosts',
      'permissions',
      'queues',
      'policies',
      'parameters',
      'global_parameters',
      'topic_permissions',
      'exchanges',
      'bindings',
    ]
      .map((kind) => JSON.parse(exported)[kind]?.length ?? 0)
      .reduce((sum, each) => sum + each, 0);
    expect(await operator.with({ files }, 'import_definitions', '/tmp/d.json')).toEqual(
      done(
        'Importing definitions in JSON from a file at "/tmp/d.json" ...',
        `Imported ${count} definitions`,
      ),
    );
    expect(operator.broker.queue('orders', 'works').arguments).toMatchObject({ 'x-max-length': 9 });
    expect(await operator.out('-s', 'list_policies', '-p', 'works')).toContain('message-ttl');
  });

  it('go by pipes as well', async () => {
    expect(JSON.parse(exported)).toMatchObject({ policies: [{ name: 'P' }] });
    await operator.with({ input: exported }, 'import_definitions');
    expect(operator.broker.queues('works')).toEqual(['orders']);
  });

  it('can be looked at beforehand', async () => {
    const dry = ['-q', 'import_definitions', '-', '--dry-run'];
    const first = await operator.with({ input: exported }, ...dry);
    expect(first).toMatchObject({ code: 0, complaint: '' });
    expect(first.out).toContain('kind\tadded\tchanged\tsame\n');
    expect(first.out).toContain('queues\t1\t0\t0\n');
    expect(operator.broker.queues()).toEqual([]);
    await operator.with({ input: exported }, 'import_definitions');
    const second = await operator.with({ input: exported }, ...dry);
    expect(second.out).toContain('queues\t0\t0\t1\n');
    const changed = exported.replace('"message-ttl":5', '"message-ttl":6');
    const third = await operator.with({ input: changed }, ...dry);
    expect(third.out).toContain('policies\t0\t1\t0\n');
    const unchanged = ['-q', 'import_definitions', '-', '--skip-if-unchanged'];
    expect(await source.with({ input: exported }, ...unchanged)).toEqual(
      done('Nothing would change'),
    );
  });

  it('can be those of one vhost', async () => {
    const one = await source.out('export_definitions', '--only-vhost', 'works');
    expect(JSON.parse(one)).not.toHaveProperty('users');
    await operator.out('add_vhost', 'other');
    const line = ['-q', 'import_definitions', '--only-vhost', 'other'];
    expect(await operator.with({ input: one }, ...line)).toEqual(done());
    expect(operator.broker.queues('other')).toEqual(['orders']);
    expect(
      await operator.with({ input: one }, '-q', 'import_definitions', '--only-vhost', 'no'),
    ).toEqual(failed(65, "Virtual host 'no' does not exist"));
  });

  it('have to be a file that can be read, of JSON', async () => {
    expect(await operator.run('-q', 'import_definitions', '/none')).toEqual(
      failed(74, 'Cannot read /none: ENOENT'),
    );
    expect(await operator.with({ input: 'no' }, '-q', 'import_definitions')).toEqual(
      failed(65, 'What standard input holds is no JSON'),
    );
    expect(await operator.with({ input: '[]' }, '-q', 'import_definitions')).toEqual(
      failed(65, 'What standard input holds is no JSON object'),
    );
  });
});
