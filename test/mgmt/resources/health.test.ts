import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ListenerFacts } from '../../../src/mgmt/node-facts.ts';
import { Harness } from '../harness.ts';

const DAY_MS = 86_400_000;
const node = 'leveret@test';

const listeners: readonly ListenerFacts[] = [
  { protocol: 'amqp', address: '::', port: 5672, tls: false },
  { protocol: 'amqp/ssl', address: '::', port: 5671, tls: true, expiresAt: 20 * DAY_MS },
  { protocol: 'http', address: '::', port: 15_672, tls: false },
];

let api: Harness;

beforeEach(() => {
  api = new Harness({ node: { listeners: () => listeners } });
  api.broker.addVhost('a');
});

afterEach(() => api.close());

const ok = { status: 'ok' };

describe('a health check', () => {
  it.each([
    'health/checks/alarms',
    'health/checks/local-alarms',
    'health/checks/virtual-hosts',
    'health/checks/metadata-store/initialized',
    'health/checks/metadata-store/initialized/with-data',
    'health/checks/quorum-queues-without-elected-leaders/all-vhosts',
    'health/checks/quorum-queues-without-elected-leaders/all-vhosts/',
    'health/checks/quorum-queues-without-elected-leaders/all-vhosts/pattern/orders',
    'health/checks/quorum-queues-without-elected-leaders/vhost/a',
    'health/checks/quorum-queues-without-elected-leaders/vhost/%2F/pattern/%5Eorders',
    'health/checks/is-in-service',
    'health/checks/ready-to-serve-clients',
    'health/checks/below-node-connection-limit',
    'health/checks/reached-target-cluster-size',
    'healthchecks/node',
    `healthchecks/node/${node}`,
    'aliveness-test/%2F',
  ])('%s finds a healthy node so', async (path) => {
    const reply = await api.get(`/api/${path}`);
    expect([reply.status, reply.json]).toEqual([200, ok]);
  });

  it.each([
    'health/checks/quorum-queues-without-elected-leaders/vhost/none',
    'health/checks/quorum-queues-without-elected-leaders/vhost/none/pattern/x',
    'health/checks/node-is-mirror-sync-critical',
    'healthchecks/node/other@host',
    'aliveness-test/none',
  ])('%s is of nothing that there is', async (path) => {
    expect((await api.get(`/api/${path}`)).status).toBe(404);
  });

  it('knows that the node is alone', async () => {
    expect((await api.get('/api/health/checks/node-is-quorum-critical')).json).toEqual({
      status: 'ok',
      reason: 'single node cluster',
    });
  });

  it('fails while the disk is short of room', async () => {
    const disk = { space: async () => ({ free: 10, total: 1000 }) };
    await api.broker.alarms.watchDisk(disk, 100);
    const alarms = [{ node, resource: 'disk' }];
    const [all, local, service, view] = await Promise.all([
      api.get('/api/health/checks/alarms'),
      api.get('/api/health/checks/local-alarms'),
      api.get('/api/health/checks/is-in-service'),
      api.get(`/api/nodes/${node}?columns=mem_alarm,disk_free_alarm`),
    ]);
    expect([all.status, all.json]).toEqual([
      503,
      { status: 'failed', reason: 'There are alarms in effect in the cluster', alarms },
    ]);
    expect([local.status, local.json]).toEqual([
      503,
      { status: 'failed', reason: 'There are alarms in effect on the node', alarms },
    ]);
    expect(service.status).toBe(200);
    expect(view.json).toEqual({ mem_alarm: false, disk_free_alarm: true });
  });

  it('fails when no more connections are taken', async () => {
    const full = new Harness({ limits: { connectionMax: 0 } });
    const path = '/api/health/checks/below-node-connection-limit';
    const { status, object } = await full.get(path, { user: null });
    expect([status, object]).toEqual([
      503,
      { status: 'failed', reason: 'node connection limit is reached', connections: 0 },
    ]);
    await full.close();
  });
});

describe('a check of a port', () => {
  it.each([
    ['5672', 200, { status: 'ok', port: 5672 }],
    [
      '1234',
      503,
      {
        status: 'failed',
        reason: 'No active listener',
        missing: 1234,
        ports: [5672, 5671, 15_672],
      },
    ],
    ['abc', 400, { error: 'bad_request', reason: 'Invalid port' }],
  ])('answers for %s', async (port, status, expected) => {
    const reply = await api.get(`/api/health/checks/port-listener/${port}`);
    expect([reply.status, reply.json]).toEqual([status, expected]);
  });
});

describe('a check of protocols', () => {
  const protocols = ['amqp', 'amqp/ssl', 'http'];

  it.each([
    ['amqp', []],
    ['amqp091', []],
    ['AMQPS', []],
    ['amqp091,http', []],
    ['amqp,%20http', []],
    ['amqp%2Fssl', []],
    ['coap', ['coap']],
    ['amqp,mqtt,coap', ['mqtt', 'coap']],
  ])('knows %s', async (names, missing) => {
    const reply = await api.get(`/api/health/checks/protocol-listener/${names}`);
    const reason = 'No active listener';
    expect([reply.status, reply.json]).toEqual(
      missing.length === 0
        ? [200, { status: 'ok', protocols }]
        : [503, { status: 'failed', reason, missing, protocols }],
    );
  });
});

describe('a check of certificates', () => {
  it.each([
    ['19/days', 200],
    ['20/days', 503],
    ['2/weeks', 200],
    ['3/weeks', 503],
    ['1/months', 503],
    ['1/years', 503],
  ])('looks ahead for %s', async (within, status) => {
    const reply = await api.get(`/api/health/checks/certificate-expiration/${within}`);
    expect(reply.status).toBe(status);
    if (status === 503) {
      expect(reply.object).toMatchObject({
        status: 'failed',
        expired: [{ node, protocol: 'amqp/ssl', port: 5671, certfile_expires_on: '1970-01-21' }],
      });
    }
  });

  it.each(['1/parsecs', 'x/days', '-1/days'])('refuses %s', async (within) => {
    const reply = await api.get(`/api/health/checks/certificate-expiration/${within}`);
    expect([reply.status, reply.object['error']]).toEqual([400, 'bad_request']);
  });
});
