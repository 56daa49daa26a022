import { exchangeTypes } from '../../exchanges/exchange-types.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Context } from '../context.ts';
import { productName } from '../emulated.ts';
import type { ListenerFacts, NodeFacts } from '../node-facts.ts';

/** Kinds of exchanges, as clients list them. */
export function exchangeTypeViews(): readonly JsonObject[] {
  return [...exchangeTypes.keys()]
    .sort()
    .map((name) => ({ name, description: `AMQP ${name} exchange`, enabled: true }));
}

/** The ports that the node listens on. */
export function listenerViews(node: NodeFacts): readonly JsonObject[] {
  const views = node.listeners().map((listener) => ({
    node: node.name,
    protocol: listener.protocol,
    ip_address: listener.address,
    port: listener.port,
    socket_opts: socketOptions(listener),
    tls: listener.tls,
  }));
  return views.sort((a, b) => (a.protocol < b.protocol ? -1 : Number(a.protocol > b.protocol)));
}

/** What is served over HTTP. */
export function webContextViews(node: NodeFacts): readonly JsonObject[] {
  return node
    .listeners()
    .filter(({ protocol }) => isHttp(protocol))
    .map((listener) => ({
      ssl_opts: [],
      description: `${productName} ${titleOf(listener)}`,
      path: '/',
      cowboy_opts: '[]',
      ip: listener.address,
      port: String(listener.port),
      ...(listener.protocol === 'http/prometheus' ? { protocol: `'${listener.protocol}'` } : {}),
    }));
}

/** What runs it, in the fields where RabbitMQ tells of Erlang. */
export function runtimeView({ node }: Context): JsonObject {
  const { version, engine, crypto } = node.runtime;
  return {
    erlang_version: version,
    erlang_full_version: `Node.js ${version} [V8 ${engine}]`,
    crypto_lib_version: `OpenSSL ${crypto}`,
  };
}

function isHttp(protocol: string): boolean {
  return protocol === 'https' || /^http(?:\/|$)/.test(protocol);
}

function titleOf({ protocol }: ListenerFacts): string {
  return protocol === 'http/prometheus' ? 'Prometheus' : 'Management';
}

function socketOptions({ protocol, address, port, backlog, noDelay }: ListenerFacts): JsonObject {
  if (isHttp(protocol)) return { ip: address, port };
  return {
    ...(backlog === undefined ? {} : { backlog }),
    ...(noDelay === undefined ? {} : { nodelay: noDelay }),
    linger: [true, 0],
    exit_on_close: false,
  };
}
