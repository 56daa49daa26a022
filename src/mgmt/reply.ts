import type { FastifyReply, FastifyRequest } from 'fastify';
import { worthCompressing } from './compression.ts';
import type { Answer } from './endpoint.ts';
import { corsHeaders, type Origins } from './origins.ts';
import { headerOf, originHeaders } from './request-headers.ts';
import { WrittenJson } from './written-json.ts';

/** How answers of an endpoint look from outside. */
export interface Manner {
  /** What can be done there, as `allow` lists it. */
  readonly methods: string;
  /** The user and the kind of answer are known: what is said depends on what was accepted. */
  readonly negotiated: boolean;
  /** What a client accepts makes no difference. */
  readonly jsonOnly: boolean;
  /** As a plugin of RabbitMQ answers. */
  readonly ofPlugin: boolean;
  /** Anybody may see it, so that no cache on the way may keep it. */
  readonly unguarded: boolean;
  readonly origins: Origins;
}

const CONTENT_SECURITY_POLICY = "script-src 'self'; object-src 'self'";

/** Writes an answer with the headers that RabbitMQ gives to its own. */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  manner: Manner,
): Promise<void> {
  const content = contentOf(answer);
  const type = answer.text === undefined ? 'application/json' : 'text/plain';
  reply.code(answer.status).headers({
    allow: manner.methods,
    vary: varyOf(manner),
    ...(manner.ofPlugin ? {} : { 'content-security-policy': CONTENT_SECURITY_POLICY }),
    'cache-control': isOfTheMoment(answer, manner)
      ? 'no-cache'
      : 'public, max-age=0, must-revalidate',
    ...(manner.unguarded && manner.negotiated ? { expires: '0', pragma: 'no-cache' } : {}),
    ...(content === undefined ? {} : { 'content-type': type }),
    ...corsHeaders(manner.origins, originHeaders(request), manner.methods),
    ...answer.headers,
  });
  if (content === undefined) {
    await reply.send();
    return;
  }
  if (!worthCompressing(headerOf(request, 'accept-encoding'), content.bytes.length)) {
    await reply.send(content.bytes);
    return;
  }
  await reply.header('content-encoding', 'gzip').send(await content.compressed());
}

function varyOf({ negotiated, jsonOnly }: Manner): string {
  if (!negotiated) return 'origin, accept-encoding';
  return jsonOnly ? 'accept-encoding, origin' : 'accept, accept-encoding, origin';
}

// What was asked for, or that a check has failed.
function isOfTheMoment({ status, text }: Answer, { negotiated }: Manner): boolean {
  return negotiated && text === undefined && (status === 200 || status === 503);
}

function contentOf({ body, text, written }: Answer): WrittenJson | undefined {
  if (written !== undefined) return written;
  if (text !== undefined) return new WrittenJson(Buffer.from(text));
  return body === undefined ? undefined : WrittenJson.of(body);
}
