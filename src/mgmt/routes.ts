import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../auth/users.ts';
import { refusalOf } from './access.ts';
import { AnswerCache } from './answer-cache.ts';
import { authenticate } from './authentication.ts';
import { HttpCall } from './call.ts';
import type { Context } from './context.ts';
import { type Access, type Answer, type Endpoint, type Verb, verbs } from './endpoint.ts';
import { failureOf, internalError } from './failure.ts';
import { badRequest, HttpError, notAuthorised, notFound } from './http-error.ts';
import { isForeignWrite, type Origins } from './origins.ts';
import { type Manner, send } from './reply.ts';
import { headerOf, originHeaders } from './request-headers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null until that is known. */
    user: User | null;
  }
}

const plainContent = { 'content-type': 'application/octet-stream' };
const allMethods = [...verbs, 'HEAD', 'OPTIONS', 'PATCH'];
/** What can be done where nothing is: RabbitMQ looks for a file there. */
export const noMethods = 'HEAD, GET, OPTIONS';

/** Adds the routes of all endpoints. */
export function addRoutes(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  context: Context,
  origins: Origins,
): void {
  app.decorateRequest('user', null);
  for (const endpoint of endpoints) {
    const route = new Route(endpoint, context, origins);
    app.route({
      method: allMethods,
      url: `/api${endpoint.path}`,
      // Before the body is read: strangers need not send theirs.
      onRequest: (request, reply) => route.admit(request, reply),
      handler: (request, reply) => route.serve(request, reply),
    });
  }
}

/** `allow` of an endpoint, in RabbitMQ's order. */
export function methodsOf(endpoint: Endpoint): string {
  const own = verbs.filter((verb) => endpoint[verb] !== undefined);
  const hasHead = endpoint.GET !== undefined && !endpoint.noHead;
  return [...(hasHead ? ['HEAD'] : []), ...own, 'OPTIONS'].join(', ');
}

/** One endpoint over HTTP. */
class Route {
  readonly #endpoint: Endpoint;
  readonly #context: Context;
  readonly #origins: Origins;
  readonly #methods: string;
  readonly #answers: AnswerCache;

  constructor(endpoint: Endpoint, context: Context, origins: Origins) {
    this.#endpoint = endpoint;
    this.#context = context;
    this.#origins = origins;
    this.#methods = methodsOf(endpoint);
    this.#answers = new AnswerCache(context.clock);
  }

