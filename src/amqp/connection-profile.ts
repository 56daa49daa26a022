import type { Broker } from '../broker/broker.ts';
import type { ChannelView, ConnectionState, ConnectionView } from '../broker/live.ts';
import type { Session } from '../broker/session.ts';
import { frameMinSizeBytes } from '../codec/spec.ts';
import type { Table } from '../codec/table.ts';
import type { Endpoint, TlsDetails, Transport } from '../kit/transport.ts';
import { type Client, unknownClient } from './client.ts';
import type { Outbox } from './outbox.ts';

/** What is known of a connection, and what others may see of it. */
export abstract class ConnectionProfile implements ConnectionView {
  readonly name: string;
  readonly broker: Broker;
  readonly transport: Transport;
  readonly connectedAt: number;
  client: Client = unknownClient;
  /** Bytes of a frame at most; the least that all peers take until it is tuned. */
  frameMax = frameMinSizeBytes;
  channelMax = 0;
  heartbeat = 0;
  /** Grows with every read. */
  reads = 0;
  receivedBytes = 0;

  constructor(broker: Broker, transport: Transport) {
    this.broker = broker;
    this.transport = transport;
    const { remote, local } = transport;
    this.name = `${remote.address}:${remote.port} -> ${local.address}:${local.port}`;
    this.connectedAt = broker.clock.wall();
  }

  abstract readonly outbox: Outbox;
  /** Of a connection that is in a vhost, or was when it was told to end. */
  abstract readonly session: Session | undefined;
  abstract readonly state: ConnectionState;
  abstract readonly channelCount: number;
  abstract channelViews(): Iterable<ChannelView>;
  abstract forceClose(explanation: string): void;

  /** The name of the vhost that it is in; empty while it is in none. */
  get vhost(): string {
    return this.session?.vhost.name ?? '';
  }

  /** The name of the user who is logged in; empty while it is in no vhost. */
  get user(): string {
    return this.session?.user.name ?? '';
  }

  get local(): Endpoint {
    return this.transport.local;
  }

  get remote(): Endpoint {
    return this.transport.remote;
  }

  get tls(): TlsDetails | undefined {
    return this.transport.tls;
  }

  get mechanism(): string {
    return this.client.mechanism;
  }

  get clientProperties(): Table {
    return this.client.properties;
  }

  get givenName(): string | undefined {
    return this.client.connectionName;
  }

  get receivedPackets(): number {
    return this.reads;
  }

  get writes(): number {
    return this.outbox.writes;
  }

  get sentPackets(): number {
    return this.outbox.writes;
  }

  get sentBytes(): number {
    return this.outbox.sentBytes;
  }

  get unsentBytes(): number {
    return this.outbox.unsentBytes;
  }
}
