// Makes conformance/management/answers.jsonl of answers that were recorded from RabbitMQ 4.3:
// `npx tsx tools/shape-answers.ts FOLDER`. The folder has `_requests.json`, a list of requests with name,
// method, path, user, status, headers, and short bodies, and long bodies as NAME.json or NAME.txt.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ObjectShape, type Shape, shapeOf } from '../conformance/management/shape.ts';

interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly user: string | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answer?: unknown;
}

const folder = process.argv[2] ?? '.';
const output = new URL('../conformance/management/answers.jsonl', import.meta.url);

const NODE = 'rabbit@localhost';
const AMQP_PORT = '5712';
const RESET = 'w_reset';
// A name that the server has made up.
const GENERATED = /amq\.gen-[\w-]{22}/g;

// Those of the server that was asked, of that moment, or of the connection.
const PASSING = new Set([
  'connection',
  'content-length',
  'date',
  'etag',
  'last-modified',
  'location',
  'server',
  'transfer-encoding',
]);

const allowed = 'http://localhost:9999';
// What was sent besides.
const sent: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  err_accept_html: { accept: 'text/html' },
  err_accept_bert: { accept: 'application/bert, application/json;q=0.1' },
  err_accept_any: { accept: '*/*' },
  err_accept_browser: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
  err_wrong_ctype: { 'content-type': 'text/plain' },
  err_form_ctype: { 'content-type': 'application/x-www-form-urlencoded' },
  err_login_post: { 'content-type': 'application/x-www-form-urlencoded' },
  err_login_bad: { 'content-type': 'application/x-www-form-urlencoded' },
  err_cors_preflight: {
    origin: allowed,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  },
  err_cors_get: { origin: allowed },
  err_cors_bad_origin: { origin: 'http://elsewhere.example' },
  err_xvhost_queues: { 'x-vhost': 'staging' },
};

const passwords: Readonly<Record<string, string>> = { err_bad_pw: 'wrong', err_nopw: '' };

// Answers whose values follow from what was set up.
const VALUES =
  /^(?:aliveness|binding$|bindings_e_e|cluster_name|err_whoami|err_name_only|err_queues_as|err_pagesize|err_xvhost|global_parameter$|hc_(?!port|proto)|healthchecks|operator_polic|parameter$|parameters_shovel|permission|polic|publish_|queue_get_empty|queues_columns_none|topic_perm|user_limits|user_permissions|user_topic|vhost_limits|vhost_topic|whoami)/;

function recordedBody(each: Recorded): unknown {
  if (each.answer !== undefined) return each.answer;
  for (const ending of ['json', 'txt']) {
    const file = join(folder, `${each.name}.${ending}`);
    if (!existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    return ending === 'json' ? JSON.parse(text) : text;
  }
  return undefined;
}

// Right after the statistics were reset, what is measured every few seconds was not there yet; it was
// there when the same had been asked before.
function measuredBefore(name: string): Shape | undefined {
  const body = (other: string): unknown => {
    const asked = requests.find((each) => each.name === other);
    return asked === undefined ? undefined : general(recordedBody(asked));
  };
  const shape = (other: string): Shape => shapeOf(body(other));
  if (name === 'err_trailing_slash' || name === 'err_gzip') return shape('queues');
  if (name === 'err_sort_nested') return ratesOnly(body('queues'));
  if (name === 'err_vhosts_as_mgmt') {
    const vhosts = body('vhosts');
    return Array.isArray(vhosts) ? shapeOf(vhosts.filter((each) => each?.name === '/')) : undefined;
  }
  const overview = shape('overview');
  if (name === 'err_trailing_slash2') return overview;
  if (typeof overview !== 'object' || Array.isArray(overview)) return undefined;
  const seen = withoutMonitoring(overview as ObjectShape);
  if (name === 'err_overview_as_mgmt') return seen;
  if (name === 'err_overview_as_noperm') return { ...seen, message_stats: {}, queue_totals: {} };
  return undefined;
}

// The column that was asked for; RabbitMQ gives an empty list where nothing is left of the others.
function ratesOnly(queues: unknown): Shape | undefined {
  if (!Array.isArray(queues)) return undefined;
  return shapeOf(
    queues.map(({ name, message_stats: stats }) => {
      if (stats === undefined) return { name };
      const rate = stats.publish_details?.rate;
      return { name, message_stats: rate === undefined ? [] : { publish_details: { rate } } };
    }),
  );
}

function withoutMonitoring(overview: ObjectShape): ObjectShape {
  const { contexts, listeners, node, object_totals, message_stats, ...rest } = overview;
  const { consumers, ...totals } = object_totals as ObjectShape;
  // The sum of those of vhosts, which do not know the disk.
  const stats = Object.entries(message_stats as ObjectShape).filter(([key]) => !/^disk/.test(key));
  return { ...rest, object_totals: totals, message_stats: Object.fromEntries(stats) };
}

function general(value: unknown): unknown {
  return withoutStreams(
    JSON.parse(JSON.stringify(value).replaceAll(NODE, '{node}').replaceAll(GENERATED, 'amq.gen')),
  );
}

// Streams are asked about where nothing else is asked about; in lists they are left out.
function withoutStreams(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((each) => each?.type !== 'stream').map(withoutStreams);
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'x-stream-offset');
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutStreams(each)]));
}