  /** Answers at once whatever is not to be served. */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    // RabbitMQ's clients say whatever they like; what makes no sense must not be refused.
    if (request.headers['content-type'] !== undefined) request.headers = plainContent;
    const answer = this.#obstacle(request);
    if (answer !== undefined) await this.#send(request, reply, answer, false);
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const answer = await this.#answer(request);
    await this.#send(request, reply, answer, true);
    this.#audit(request, answer);
  }

  // In the order in which RabbitMQ looks at a request.
  #obstacle(request: FastifyRequest): Answer | undefined {
    if (request.method === 'OPTIONS') return { status: 200 };
    const verb = verbOf(request.method);
    if (verb === undefined || this.#endpoint[verb] === undefined) return { status: 405 };
    if (request.method === 'HEAD' && this.#endpoint.noHead) return { status: 405 };
    try {
      const access = accessOf(this.#endpoint, verb);
      if (verb !== 'GET') this.#checkOrigin(request);
      if (access !== 'anybody') this.#checkUser(request, access);
      return acceptsJson(request.headers.accept) ? undefined : { status: 406 };
    } catch (error) {
      return this.#failure(error, request);
    }
  }

  #checkUser(request: FastifyRequest, access: Exclude<Access, 'anybody'>): void {
    const { authorization } = request.headers;
    request.user = authenticate(this.#context, authorization, request.ip);
    const refusal = refusalOf(request.user, access);
    if (refusal !== undefined) throw notAuthorised(refusal);
  }

  #checkOrigin(request: FastifyRequest): void {
    if (!isForeignWrite(this.#origins, originHeaders(request))) return;
    throw notAuthorised('Requests that change something must not come from pages of other sites');
  }

  async #answer(request: FastifyRequest): Promise<Answer> {
    try {
      const verb = verbOf(request.method);
      const handler = verb === undefined ? undefined : this.#endpoint[verb];
      if (handler === undefined) throw new Error(`no handler for ${request.method}`);
      const call = callOf(this.#context, request);
      if (!this.#endpoint.mayBeNameless && Object.values(call.params).includes('')) {
        throw notFound();
      }
      const answer = await handler(call);
      const { later } = answer;
      return later === undefined ? answer : await this.#shared(request, later);
    } catch (error) {
      return this.#failure(error, request);
    }
  }

  // The same for all who ask the same, until something comes or goes.
  #shared(request: FastifyRequest, make: () => Promise<Answer>): Promise<Answer> {
    const { vhosts, connections, permissions } = this.#context.broker;
    let generation = permissions.generation;
    for (const vhost of vhosts.values()) generation += vhost.generation;
    const question = [request.user?.name, headerOf(request, 'x-vhost'), request.url];
    const stamp = [generation, vhosts.size, connections.size];
    return this.#answers.get(JSON.stringify(question), stamp.join(), make);
  }

  #failure(error: unknown, request: FastifyRequest): Answer {
    const failure = failureOf(error);
    if (failure !== undefined) return failure;
    const fields = { err: error, method: request.method, path: pathOf(request) };
    this.#context.logger.error(fields, 'HTTP request failed');
    return internalError;
  }

  #send(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: Answer,
    negotiated: boolean,
  ): Promise<void> {
    const verb = verbOf(request.method);
    const manner: Manner = {
      methods: this.#methods,
      negotiated: negotiated && !answer.isEarly,
      jsonOnly: this.#endpoint.jsonOnly ?? this.#endpoint.ofPlugin ?? false,
      ofPlugin: this.#endpoint.ofPlugin ?? false,
      unguarded: verb === 'GET' && accessOf(this.#endpoint, verb) === 'anybody',
      origins: this.#origins,
    };
    return send(request, reply, answer, manner);
  }

  // Who changed what. Bodies may hold secrets, so they stay out.
  #audit(request: FastifyRequest, { status }: Answer): void {
    if (verbOf(request.method) === 'GET') return;
    const { method, ip, user } = request;
    const fields = { user: user?.name, method, path: pathOf(request), status, address: ip };
    this.#context.logger.info(fields, 'HTTP request to change something');
  }
}

function callOf(context: Context, request: FastifyRequest): HttpCall {
  const mark = request.url.indexOf('?');
  return new HttpCall({
    context,
    user: request.user ?? undefined,
    params: paramsOf(request.params),
    query: new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1)),
    body: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
    headers: request.raw.headers,
    address: request.ip,
  });
}

function paramsOf(params: unknown): Readonly<Record<string, string>> {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

/** The answer to an error of fastify's own, such as a body that is too long. */
export function frameworkFailure(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return failureOf(badRequest('Exceeded HTTP request body size limit')) ?? internalError;
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status !== 'number' || status >= 500) return internalError;
  const reason = error instanceof Error ? error.message : String(error);
  return failureOf(new HttpError(400, 'bad_request', reason)) ?? internalError;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function verbOf(method: string): Verb | undefined {
  return method === 'HEAD' ? 'GET' : verbs.find((verb) => verb === method);
}

function accessOf({ access, path }: Endpoint, verb: Verb): Access {
  if (typeof access === 'string') return access;
  const own = access[verb];
  if (own === undefined) throw new Error(`nobody said who may ${verb} ${path}`);
  return own;
}

// Only whoever takes nothing but other things is turned away; BERT clients take JSON as well.
function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((range) => {
    const [type = ''] = range.trim().toLowerCase().split(';');
    return ['*/*', 'application/*', 'application/json', 'application/bert'].includes(type.trim());
  });
}
