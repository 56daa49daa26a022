import { afterAll, describe, expect, it } from 'vitest';
import {
  type CampaignOptions,
  runCampaign,
  scriptOf,
} from '../../conformance/differential/campaign.ts';
import type { Script, Step } from '../../conformance/differential/steps.ts';
import { startBroker } from '../../src/index.ts';

const one = await startBroker();
const other = await startBroker();
const narrow = await startBroker({ maxMessageSize: 100 });
afterAll(() => Promise.all([one, other, narrow].map((broker) => broker.close())));

const said: string[] = [];
const options = (url: string, patienceMs: number): CampaignOptions => ({
  brokers: [
    { name: 'one', url: one.url },
    { name: 'other', url },
  ],
  version: '3.13.0',
  jobs: 4,
  patienceMs,
  shrinkMs: 30_000,
  say: (line) => said.push(line),
});

const at = { connection: 1, channel: 2 };
const publish = (size: number): Step => ({
  kind: 'publish',
  at,
  exchange: '',
  routingKey: '~q0',
  mandatory: true,
  properties: {},
  size,
  count: 1,
});
const method = (name: 'queue.declare' | 'basic.consume' | 'confirm.select', args = {}): Step => ({
  kind: 'method',
  at,
  method: name,
  args,
});

describe('a campaign', () => {
  it('makes the same scripts of the same seed', () => {
    expect(scriptOf(7, 3)).toEqual(scriptOf(7, 3));
    expect(scriptOf(7, 3)).not.toEqual(scriptOf(7, 4));
    expect(scriptOf(7, 3).length).toBeGreaterThan(5);
  });

  it('finds no difference between two brokers that do the same, and leaves nothing behind', async () => {
    const scripts = Array.from({ length: 10 }, (_, n) => [`${n}`, scriptOf(11, n)] as const);
    const report = await runCampaign(scripts, options(other.url, 5000));
    expect(report.findings.map(({ story }) => story)).toEqual([]);
    expect(report).toMatchObject({ passed: 10, varying: [] });
    for (const broker of [one, other]) {
      await expect.poll(() => broker.queues()).toEqual([]);
      expect(broker.exchanges().filter((name) => !/^$|^amq\./.test(name))).toEqual([]);
    }
  }, 60_000);

  it('finds what one of them refuses, and makes the script that shows it small', async () => {
    const script: Script = [
      method('queue.declare', { queue: '~q0' }),
      method('basic.consume', { queue: '~q0', consumerTag: '~t0' }),
      { kind: 'settle', at, method: 'basic.ack', which: 0, multiple: false, requeue: false },
      publish(10),
      { kind: 'settle', at, method: 'basic.nack', which: 0, multiple: false, requeue: true },
      method('confirm.select'),
      publish(200),
      publish(20),
      { kind: 'end', connection: 1, abrupt: true },
    ];
    const { passed, findings } = await runCampaign([['it', script]], options(narrow.url, 200));
    expect(passed).toBe(0);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.script).toEqual([
      { ...publish(200), at: { connection: 0, channel: 1 }, mandatory: false },
    ]);
    expect(findings[0]?.story).toContain('message size 200 is larger than configured max size 100');
    expect(said.join('\n')).toContain('script it differs');
  }, 60_000);
});
