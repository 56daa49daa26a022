import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { Clock } from '../kit/clock.ts';

/** What goes to a node. */
export interface HttpRequest {
  readonly method: string;
  /** With the query, in the spelling in which it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly text: string;
}

/** A node that did not answer in time. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

export interface HttpOptions {
  /** `http:` or `https:`, host and port. */
  readonly origin: URL;
  /** PEM: who is trusted beside those whom Node.js trusts already. */
  readonly authorities: string | undefined;
  /** Whether a certificate is believed that nobody vouches for. */
  readonly isTrusting: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Requests to one node over few connections. Not `fetch`: that rewrites paths with dots, has ports which
 * it refuses, gives up after five minutes and cannot be told of certificates.
 */
export class Http {
  readonly #options: HttpOptions;
  #agent: Agent | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** @throws TimedOut, Error with the system's code */
  async send(sent: HttpRequest): Promise<HttpResponse> {
    const { origin, timeoutMs, clock } = this.#options;
    const agent = await this.#connections();
    const started = await this.#starter();
    return new Promise((resolve, reject) => {
      const { method, path, headers } = sent;
      // IPv6 addresses stand in brackets in URLs only.
      const hostname = origin.hostname.replace(/^\[(.*)\]$/, '$1');
      const { port, protocol } = origin;
      const options = { protocol, hostname, port, method, path, headers, agent };
      const pending = started(options, (response) => {
        collected(response).then(resolve, reject);
      });
      const timer = clock.after(timeoutMs, () => pending.destroy(new TimedOut('no answer')));
      pending.on('error', reject);
      pending.on('close', () => timer.cancel());
      pending.end(sent.body);
    });
  }

  close(): void {
    this.#agent?.destroy();
  }

  // TLS takes its time to load, and few need it.
  async #starter(): Promise<Starter> {
    return this.#isSecure() ? (await import('node:https')).request : request;
  }

  async #connections(): Promise<Agent> {
    this.#agent ??= this.#isSecure() ? await this.#secureAgent() : new Agent({ keepAlive: true });
    return this.#agent;
  }

  async #secureAgent(): Promise<Agent> {
    const [{ Agent: SecureAgent }, { rootCertificates }] = await Promise.all([
      import('node:https'),
      import('node:tls'),
    ]);
    const { authorities, isTrusting } = this.#options;
    const options: AgentOptions = {
      keepAlive: true,
      rejectUnauthorized: !isTrusting,
      ...(authorities === undefined ? {} : { ca: [...rootCertificates, authorities] }),
    };
    return new SecureAgent(options);
  }

  #isSecure(): boolean {
    return this.#options.origin.protocol === 'https:';
  }
}

type Starter = (
  options: RequestOptions,
  answered: (response: IncomingMessage) => void,
) => ClientRequest;

async function collected(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}
