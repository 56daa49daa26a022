import type { Table } from '../codec/table.ts';
import type { Exchange } from '../exchanges/exchange.ts';
import type { Endpoint, TlsDetails } from '../kit/transport.ts';
import type { DeliveryCounters, PublishCounters } from '../queues/counters.ts';
import type { Queue } from '../queues/queue.ts';

export type { TlsDetails } from '../kit/transport.ts';

/** Bytes and packets (writes, reads) of a connection so far. */
export interface Traffic {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
}

export type ConnectionState =
  | 'running'
  /** An alarm keeps publishers waiting, and it has not published since. */
  | 'blocking'
  /** It has published under an alarm, and is not read until that is over. */
  | 'blocked'
  /** It waits for the disk, which will not take long. */
  | 'flow'
  /** It has been told that it is over, and has not answered yet. */
  | 'closing';

/** A client's connection, to be looked at. */
export interface ConnectionView extends Traffic {
  readonly name: string;
  /** Of the user who is logged in. */
  readonly user: string;
  readonly vhost: string;
  readonly state: ConnectionState;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly mechanism: string;
  readonly clientProperties: Table;
  /** The name that the client gave to it. */
  readonly givenName: string | undefined;
  /** Wall clock milliseconds. */
  readonly connectedAt: number;
  /** 0 for as many as the protocol has. */
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds between heartbeats; 0 for none. */
  readonly heartbeat: number;
  readonly unsentBytes: number;
  readonly tls: TlsDetails | undefined;
  readonly channelCount: number;
  /** The channels by number; the same object for a channel each time. */
  channelViews(): Iterable<ChannelView>;
  /** Ends it (320); the client is told this explanation. */
  forceClose(explanation: string): void;
}

export type ChannelState = 'running' | 'flow' | 'closing';

/** What was published through one exchange. */
export type ExchangePublishes = Readonly<Omit<PublishCounters, 'confirm'>>;

/** A channel, to be looked at. */
export interface ChannelView {
  readonly number: number;
  readonly connection: ConnectionView;
  readonly vhost: string;
  readonly user: string;
  readonly isConfirming: boolean;
  readonly isTransactional: boolean;
  /** Of each consumer to come; 0 for no limit. */
  readonly prefetchCount: number;
  /** Of the channel as a whole; 0 for no limit. */
  readonly globalPrefetchCount: number;
  readonly unacknowledged: number;
  readonly unconfirmed: number;
  /** Messages and acknowledgements of the open transaction. */
  readonly uncommitted: number;
  readonly acksUncommitted: number;
  readonly state: ChannelState;
  /**
   * Wall clock milliseconds since which it has done nothing, in whole seconds; undefined while it is
   * at work.
   */
  readonly idleSince: number | undefined;
  readonly published: Readonly<PublishCounters>;
  readonly delivered: Readonly<DeliveryCounters>;
  readonly consumerCount: number;
  consumerViews(): Iterable<ConsumerView>;
  /**
   * What was published through each exchange that the channel used lately; undefined is the default
   * exchange.
   */
  publishedTo(): Iterable<readonly [Exchange<Queue> | undefined, ExchangePublishes]>;
}

/** A consumer, to be looked at. */
export interface ConsumerView {
  readonly tag: string;
  readonly queue: Queue;
  readonly channel: ChannelView;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** Whether messages go to it: with a single active consumer, only to one. */
  readonly isActive: boolean;
  readonly prefetchCount: number;
  /** Deliveries that are not settled. */
  readonly unacknowledged: number;
  /** Milliseconds; undefined when the queue's or the node's own holds. */
  readonly timeoutMs: number | undefined;
  readonly arguments: Table;
}
