import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import type { Operation } from './operation.ts';

/** What OpenAPI tells of operations. The two functions of one are not of its concern. */
export type Described = Pick<Operation, 'path' | 'access' | 'summary' | 'request' | 'response'>;

const JSON_TYPE = 'application/json';

/** An OpenAPI 3.1 document. @param version of Leveret */
export function openApi(operations: readonly Described[], version: string): JsonObject {
  const paths = operations.map((operation): [string, JsonValue] => [
    operation.path.replaceAll(/:(\w+)/g, '{$1}'),
    { post: described(operation) },
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Leveret', version, description: 'What RabbitMQ has nothing like' },
    servers: [{ url: '/api/x' }],
    security: [{ basic: [] }],
    components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
    paths: Object.fromEntries(paths),
  };
}

function described({ path, access, summary, request, response }: Described): JsonObject {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    description: `For users with the tag ${access}, or one that stands above it`,
    parameters,
    requestBody: { content: { [JSON_TYPE]: { schema: schemaOf(request, 'input') } } },
    responses: {
      200: {
        description: 'Done',
        content: { [JSON_TYPE]: { schema: schemaOf(response, 'output') } },
      },
      400: { description: 'The body is not as it should be' },
      401: { description: 'Who asks is unknown, or may not' },
      404: { description: 'What the path or the body names is not there' },
    },
  };
}

// What JSON has no word for, such as integers without limit, is left open.
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const json: JsonObject = JSON.parse(
    JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' })),
  );
  return json;
}
