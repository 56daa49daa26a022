import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterReads } from '../../kit/clock.ts';
import { type ApiServer, type Place, serveAt } from '../api-server.ts';
import type { Context } from '../context.ts';
import { aggregated, detailed, memoryBreakdown, perObject } from './scrape.ts';

// What is written in one turn of the event loop: about half a millisecond's work.
const CHUNK_CHARACTERS = 32 * 1024;

/** Serves metrics to anybody who asks. @throws the socket's error (EADDRINUSE, EACCES …) */
export async function startPrometheus(context: Context, place: Place): Promise<ApiServer> {
  return await serveAt(place, buildPrometheus(context));
}

/** The metrics as a function of requests; nothing listens yet. */
export function buildPrometheus(context: Context): FastifyInstance {
  const app = Fastify({ logger: false, routerOptions: { ignoreTrailingSlash: true } });
  const serve = (path: string, scrape: (query: URLSearchParams) => Iterable<string>): void => {
    app.get(path, async (request, reply) => {
      const query = new URL(request.url, 'http://localhost').searchParams;
      void reply.type('text/plain; version=0.0.4; charset=utf-8');
      return reply.send(Readable.from(chunks(scrape(query)), { objectMode: false }));
    });
  };
  serve('/metrics', () => aggregated(context));
  serve('/metrics/per-object', () => perObject(context));
  serve('/metrics/detailed', (query) => {
    const vhosts = query.getAll('vhost');
    return detailed(
      context,
      new Set(query.getAll('family')),
      vhosts.length === 0 ? undefined : new Set(vhosts),
    );
  });
  serve('/metrics/memory-breakdown', () => memoryBreakdown(context));
  return app;
}

// A piece at a time, as fast as the client takes them; between two of them others get their turn.
async function* chunks(texts: Iterable<string>): AsyncGenerator<string, void> {
  let chunk = '';
  for (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
    await new Promise<void>((resolve) => afterReads(resolve));
  }
  if (chunk !== '') yield chunk;
}
