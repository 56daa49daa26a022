import type { z } from 'zod';
import type { JsonObject } from '../../kit/json.ts';
import { type Access, type Call, type Endpoint, ok } from '../endpoint.ts';
import { badRequest } from '../http-error.ts';

/** What is told of an operation, and what is done: RabbitMQ has none like it. */
export interface Operation<Request extends z.ZodType = z.ZodType> {
  /** Below `/api/x`, such as `/queues/:vhost/:name/peek`. */
  readonly path: string;
  readonly access: Access;
  /** One line. */
  readonly summary: string;
  readonly request: Request;
  readonly response: z.ZodType;
  /** @throws HttpError, BrokerError */
  run(call: Call, request: z.output<Request>): JsonObject | Promise<JsonObject>;
}

/** An operation as an endpoint: the body is what its schema says, or refused. */
export function endpointOf<Request extends z.ZodType>(operation: Operation<Request>): Endpoint {
  const { path, access, request } = operation;
  return {
    path: `/x${path}`,
    access,
    POST: async (call) => ok(await operation.run(call, parsed(request, call.json()))),
  };
}

function parsed<Request extends z.ZodType>(schema: Request, json: JsonObject): z.output<Request> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw badRequest(faults.join('; '));
}
