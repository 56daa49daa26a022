import type { ConnectionView } from '../../broker/live.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { jsonOf } from '../json-table.ts';
import { garbageCollection, type Lens, still } from './lens.ts';

export function connectionView(connection: ConnectionView, lens: Lens): JsonObject {
  const { context, ranges } = lens;
  const { local, remote, tls, user, givenName } = connection;
  const traffic = context.history.view(connection, 'dataRates', ranges);
  const view: { [key: string]: JsonValue } = {
    name: connection.name,
    node: context.node.name,
    type: 'network',
    protocol: 'AMQP 0-9-1',
    vhost: connection.vhost,
    user,
    user_who_performed_action: user,
    state: connection.state,
    channels: connection.channelCount,
    channel_max: connection.channelMax,
    frame_max: connection.frameMax,
    timeout: connection.heartbeat,
    connected_at: connection.connectedAt,
    host: local.address,
    port: local.port,
    peer_host: remote.address,
    peer_port: remote.port,
    auth_mechanism: connection.mechanism,
    client_properties: jsonOf(connection.clientProperties),
    ssl: tls !== undefined,
    ssl_protocol: tls?.protocol ?? null,
    ssl_key_exchange: tls?.keyExchange ?? null,
    ssl_cipher: tls?.cipher ?? null,
    ssl_hash: tls?.hash ?? null,
    peer_cert_subject: tls?.peerSubject ?? null,
    peer_cert_issuer: tls?.peerIssuer ?? null,
    peer_cert_validity: tls?.peerValidity ?? null,
    peer_cert_serial_number: null,
    recv_cnt: connection.receivedPackets,
    recv_oct: connection.receivedBytes,
    recv_oct_details: traffic?.['recv_oct_details'] ?? still,
    send_cnt: connection.sentPackets,
    send_oct: connection.sentBytes,
    send_oct_details: traffic?.['send_oct_details'] ?? still,
    send_pend: connection.unsentBytes,
    reductions: 0,
    reductions_details: still,
    garbage_collection: garbageCollection,
  };
  if (givenName !== undefined) view['user_provided_name'] = givenName;
  return view;
}

// What only TLS knows: lists say null where there is none, a connection alone says nothing.
const withoutTls: JsonObject = {
  ssl_protocol: '',
  ssl_key_exchange: '',
  ssl_cipher: '',
  ssl_hash: '',
  peer_cert_subject: '',
  peer_cert_issuer: '',
  peer_cert_validity: '',
  peer_cert_serial_number: '',
};

/** A connection alone. */
export function connectionDetails(connection: ConnectionView, lens: Lens): JsonObject {
  const view = connectionView(connection, lens);
  return connection.tls === undefined ? { ...view, ...withoutTls } : view;
}

/** Only what tells it apart, as lists by user have it. */
export function trackedConnectionView(
  { name, vhost, user }: ConnectionView,
  { context }: Pick<Lens, 'context'>,
): JsonObject {
  return { name, vhost, user, node: context.node.name };
}
