/** What came from a broker, in words that can be compared with what came from another. */
import { createHash } from 'node:crypto';
import type { Content } from '../kit/content.ts';
import type { Incoming } from '../kit/inbox.ts';
import { TypedField } from '../kit/wire.ts';

export interface Entry {
  /** Entries of one stream have an order; streams have none between them. */
  readonly stream: string;
  readonly text: string;
  /** The tag of a delivery that has to be settled. */
  readonly deliveryTag: number | undefined;
}

const SHOWN_MAX = 24;

export type Headers = ReadonlyMap<string, TypedField>;

/** Headers as they are compared, `undefined` where there are none; see `explained.ts`. */
export type HeadersView = (headers: Headers) => Headers | undefined;

/** Lines of what a broker said as they are compared; `quorum` names some quorum queues. */
export type LineView = (line: string, quorum: ReadonlySet<string>) => string;

function shownField({ type, value }: TypedField): unknown {
  if (value instanceof Map) return shownTable(value as ReadonlyMap<string, TypedField>);
  if (Array.isArray(value)) return value.map((item) => shownField(item as TypedField));
  if (type === 'S' || type === 't') return value;
  if (value instanceof Uint8Array) return `${type}:${Buffer.from(value).toString('hex')}`;
  return `${type}:${String(value)}`;
}

function shownTable(table: ReadonlyMap<string, TypedField>): object {
  const names = [...table.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, shownField(table.get(name)!)]));
}

/** The times of deaths are each broker's own. */
function withoutTimes(headers: Headers): Headers {
  const deaths = headers.get('x-death');
  if (deaths?.type !== 'A') return headers;
  const timeless = (deaths.value as TypedField[]).map((death) => {
    if (!(death.value instanceof Map)) return death;
    const entry = new Map(death.value as Map<string, TypedField>);
    const time = entry.get('time');
    if (time?.type === 'T') entry.set('time', new TypedField('S', 'some time'));
    return new TypedField('F', entry);
  });
  return new Map(headers).set('x-death', new TypedField('A', timeless));
}

function shownBody(body: Buffer): string {
  if (body.length <= SHOWN_MAX) return body.toString();
  const hash = createHash('sha1').update(body).digest('hex').slice(0, 8);
  const start = /^[\w.]*/.exec(body.toString('latin1', 0, SHOWN_MAX))?.[0];
  return `${start} and more: ${body.length} bytes, ${hash}`;
}

function shownContent(content: Content, view: HeadersView): string {
  const { headers: _, ...properties } = content.properties;
  const headers = content.typedHeaders && view(withoutTimes(content.typedHeaders));
  const shown = { ...properties, ...(headers ? { headers: shownTable(headers) } : {}) };
  return `'${shownBody(content.body)}' ${JSON.stringify(shown)}`;
}

const quote = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : String(value);

/** A received method in words. `without` names arguments that are no part of it. */
export function describe(item: Incoming, view: HeadersView, without: readonly string[]): string {
  const { content, ...args } = item.got as Record<string, unknown> & { content?: Content };
  const shown = Object.entries(args)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => `${name} ${quote(value)}`);
  const message = content === undefined ? [] : [shownContent(content, view)];
  return [item.name, ...shown, ...message].join(', ');
}
