import { isJsonList, type JsonValue } from '../kit/json.ts';
import { badRequest } from './http-error.ts';

/** Tags as a list, or as text with commas between them. @throws HttpError 400 */
export function tagsOf(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return trimmed(value.split(','));
  if (!isJsonList(value)) throw badRequest(['not_a_list', value]);
  return trimmed(value.map(textTag));
}

function textTag(tag: JsonValue): string {
  if (typeof tag === 'string') return tag;
  throw badRequest(['not_string', tag]);
}

function trimmed(tags: readonly string[]): readonly string[] {
  return tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
}
