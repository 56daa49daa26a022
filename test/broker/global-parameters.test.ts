import { describe, expect, it } from 'vitest';
import { GlobalParameters } from '../../src/broker/global-parameters.ts';
import { Journal } from '../../src/broker/journal.ts';
import { SlowLog } from '../kit/slow-log.ts';
import { brokerOf } from './fixtures.ts';

describe('global parameters', () => {
  it('are set, replaced, listed and removed', () => {
    const parameters = new GlobalParameters(new Journal(new SlowLog()));
    parameters.set('a', 1);
    parameters.set('b', { deep: [null] });
    parameters.set('a', 2);
    expect(parameters.list()).toEqual([
      { name: 'a', value: 2 },
      { name: 'b', value: { deep: [null] } },
    ]);
    expect([parameters.remove('a'), parameters.remove('a')]).toEqual([true, false]);
    expect(parameters.get('a')).toBeUndefined();
    expect(parameters.get('b')).toEqual({ deep: [null] });
  });

  it('name the cluster, as long as the name is text', () => {
    const broker = brokerOf();
    expect(broker.clusterName).toBe('test');
    broker.globalParameters.set('cluster_name', 'production');
    expect([broker.clusterName, broker.nodeName]).toEqual(['production', 'test']);
    broker.globalParameters.set('cluster_name', 7);
    expect(broker.clusterName).toBe('test');
    broker.close();
  });

  it('hold an identity from the first start on, which a restart does not change', () => {
    const log = new SlowLog({ isEager: true });
    const first = brokerOf({ log });
    const id = first.clusterId;
    first.close();
    const recovered = { facts: log.facts, lanes: [], afterCrash: false };
    const second = brokerOf({ recovered });
    expect(id).toMatch(/^leveret-cluster-id-[\w-]{22}$/);
    expect(second.clusterId).toBe(id);
    second.close();
  });
});
