import { isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { parseJson } from '../../kit/json-text.ts';
import { DefinitionsError } from './definitions-error.ts';

/** Definitions as text; nothing at all counts as none. @throws DefinitionsError */
export function parseDefinitions(text: string): JsonObject {
  // Editors on Windows leave a byte order mark.
  const json = text.replace(/^\u{feff}/u, '');
  if (json === '') return {};
  let value: JsonValue;
  try {
    value = parseJson(json);
  } catch {
    throw new DefinitionsError('failed_to_parse_json');
  }
  if (!isJsonObject(value)) throw new DefinitionsError('failed_to_parse_json');
  return value;
}