const requests: readonly Recorded[] = JSON.parse(
  readFileSync(join(folder, '_requests.json'), 'utf8'),
);
const connections: readonly { name: string; user_provided_name?: string }[] = JSON.parse(
  readFileSync(join(folder, 'connections.json'), 'utf8'),
);

function generalPath(path: string): string {
  let result = path.replaceAll(NODE, '{node}');
  for (const { name, user_provided_name } of connections) {
    result = result.replace(encodeURIComponent(name), `{${user_provided_name}}`);
  }
  return result.replace(`port-listener/${AMQP_PORT}`, 'port-listener/{amqp}');
}

const sets = new Map<string, number>();

function setOf(headers: Readonly<Record<string, string>>): number {
  const kept = Object.entries(headers).filter(([name]) => !PASSING.has(name));
  const text = JSON.stringify(Object.fromEntries(kept));
  const known = sets.get(text) ?? sets.size;
  sets.set(text, known);
  return known;
}

function compared(each: Recorded, isReset: boolean): object {
  const body = recordedBody(each);
  if (body === '' || each.method === 'HEAD') return { answer: '' };
  if (each.headers['content-type'] !== 'application/json') return { text: true };
  if (body === undefined) return {};
  const isError = each.status >= 400 && typeof body === 'object' && 'error' in (body as object);
  if (isError || VALUES.test(each.name)) return { answer: general(body) };
  const before = isReset ? measuredBefore(each.name) : undefined;
  return { shape: before ?? shapeOf(general(body)) };
}

let isReset = false;
const lines = requests.map((each) => {
  isReset ||= each.name === RESET;
  const { name, method, path, user, status, headers, body } = each;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return JSON.stringify({
    name,
    method,
    path: generalPath(path),
    user,
    ...(name in passwords ? { password: passwords[name] } : {}),
    ...(name in sent ? { sent: sent[name] } : {}),
    ...(text === undefined ? {} : { body: text.replaceAll(NODE, '{node}') }),
    status,
    headers: setOf(headers),
    ...('location' in headers ? { location: headers['location'] } : {}),
    ...compared(each, isReset),
  });
});
// Asked while the node was out of memory; headers were not kept.
const alarmed = ['hc_alarms', 'hc_local-alarms', 'hc_is-in-service', 'hc_ready-to-serve-clients'];
for (const name of alarmed) {
  const text = readFileSync(join(folder, `alarm_${name}.txt`), 'utf8').trim();
  const [body = '', status = ''] = text.split('\n');
  const path = `/api/health/checks/${name.slice('hc_'.length)}`;
  const common = { name: `alarm_${name}`, method: 'GET', path, user: 'guest' };
  const answer = general(JSON.parse(body));
  lines.push(JSON.stringify({ ...common, status: Number(status), alarm: true, answer }));
}
const blocked = JSON.parse(readFileSync(join(folder, 'alarm_connections.json'), 'utf8'));
const asked = { name: 'alarm_connections', method: 'GET', path: '/api/connections', user: 'guest' };
const shape = shapeOf(general(blocked));
lines.push(JSON.stringify({ ...asked, status: 200, alarm: true, shape }));
const table = `[${[...sets.keys()].join(',')}]`;
writeFileSync(output, `${[table, ...lines].join('\n')}\n`);
