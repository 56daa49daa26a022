import type { JsonObject } from '../../kit/json.ts';
import { columnsOf, project } from '../columns.ts';
import type { Context } from '../context.ts';
import { productName, rabbitmqVersion } from '../emulated.ts';
import { type Answer, type Call, type Endpoint, ok } from '../endpoint.ts';
import type { FigureKind } from '../history/history.ts';
import { sampleRetentionPolicies } from '../history/retention.ts';
import {
  exchangeTypeViews,
  listenerViews,
  runtimeView,
  webContextViews,
} from '../views/node-context.ts';

export const overviewEndpoints: readonly Endpoint[] = [
  { path: '/overview', access: 'management', GET: (call) => membersOf(call, overview(call)) },
];

// Whatever is asked of a member, RabbitMQ gives all of it.
function membersOf({ query }: Call, object: JsonObject): Answer {
  const columns = columnsOf(query);
  if (columns === undefined) return ok(object);
  return ok(project(object, new Map([...columns.keys()].map((key) => [key, 'all']))));
}

function overview(call: Call): JsonObject {
  const { context } = call;
  return {
    ...settingsView(context),
    ...(call.may('monitoring') ? ofNode(call) : ofVhosts(call)),
    statistics_db_event_queue: 0,
  };
}

function settingsView(context: Context): JsonObject {
  return {
    management_version: rabbitmqVersion,
    rates_mode: context.ratesMode,
    sample_retention_policies: sampleRetentionPolicies,
    exchange_types: exchangeTypeViews(),
    product_version: context.node.version,
    product_name: productName,
    rabbitmq_version: rabbitmqVersion,
    cluster_name: context.broker.clusterName,
    cluster_tags: {},
    node_tags: {},
    ...runtimeView(context),
    disable_stats: false,
    default_queue_type: 'classic',
    is_op_policy_updating_enabled: true,
    enable_queue_totals: false,
    require_definition_json_extension: false,
  };
}

// For those who watch the node.
function ofNode({ context, ranges }: Call): JsonObject {
  const { broker, history, node } = context;
  const view = (kind: FigureKind): JsonObject => history.view(broker, kind, ranges) ?? {};
  let channels = 0;
  let consumers = 0;
  for (const connection of broker.connections) {
    channels += connection.channelCount;
    for (const channel of connection.channelViews()) consumers += channel.consumerCount;
  }
  let exchanges = 0;
  let queues = 0;
  for (const vhost of broker.vhosts.values()) {
    exchanges += exchangeCount(vhost);
    queues += vhost.queues.size;
  }
  return {
    message_stats: view('msgRates'),
    churn_rates: view('churn'),
    queue_totals: view('lengths'),
    object_totals: {
      channels,
      consumers,
      exchanges,
      queues,
      connections: broker.connections.size,
    },
    node: node.name,
    listeners: listenerViews(node),
    contexts: webContextViews(node).map((each) => ({ node: node.name, ...each })),
  };
}

// For the others: what lies in their vhosts, and what is their own.
function ofVhosts({ context, ranges, user, vhosts }: Call): JsonObject {
  const { broker, history } = context;
  const sum = (kind: FigureKind): JsonObject => history.sum(vhosts, kind, ranges) ?? {};
  const names = new Set(vhosts.map(({ name }) => name));
  const own = [...broker.connections].filter(
    (connection) => connection.user === user.name && names.has(connection.vhost),
  );
  return {
    message_stats: sum('msgRates'),
    churn_rates: history.view(broker, 'churn', ranges) ?? {},
    queue_totals: sum('lengths'),
    object_totals: {
      channels: own.reduce((count, { channelCount }) => count + channelCount, 0),
      exchanges: vhosts.reduce((count, vhost) => count + exchangeCount(vhost), 0),
      queues: vhosts.reduce((count, { queues }) => count + queues.size, 0),
      connections: own.length,
    },
  };
}

// The default exchange is in no table, and is one all the same.
function exchangeCount({ exchanges }: { readonly exchanges: ReadonlyMap<string, object> }): number {
  return exchanges.size + 1;
}
