import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeEach(async () => {
  operator = await Operator.start();
  await operator.out('add_vhost', 'clitest');
});
afterEach(() => operator.close());

describe('commands for policies', () => {
  it('print what rabbitmqctl prints', async () => {
    const set = ['set_policy', '-p', 'clitest', 'P1', '^c', '{"max-length":7}'];
    expect(await operator.run(...set, '--priority', '3', '--apply-to', 'queues')).toEqual(
      done(
        'Setting policy "P1" for pattern "^c" to "{"max-length":7}" with priority "3" for vhost "clitest" ...',
      ),
    );
    expect(await operator.run('list_policies', '-p', 'clitest')).toEqual(
      done(
        'Listing policies for vhost "clitest" ...',
        'vhost\tname\tpattern\tapply-to\tdefinition\tpriority',
        'clitest\tP1\t^c\tqueues\t{"max-length":7}\t3',
      ),
    );
    expect(await operator.run('list_policies', '-p', 'clitest', '--formatter', 'json')).toEqual(
      done(
        '[',
        '{"vhost":"clitest","name":"P1","pattern":"^c","apply-to":"queues","definition":"{\\"max-length\\":7}","priority":3}',
        ']',
      ),
    );
    expect(await operator.run('clear_policy', '-p', 'clitest', 'P1')).toEqual(
      done('Clearing policy "P1" on vhost "clitest" ...'),
    );
    expect(await operator.run('clear_policy', '-p', 'clitest', 'P1')).toEqual(
      failed(69, 'Parameter does not exist', 'Clearing policy "P1" on vhost "clitest" ...'),
    );
  });

  it('refuse a policy in the words of the node', async () => {
    const line = ['-q', 'set_policy', '-p', 'clitest', 'P1', '^c'];
    expect(await operator.run(...line, '{"max-leng":7}')).toEqual(
      failed(69, 'Validation failed\n\n[{<<"max-leng">>,7}] are not recognised policy settings\n'),
    );
    expect(await operator.run(...line, 'x')).toEqual(failed(65, 'The definition is no JSON: x'));
    expect(await operator.run(...line, '[1]')).toEqual(
      failed(65, 'The definition is no JSON object: [1]'),
    );
    expect(await operator.run(...line, '{}', '--priority', 'high')).toMatchObject({ code: 64 });
    expect(await operator.run(...line, '{}', '--apply-to', 'all of them')).toMatchObject({
      code: 64,
    });
    expect(await operator.run('-q', 'set_policy', '-p', 'no', 'P', 'c', '{}')).toEqual(
      failed(65, "Virtual host 'no' does not exist"),
    );
  });

  it('apply to queues that are there, and say so in their list', async () => {
    await operator.out('declare', 'queue', 'vhost=clitest', 'name=cq');
    await operator.out(
      'declare',
      'policy',
      'vhost=clitest',
      'name=P',
      'pattern=^c',
      'definition={"max-length":7}',
      'apply-to=queues',
    );
    expect(await operator.out('-q', 'list_queues', '-p', 'clitest', 'name', 'policy')).toBe(
      'name\tpolicy\ncq\tP\n',
    );
    await operator.out('delete', 'policy', 'vhost=clitest', 'name=P');
    expect(await operator.out('-q', 'list_queues', '-p', 'clitest', 'name', 'policy')).toBe(
      'name\tpolicy\ncq\t\n',
    );
  });

  it('set those of operators too', async () => {
    const set = ['set_operator_policy', '-p', 'clitest', 'OP', '^c', '{"max-length":7}'];
    expect(await operator.run(...set)).toEqual(
      done(
        'Setting operator policy override "OP" for pattern "^c" to "{"max-length":7}" with priority "0" for vhost "clitest" ...',
      ),
    );
    expect(await operator.run('list_operator_policies', '-p', 'clitest')).toEqual(
      done(
        'Listing operator policy overrides for vhost "clitest" ...',
        'vhost\tname\tpattern\tapply-to\tdefinition\tpriority',
        'clitest\tOP\t^c\tall\t{"max-length":7}\t0',
      ),
    );
    expect(await operator.run('clear_operator_policy', '-p', 'clitest', 'OP')).toEqual(
      done('Clearing operator policy "OP" for vhost "clitest" ...'),
    );
  });
});
