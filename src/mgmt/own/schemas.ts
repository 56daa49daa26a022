import { z } from 'zod';
import type { JsonValue } from '../../kit/json.ts';

/** A header's value; integers may be greater than a double holds. */
const headerValue: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.bigint(),
    z.boolean(),
    z.array(headerValue),
    z.record(z.string(), headerValue),
  ]),
);

/** Headers of a message. */
export const headersSchema = z.record(z.string(), headerValue);

/** A queue by its names. */
export const queueNameSchema = z.object({ vhost: z.string(), name: z.string() });

/** A body as it is shown. */
export const payloadSchema = z.object({
  payload: z.string().describe('As text or base64, see payload_encoding; maybe cut'),
  payload_bytes: z.int().nonnegative().describe('Of the whole body'),
  payload_encoding: z.enum(['string', 'base64']),
});
