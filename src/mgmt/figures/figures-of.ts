import { Broker } from '../../broker/broker.ts';
import type { ChannelView, Traffic } from '../../broker/live.ts';
import { VirtualHost } from '../../broker/vhost.ts';
import { Exchange } from '../../exchanges/exchange.ts';
import { ExchangeCounters } from '../../exchanges/exchange-counters.ts';
import { Queue } from '../../queues/queue.ts';
import type { FigureKind } from '../history/history.ts';
import type { NodeFacts } from '../node-facts.ts';
import { brokerLengths, brokerRates, brokerTraffic, churnFigures } from './broker-figures.ts';
import { channelRates } from './channel-figures.ts';
import { connectionTraffic } from './connection-figures.ts';
import { exchangeRates } from './exchange-figures.ts';
import type { FigureNames, FigureSet } from './figure-set.ts';
import { nodeFigures } from './node-figures.ts';
import { queueLengths, queueRates } from './queue-figures.ts';
import { vhostLengths, vhostRates, vhostTraffic } from './vhost-figures.ts';

/** A subject's figures of one kind. */
export interface Figures {
  readonly set: FigureNames;
  /** Now, in the order of the names: good until the next are read. */
  readonly now: Float64Array;
}

/** Knows which figures a subject has. */
export class FigureCatalogue {
  readonly #node: FigureSet<Broker>;

  constructor(node: NodeFacts) {
    this.#node = nodeFigures(node);
  }

  /**
   * Of the broker, a vhost, queue, exchange, connection or channel, or of the counters that are a
   * vhost's default exchange; undefined when it has none.
   */
  of(subject: object, kind: FigureKind): Figures | undefined {
    if (subject instanceof Queue) return bound(queueSets[kind], subject);
    if (subject instanceof VirtualHost) return bound(vhostSets[kind], subject);
    if (subject instanceof Broker) {
      return bound(kind === 'nodeStats' ? this.#node : brokerSets[kind], subject);
    }
    if (subject instanceof Exchange || subject instanceof ExchangeCounters) {
      return bound(exchangeSets[kind], subject);
    }
    if (isChannel(subject)) return bound(channelSets[kind], subject);
    if (isConnection(subject)) return bound(connectionSets[kind], subject);
    return undefined;
  }

  /** Of the node. */
  get node(): FigureSet<Broker> {
    return this.#node;
  }
}

type Sets<Subject> = { readonly [Kind in FigureKind]?: FigureSet<Subject> };

const queueSets: Sets<Queue> = { lengths: queueLengths, msgRates: queueRates };
const vhostSets: Sets<VirtualHost> = {
  lengths: vhostLengths,
  msgRates: vhostRates,
  dataRates: vhostTraffic,
};
const brokerSets: Sets<Broker> = {
  lengths: brokerLengths,
  msgRates: brokerRates,
  dataRates: brokerTraffic,
  churn: churnFigures,
};
const exchangeSets: Sets<Pick<ExchangeCounters, 'publishedIn' | 'publishedOut'>> = {
  msgRates: exchangeRates,
};
const channelSets: Sets<ChannelView> = { msgRates: channelRates };
const connectionSets: Sets<Traffic> = { dataRates: connectionTraffic };

function bound<Subject>(
  set: FigureSet<Subject> | undefined,
  subject: Subject,
): Figures | undefined {
  if (set === undefined) return undefined;
  return { set, now: set.read(subject) };
}

function isChannel(subject: object): subject is ChannelView {
  return 'publishedTo' in subject;
}

function isConnection(subject: object): subject is Traffic {
  return 'channelViews' in subject;
}
