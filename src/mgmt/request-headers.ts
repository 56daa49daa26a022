import type { FastifyRequest } from 'fastify';
import type { OriginHeaders } from './origins.ts';

/** The first value of a header, by its name in lower case. */
export function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** The headers that say where a request came from. */
export function originHeaders(request: FastifyRequest): OriginHeaders {
  return {
    origin: headerOf(request, 'origin'),
    host: headerOf(request, 'host'),
    'sec-fetch-site': headerOf(request, 'sec-fetch-site'),
    'x-forwarded-host': headerOf(request, 'x-forwarded-host'),
    'access-control-request-headers': headerOf(request, 'access-control-request-headers'),
    'access-control-request-method': headerOf(request, 'access-control-request-method'),
  };
}
