import type { JsonObject } from '../../kit/json.ts';
import type { Context } from '../context.ts';
import { type Answer, type Call, type Endpoint, ok } from '../endpoint.ts';
import { badRequest } from '../http-error.ts';
import { checkVhost } from '../vhost-check.ts';
import { isDiskAlarmed } from '../views/node.ts';
import { expiring } from './certificates.ts';
import { checkNode } from './nodes.ts';
import { protocolsOf, servesProtocol } from './protocols.ts';

const healthy: Answer = ok({ status: 'ok' });

function failed(reason: string, more: JsonObject = {}): Answer {
  return { status: 503, body: { status: 'failed', reason, ...more } };
}

function alarms(context: Context, reason: string): Answer {
  const node = context.node.name;
  const raised = [
    ...(context.broker.alarms.has('memory') ? [{ node, resource: 'memory' }] : []),
    ...(isDiskAlarmed(context) ? [{ node, resource: 'disk' }] : []),
  ];
  return raised.length === 0 ? healthy : failed(reason, { alarms: raised });
}

function portListener({ context, params }: Call): Answer {
  const text = params['port'] ?? '';
  if (!/^\d{1,5}$/.test(text)) throw badRequest('Invalid port');
  const port = Number(text);
  const ports = context.node.listeners().map((listener) => listener.port);
  if (ports.includes(port)) return ok({ status: 'ok', port });
  return failed('No active listener', { missing: port, ports });
}

function protocolListener({ context, params }: Call): Answer {
  const protocols = protocolsOf(context.node);
  const asked = (params['protocols'] ?? '').split(',').map((name) => name.trim());
  const missing = asked.filter((name) => !servesProtocol(protocols, name));
  if (missing.length === 0) return ok({ status: 'ok', protocols });
  return failed('No active listener', { missing, protocols });
}

function certificates({ context, params }: Call): Answer {
  const expired = expiring(context, params['within'] ?? '', params['unit'] ?? '');
  return expired.length === 0 ? healthy : failed('Certificates expiring', { expired });
}

function connectionLimit({ broker }: Context): Answer {
  const { size } = broker.connections;
  if (size < broker.limits.connectionMax) return healthy;
  return failed('node connection limit is reached', { connections: size });
}

// Nothing that is promised can be kept any more once the log has failed.
function inService({ broker }: Context): Answer {
  return broker.alarms.has('failure') ? failed('the disk has failed') : healthy;
}

// The one node leads all queues.
function always(): Answer {
  return healthy;
}

const checks = '/health/checks';
const quorum = `${checks}/quorum-queues-without-elected-leaders`;

function check(path: string, GET: Endpoint['GET']): Endpoint {
  return { path, access: 'management', ...(GET === undefined ? {} : { GET }) };
}

// Load balancers ask these, without credentials.
function openCheck(path: string, GET: (context: Context) => Answer): Endpoint {
  return { path: `${checks}/${path}`, access: 'anybody', GET: ({ context }) => GET(context) };
}

export const healthEndpoints: readonly Endpoint[] = [
  check(`${checks}/alarms`, ({ context }) =>
    alarms(context, 'There are alarms in effect in the cluster'),
  ),
  check(`${checks}/local-alarms`, ({ context }) =>
    alarms(context, 'There are alarms in effect on the node'),
  ),
  check(`${checks}/port-listener/:port`, portListener),
  check(`${checks}/protocol-listener/:protocols`, protocolListener),
  check(`${checks}/certificate-expiration/:within/:unit`, certificates),
  check(`${checks}/virtual-hosts`, always),
  check(`${checks}/node-is-quorum-critical`, () =>
    ok({ status: 'ok', reason: 'single node cluster' }),
  ),
  check(`${checks}/metadata-store/initialized`, always),
  check(`${checks}/metadata-store/initialized/with-data`, always),
  check(`${quorum}/all-vhosts`, always),
  check(`${quorum}/all-vhosts/pattern/:pattern`, always),
  check(`${quorum}/vhost/:vhost`, (call) => {
    checkVhost(call);
    return always();
  }),
  check(`${quorum}/vhost/:vhost/pattern/:pattern`, (call) => {
    checkVhost(call);
    return always();
  }),
  openCheck('is-in-service', inService),
  openCheck('ready-to-serve-clients', inService),
  openCheck('below-node-connection-limit', connectionLimit),
  openCheck('reached-target-cluster-size', always),
  check('/healthchecks/node', ({ context }) => inService(context)),
  check('/healthchecks/node/:node', (call) => {
    checkNode(call);
    return inService(call.context);
  }),
  check('/aliveness-test/:vhost', (call) => {
    checkVhost(call);
    return inService(call.context);
  }),
];
