import { afterEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { RealClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { brokerOf } from './fixtures.ts';

interface Life {
  readonly broker: Broker;
  readonly log: SegmentLog;
}

const lives: Life[] = [];

afterEach(async () => {
  for (const life of lives) await end(life);
  lives.length = 0;
});

async function start(disk: FaultyDisk): Promise<Life> {
  const { log, recovered } = await openSegmentLog({
    disk,
    random: new SeededRandom(1),
    clock: new RealClock(),
    logger: silentLogger,
    walBytes: 2 ** 20,
  });
  const broker = brokerOf({ log, recovered });
  log.describeBy(() => broker.facts());
  const life = { broker, log };
  lives.push(life);
  return life;
}

async function end({ broker, log }: Life): Promise<void> {
  const facts = broker.facts();
  log.describeBy(() => facts);
  broker.close();
  await log.close();
}

/** All that is remembered beside exchanges, queues and bindings. */
function recordsOf(broker: Broker) {
  return {
    vhosts: [...broker.vhosts].map(([name, { metadata }]) => [name, metadata]),
    users: broker.users.list(),
    permissions: broker.permissions.list(),
    topicPermissions: broker.topicPermissions.list(),
    parameters: broker.parameters.list(),
    globalParameters: broker.globalParameters.list(),
  };
}

describe('what a node remembers beside its exchanges, queues and bindings', () => {
  it('is there after any number of restarts, until it is taken back', async () => {
    const disk = new FaultyDisk(9);
    const first = await start(disk);
    const { broker } = first;
    broker.addVhost('v', { description: 'für alle', tags: ['a', 'b'], defaultQueueType: 'quorum' });
    broker.setVhostMetadata('v', { protectedFromDeletion: true, tracing: true });
    broker.users.add({ name: 'ada', password: 'engine', tags: ['monitoring'] });
    broker.users.setLimits('ada', { maxConnections: 3, maxChannels: 0 });
    broker.topicPermissions.set('ada', 'v', 'amq.topic', { write: '^a', read: '' });
    broker.topicPermissions.set('ada', 'v', 'x', { write: '.*', read: '.*' });
    broker.vhostLimits.set('v', 'max-queues', 10);
    broker.vhostLimits.set('v', 'max-connections', -1);
    broker.globalParameters.set('cluster_name', 'production');
    broker.globalParameters.set('anything', { deep: [1, 'zwei', null, { three: 3.5 }] });
    const records = recordsOf(broker);
    expect(records.parameters).toHaveLength(1);
    expect(records.globalParameters).toHaveLength(3);
    await end(lives.pop() ?? first);

    const second = await start(disk);
    expect(recordsOf(second.broker)).toEqual(records);
    expect(second.broker.clusterName).toBe('production');
    await end(lives.pop() ?? second);

    const third = await start(disk);
    expect(recordsOf(third.broker)).toEqual(records);
    third.broker.topicPermissions.remove('ada', 'v', 'x');
    third.broker.vhostLimits.clear('v', 'max-queues');
    third.broker.globalParameters.remove('cluster_name');
    third.broker.setVhostMetadata('v', { tracing: false });
    third.broker.users.setLimits('ada', { maxConnections: 4 });
    const changed = recordsOf(third.broker);
    expect(changed).not.toEqual(records);
    await end(lives.pop() ?? third);

    const fourth = await start(disk);
    expect(recordsOf(fourth.broker)).toEqual(changed);
    expect(fourth.broker.clusterName).toBe('test');
    fourth.broker.removeVhost('v');
    fourth.broker.removeUser('ada');
    await end(lives.pop() ?? fourth);

    const { broker: last } = await start(disk);
    expect(last.parameters.list()).toEqual([]);
    expect(last.topicPermissions.list()).toEqual([]);
    expect(last.users.list().map(({ name }) => name)).toEqual(['guest']);
    expect([...last.vhosts.keys()]).toEqual(['/']);
  });
});
