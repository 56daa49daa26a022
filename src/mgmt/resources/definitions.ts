import { durably } from '../../broker/durably.ts';
import type { JsonObject } from '../../kit/json.ts';
import { DefinitionsError } from '../definitions/definitions-error.ts';
import { allDefinitions, vhostDefinitions } from '../definitions/export.ts';
import { importDefinitions } from '../definitions/import.ts';
import { parseDefinitions } from '../definitions/parse.ts';
import { type Answer, type Call, type Endpoint, noContent, ok } from '../endpoint.ts';
import { badRequest, HttpError } from '../http-error.ts';

// RFC 9110 §5.6.2: what may stand in a header without quotes.
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

function get(call: Call): Answer {
  const { broker } = call.context;
  const { vhost: name } = call.params;
  if (name === undefined) return download(call, allDefinitions(broker));
  const vhost = broker.vhosts.get(name);
  if (vhost === undefined) throw badRequest('vhost_not_found');
  return download(call, vhostDefinitions(broker, vhost));
}

/** As a file, if the request names one. @throws HttpError 400 */
function download({ query }: Call, definitions: JsonObject): Answer {
  const name = query.get('download');
  if (name === null) return ok(definitions);
  if (!TOKEN.test(name)) throw badRequest(['not_a_file_name', name]);
  const headers = { 'content-disposition': `attachment; filename=${name}` };
  return { ...ok(definitions), headers };
}

async function post(call: Call): Promise<Answer> {
  const { broker } = call.context;
  const { vhost } = call.params;
  if (vhost !== undefined && !broker.vhosts.has(vhost)) {
    throw new HttpError(404, 'not_found', 'vhost_not_found');
  }
  const text = await uploaded(call);
  const options = { user: call.user.name, ...(vhost === undefined ? {} : { vhost }) };
  return durably(broker.log, () =>
    imported(() => importDefinitions(broker, parseDefinitions(text), options)),
  );
}

function imported(run: () => void): Answer {
  try {
    run();
  } catch (error) {
    if (error instanceof DefinitionsError) throw badRequest(error.message);
    throw error;
  }
  return noContent;
}

/** The body, or the field `file` of a form. @throws HttpError 400 */
async function uploaded({ body, contentType }: Call): Promise<string> {
  if (!/^multipart\/form-data\b/i.test(contentType)) return Buffer.from(body).toString();
  const file = await fileIn(body, contentType);
  if (file === undefined) throw badRequest('failed_to_parse_json');
  return file;
}

async function fileIn(body: Uint8Array, contentType: string): Promise<string | undefined> {
  const form = new Response(body, { headers: { 'content-type': contentType } });
  try {
    const field = (await form.formData()).get('file');
    return field === null || typeof field === 'string' ? (field ?? undefined) : await field.text();
  } catch {
    return undefined;
  }
}

const definitions = { access: 'administrator', GET: get, POST: post } as const;

export const definitionsEndpoints: readonly Endpoint[] = [
  { path: '/definitions', ...definitions },
  { path: '/definitions/:vhost', ...definitions },
  // Its name before RabbitMQ 3.
  { path: '/all-configuration', ...definitions },
];
