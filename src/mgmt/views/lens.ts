import { isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import type { Call } from '../endpoint.ts';

/** What views are made with: a call, or its parts taken out once for a whole list. */
export type Lens = Pick<Call, 'context' | 'ranges'>;

export function lensOf({ context, ranges }: Call): Lens {
  return { context, ranges };
}

/** Erlang's figures of a process, of which there is none here: -1 is RabbitMQ's own word for that. */
export const garbageCollection: JsonObject = {
  fullsweep_after: -1,
  max_heap_size: -1,
  min_bin_vheap_size: -1,
  min_heap_size: -1,
  minor_gcs: -1,
};

/** What has not changed at all. */
export const still: JsonObject = { rate: 0 };

/** The same with samples at the times at which other details have theirs. */
export function stillBeside(details: JsonValue | undefined): JsonObject {
  if (!isJsonObject(details)) return still;
  const { samples } = details;
  if (!Array.isArray(samples)) return still;
  const none = samples.map((sample: JsonObject) => ({ ...sample, sample: 0 }));
  return { rate: 0, avg_rate: 0, avg: 0, samples: none };
}

/** Wall clock milliseconds as RabbitMQ writes them: `2026-11-22T06:01:38.123+00:00`. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}
