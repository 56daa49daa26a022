import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { failureOf, internalError } from './failure.ts';
import { notFound } from './http-error.ts';
import type { Origins } from './origins.ts';
import { referencePage } from './reference-page.ts';
import { type Manner, send } from './reply.ts';
import { addRoutes, frameworkFailure, noMethods } from './routes.ts';

/** How the API is served. */
export interface ApiOptions {
  /** Bytes. */
  readonly bodyLimit: number;
  readonly origins: Origins;
}

// RabbitMQ's limit of a connection's name in a path is longer than any name that it gives.
const PARAM_LENGTH_MAX = 5000;

const redirects: ReadonlyMap<string, string> = new Map([
  ['/api', '/api/index.html'],
  ['/cli', '/cli/index.html'],
  ['/mgmt', '/'],
  ['/doc/stats.html', '/api/index.html'],
]);

/** The API as a function of requests; nothing listens yet. */
export function buildApi(
  context: Context,
  options: ApiOptions,
  served: readonly Endpoint[] = endpoints,
): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimit,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '' }) => withVhost(url),
    frameworkErrors: (error, request, reply) => {
      void answer(request, reply, frameworkFailure(error));
    },
  });
  const manner: Manner = {
    methods: noMethods,
    negotiated: false,
    jsonOnly: false,
    ofPlugin: false,
    unguarded: false,
    origins: options.origins,
  };
  const answer = (request: FastifyRequest, reply: FastifyReply, what: Answer): Promise<void> =>
    send(request, reply, what, manner);
  // Whatever a client says of its body, it is read by what it should be.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: unknown, body: unknown) => body,
  );
  app.setErrorHandler((error, request, reply) => answer(request, reply, frameworkFailure(error)));
  app.setNotFoundHandler((request, reply) =>
    answer(request, reply, answerOfNothing(request.method)),
  );
  const page = referencePage(served);
  for (const path of ['/', '/api/index.html']) {
    app.route({
      method: ['GET', 'HEAD'],
      url: path,
      handler: (request, reply) => answer(request, reply, page),
    });
  }
  for (const [path, location] of redirects) {
    app.get(path, async (_request, reply) => {
      await reply.code(301).headers({ location, vary: 'accept-encoding' }).send();
    });
  }
  addRoutes(app, served, context, options.origins);
  return app;
}

// Where nothing is, RabbitMQ looks for a file, which cannot be written.
function answerOfNothing(method: string): Answer {
  if (method === 'OPTIONS') return { status: 200 };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405 };
  return failureOf(notFound()) ?? internalError;
}

// Flower leaves the name of vhost `/` as it is.
function withVhost(url: string): string {
  return url.replace(/^\/api\/queues\/\/(?=\?|$)/, '/api/queues/%2F');
}
