import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, failed, Operator } from '../operator.ts';

let operator: Operator;
beforeAll(async () => {
  operator = await Operator.start();
  await operator.out('add_vhost', 'works');
  await operator.out('add_user', 'ada', 'secret');
});
afterAll(() => operator.close());

describe('commands for permissions', () => {
  it('print what rabbitmqctl prints', async () => {
    expect(await operator.run('set_permissions', '-p', 'works', 'ada', '^a', '.*', '.*')).toEqual(
      done('Setting permissions for user "ada" in vhost "works" ...'),
    );
    expect(await operator.run('list_permissions', '-p', 'works')).toEqual(
      done(
        'Listing permissions for vhost "works" ...',
        'user\tconfigure\twrite\tread',
        'ada\t^a\t.*\t.*',
        'guest\t.*\t.*\t.*',
      ),
    );
    expect(await operator.run('list_user_permissions', 'ada')).toEqual(
      done(
        'Listing permissions for user "ada" ...',
        'vhost\tconfigure\twrite\tread',
        'works\t^a\t.*\t.*',
      ),
    );
    expect(await operator.run('clear_permissions', '-p', 'works', 'ada')).toEqual(
      done('Clearing permissions for user "ada" in vhost "works" ...'),
    );
    expect(await operator.run('-q', 'list_user_permissions', 'ada')).toEqual(done());
  });

  it('do so for routing keys', async () => {
    const set = ['set_topic_permissions', '-p', 'works', 'ada', 'amq.topic', '^a', '^b'];
    expect(await operator.run(...set)).toEqual(
      done('Setting topic permissions on "amq.topic" for user "ada" in vhost "works" ...'),
    );
    expect(await operator.run('list_topic_permissions', '-p', 'works')).toEqual(
      done(
        'Listing topic permissions for vhost "works" ...',
        'user\texchange\twrite\tread',
        'ada\tamq.topic\t^a\t^b',
      ),
    );
    expect(await operator.run('list_user_topic_permissions', 'ada')).toEqual(
      done(
        'Listing topic permissions for user "ada" ...',
        'vhost\texchange\twrite\tread',
        'works\tamq.topic\t^a\t^b',
      ),
    );
    expect(await operator.run('clear_topic_permissions', '-p', 'works', 'ada')).toEqual(
      done('Clearing topic permissions for user "ada" in vhost "works" ...'),
    );
    expect(await operator.run('-q', 'list_user_topic_permissions', 'ada')).toEqual(done());
    await operator.out(...set);
    expect(
      await operator.run('clear_topic_permissions', '-p', 'works', 'ada', 'amq.topic'),
    ).toEqual(
      done('Clearing topic permissions on "amq.topic" for user "ada" in vhost "works" ...'),
    );
    expect(await operator.run('-q', 'list_user_topic_permissions', 'ada')).toEqual(done());
  });

  it('say what is not there', async () => {
    expect(await operator.run('-q', 'set_permissions', 'nobody', '', '', '')).toEqual(
      failed(67, 'User "nobody" does not exist'),
    );
    expect(await operator.run('-q', 'set_permissions', '-p', 'nope', 'ada', '', '', '')).toEqual(
      failed(65, "Virtual host 'nope' does not exist"),
    );
    expect(await operator.run('-q', 'list_permissions', '-p', 'nope')).toEqual(
      failed(65, "Virtual host 'nope' does not exist"),
    );
    expect(await operator.run('-q', 'list_user_permissions', 'nobody')).toEqual(
      failed(67, 'User "nobody" does not exist'),
    );
  });
});
