import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../kit/clock.ts';
import { type ApiServer, serveApi } from '../mgmt/api-server.ts';
import type { Context } from '../mgmt/context.ts';
import { NodeHistory } from '../mgmt/history/node-history.ts';
import { startPrometheus } from '../mgmt/metrics/prometheus.ts';
import type { Disk } from '../store/disk.ts';
import type { Config } from './config-schema.ts';
import type { Listener } from './listeners.ts';
import { ListeningPlace } from './listening-place.ts';
import type { MemoryLimits } from './memory-limits.ts';
import { ServerFacts } from './node-facts.ts';
import type { TlsIdentities } from './tls-identities.ts';

/** What is served beside AMQP. */
export interface Management {
  /** undefined where there is no HTTP API. */
  readonly port: number | undefined;
  /** undefined where it is not served with TLS. */
  readonly tlsPort: number | undefined;
  /** undefined where Prometheus is not answered. */
  readonly prometheusPort: number | undefined;
  /** AMQP listens there. */
  addListeners(listeners: readonly Listener[]): void;
  /** Answers what is under way, for as long as that takes no longer than a second or so. */
  close(): Promise<void>;
}

export interface ManagementParts {
  readonly broker: Broker;
  readonly config: Config;
  readonly limits: MemoryLimits;
  readonly disk: Disk | undefined;
  readonly identities: TlsIdentities;
  readonly configFiles: readonly string[];
  /** That of the machine, whatever the broker's says. */
  readonly clock: Clock;
}

/** How long requests that are under way may take once the server stops. */
const PATIENCE_MS = 1000;

export class RunningManagement implements Management {
  readonly #parts: ManagementParts;
  readonly #node: ServerFacts;
  readonly #history: NodeHistory;
  #api: ApiServer | undefined = undefined;
  #secureApi: ApiServer | undefined = undefined;
  #prometheus: ApiServer | undefined = undefined;
  #securePrometheus: ApiServer | undefined = undefined;

  constructor(parts: ManagementParts) {
    const { broker, clock } = parts;
    this.#parts = parts;
    this.#node = new ServerFacts(parts);
    this.#history = new NodeHistory({ broker, node: this.#node, clock });
  }

  get port(): number | undefined {
    return this.#api?.port;
  }

  get tlsPort(): number | undefined {
    return this.#secureApi?.port;
  }

  get prometheusPort(): number | undefined {
    return this.#prometheus?.port;
  }

  addListeners(listeners: readonly Listener[]): void {
    const { tcpBacklog: backlog, tcpNodelay: noDelay } = this.#parts.config;
    for (const { host, port, identity } of listeners) {
      const protocol = identity === undefined ? 'amqp' : 'amqp/ssl';
      const more = { identity, backlog, noDelay };
      this.#node.addListener(new ListeningPlace(protocol, host, port, more));
    }
  }

  async start(): Promise<void> {
    const { broker, config } = this.#parts;
    const context = this.#context();
    await this.#node.askDisk();
    if (config.managementRates !== 'none') this.#history.start();
    const { managementPort, managementTlsPort, managementHost = config.host } = config;
    const { managementTlsHost = managementHost } = config;
    const { management: identity } = this.#parts.identities;
    const origins = { allowed: config.corsAllowOrigins, maxAge: config.corsMaxAge };
    const options = { bodyLimit: config.managementBodyLimit, origins };
    if (managementPort !== undefined) {
      const where = { host: managementHost, port: managementPort };
      this.#api = await serveApi(context, options, where);
      this.#announce(new ListeningPlace('http', where.host, this.#api.port));
    }
    if (managementTlsPort !== undefined && identity !== undefined) {
      const where = { host: managementTlsHost, port: managementTlsPort, identity };
      this.#secureApi = await serveApi(context, options, where);
      this.#announce(new ListeningPlace('https', where.host, this.#secureApi.port, { identity }));
    }
    await this.#startPrometheus(context);
    broker.logger.debug({ rates: config.managementRates }, 'Management started');
  }

  async #startPrometheus(context: Context): Promise<void> {
    const { config, identities } = this.#parts;
    const { prometheusPort, prometheusTlsPort, prometheusHost = config.host } = config;
    const { prometheusTlsHost = prometheusHost } = config;
    const { prometheus: identity } = identities;
    if (prometheusPort !== undefined) {
      const where = { host: prometheusHost, port: prometheusPort };
      this.#prometheus = await startPrometheus(context, where);
      const { port } = this.#prometheus;
      this.#announce(new ListeningPlace('http/prometheus', where.host, port));
    }
    if (prometheusTlsPort !== undefined && identity !== undefined) {
      const where = { host: prometheusTlsHost, port: prometheusTlsPort, identity };
      this.#securePrometheus = await startPrometheus(context, where);
      const { port } = this.#securePrometheus;
      this.#announce(new ListeningPlace('https/prometheus', where.host, port, { identity }));
    }
  }

  async close(): Promise<void> {
    const apis = [this.#api, this.#secureApi, this.#prometheus, this.#securePrometheus];
    const timer = this.#parts.clock.after(PATIENCE_MS, () => {
      for (const api of apis) api?.abort();
    });
    await Promise.all(apis.map((api) => api?.close()));
    timer.cancel();
    this.#history.close();
    this.#node.close();
  }

  #context(): Context {
    const { broker, config } = this.#parts;
    const history = this.#history;
    const { clock, random, logger } = broker;
    return {
      broker,
      clock,
      random,
      logger,
      history,
      node: this.#node,
      ratesMode: config.managementRates,
      resetHistory: () => {
        history.close();
        if (config.managementRates !== 'none') history.start();
      },
    };
  }

  #announce(place: ListeningPlace): void {
    const { protocol, address: host, port } = place;
    this.#node.addListener(place);
    this.#parts.broker.logger.info({ host, port }, `Listening for ${titles[protocol] ?? protocol}`);
  }
}

const titles: Readonly<Record<string, string>> = {
  http: 'HTTP',
  https: 'HTTPS',
  'http/prometheus': 'Prometheus',
  'https/prometheus': 'Prometheus with TLS',
};
