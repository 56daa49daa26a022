import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { jsonText } from '../kit/json-text.ts';

/** What an import does to one kind of things. */
export interface KindChanges {
  /** As the file calls them: `queues`. */
  readonly kind: string;
  readonly added: number;
  readonly changed: number;
  readonly same: number;
}

// What makes a thing of each kind that one and no other.
const identities: Readonly<Record<string, readonly string[]>> = {
  users: ['name'],
  vhosts: ['name'],
  permissions: ['user', 'vhost'],
  topic_permissions: ['user', 'vhost', 'exchange'],
  parameters: ['component', 'vhost', 'name'],
  global_parameters: ['name'],
  policies: ['vhost', 'name'],
  queues: ['vhost', 'name'],
  exchanges: ['vhost', 'name'],
  bindings: ['vhost', 'source', 'destination_type', 'destination', 'routing_key', 'arguments'],
};

/** How definitions in a file differ from those of a node; what the node has beside them stays. */
export function definitionChanges(file: JsonObject, node: JsonObject): readonly KindChanges[] {
  return Object.entries(identities).flatMap(([kind, identity]): KindChanges[] => {
    const wanted = objectsIn(file[kind]);
    if (wanted.length === 0) return [];
    const present = new Map(objectsIn(node[kind]).map((each) => [keyOf(each, identity), each]));
    const counts = { kind, added: 0, changed: 0, same: 0 };
    for (const each of wanted) {
      const there = present.get(keyOf(each, identity));
      if (there === undefined) counts.added += 1;
      else if (holds(there, each)) counts.same += 1;
      else counts.changed += 1;
    }
    return [counts];
  });
}

/** How many things definitions tell of. */
export function definitionCount(file: JsonObject): number {
  const kinds = Object.keys(identities);
  return kinds.reduce((sum, kind) => sum + objectsIn(file[kind]).length, 0);
}

// What is not said does not change.
function holds(there: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([key, value]) => sorted(there[key]) === sorted(value));
}

function keyOf(object: JsonObject, identity: readonly string[]): string {
  return jsonText(identity.map((key) => sorted(object[key])));
}

// As text that does not depend on the order of keys.
function sorted(value: JsonValue | undefined): string {
  if (isJsonList(value)) return `[${value.map(sorted).join(',')}]`;
  if (!isJsonObject(value)) return jsonText(value ?? null);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${jsonText(key)}:${sorted(value[key])}`).join(',')}}`;
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonList(value) ? value.filter(isJsonObject) : [];
}
