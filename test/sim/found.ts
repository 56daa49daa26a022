import type { AppendLog, Fact } from '../../src/store/append-log.ts';
import type { Recovered } from '../../src/store/recovered.ts';
import { poolBytes } from './pool.ts';
import type { LaneState, Message, State } from './state.ts';

export interface FoundMessage {
  readonly seq: number;
  readonly flags: number;
  readonly expiresAt: number;
  readonly returns: number;
  readonly bytes: Uint8Array;
}

export interface FoundLane {
  readonly queue: number;
  readonly priority: number;
  readonly next: number;
  readonly count: number;
  readonly bytes: number;
  readonly expires: boolean;
  readonly messages: readonly FoundMessage[];
}

/** All that a log has found on disk, read back. */
export interface Found {
  readonly lanes: ReadonlyMap<string, FoundLane>;
  readonly facts: ReadonlyMap<number, string>;
}

/** A definition, as the log is told of it: a key and its value, or that it is gone. */
export function factOf(key: number, value: string | undefined): Fact {
  const text = value === undefined ? `${key}` : `${key} ${value}`;
  return { kind: value === undefined ? 2 : 1, payload: new TextEncoder().encode(text) };
}

function factsOf(facts: readonly Fact[]): Map<number, string> {
  const all = new Map<number, string>();
  for (const { kind, payload } of facts) {
    const [key = '', value = ''] = new TextDecoder().decode(payload).split(' ');
    if (kind === 1) all.set(Number(key), value);
    else all.delete(Number(key));
  }
  return all;
}

export async function readFound(log: AppendLog, recovered: Recovered): Promise<Found> {
  const lanes = new Map<string, FoundLane>();
  for (const lane of recovered.lanes) {
    const messages = await readAll(log, lane.queue, lane.priority, lane.next);
    lanes.set(`${lane.queue}/${lane.priority}`, { ...lane, messages });
  }
  return { lanes, facts: factsOf(recovered.facts) };
}

async function readAll(
  log: AppendLog,
  queue: number,
  priority: number,
  end: number,
): Promise<FoundMessage[]> {
  const messages: FoundMessage[] = [];
  const lane = log.lane(queue, priority);
  for (let next = 0; next < end; ) {
    next = await new Promise<number>((resolve, reject) => {
      log.read(
        lane,
        next,
        end,
        10_000,
        (seq, flags, expiresAt, returns, bytes, at, length) => {
          const copy = new Uint8Array(bytes.subarray(at, at + length));
          messages.push({ seq, flags, expiresAt, returns, bytes: copy });
        },
        (on, error) => (error === undefined ? resolve(on) : reject(error)),
      );
    });
  }
  return messages;
}

/** How what was found differs from what may be there; undefined if it does not. */
export function difference(state: State, found: Found): string | undefined {
  if (found.facts.size !== state.facts.size) {
    return `${found.facts.size} facts instead of ${state.facts.size}`;
  }
  for (const [key, value] of state.facts) {
    if (found.facts.get(key) !== value) {
      return `fact ${key} is ${found.facts.get(key)} instead of ${value}`;
    }
  }
  for (const [key, lane] of found.lanes) {
    const waiting = state.lanes.get(key)?.messages.size ?? 0;
    if (lane.messages.length !== waiting) {
      const missing = [...(state.lanes.get(key)?.messages.keys() ?? [])].filter(
        (seq) => !lane.messages.some((message) => message.seq === seq),
      );
      const extra = lane.messages.filter(
        ({ seq }) => state.lanes.get(key)?.messages.has(seq) !== true,
      );
      return (
        `lane ${key} has ${lane.messages.length} messages instead of ${waiting}` +
        ` (missing ${missing.slice(0, 10)}; not wanted ${extra.slice(0, 10).map(({ seq }) => seq)})`
      );
    }
  }
  for (const [key, lane] of state.lanes) {
    const foundLane = found.lanes.get(key);
    if (foundLane === undefined) {
      if (lane.messages.size > 0) return `lane ${key} with ${lane.messages.size} is missing`;
      continue;
    }
    const fault = laneDifference(lane, foundLane);
    if (fault !== undefined) return `lane ${key}: ${fault}`;
  }
  return undefined;
}

function laneDifference(lane: LaneState, found: FoundLane): string | undefined {
  let before = -1;
  let bodies = 0;
  let flagged = true;
  let expires = false;
  for (const message of found.messages) {
    const { seq, returns } = message;
    if (seq <= before) return `${seq} comes behind ${before}`;
    before = seq;
    const wanted = lane.messages.get(seq);
    if (wanted === undefined) return `${seq} is there and should not be`;
    const fault = messageDifference(wanted, message);
    if (fault !== undefined) return `message ${seq}: ${fault}`;
    bodies += wanted.bodySize;
    if (wanted.expiresAt !== Number.POSITIVE_INFINITY) expires = true;
    if (wanted.returns > 0) {
      if (returns !== wanted.returns)
        return `${seq} came back ${returns} instead of ${wanted.returns}`;
      continue;
    }
    if (returns > 1) return `${seq} came back ${returns} times instead of 0 or 1`;
    if (returns === 1 && seq >= lane.deliveredTo) return `${seq} is redelivered and was never out`;
    if (returns === 0 && seq < lane.deliveredFrom) return `${seq} was out and is not redelivered`;
    if (returns === 1 && !flagged) return `${seq} is redelivered and one before it is not`;
    flagged = returns === 1;
  }
  if (found.count !== found.messages.length) {
    return `a count of ${found.count} for ${found.messages.length} messages`;
  }
  if (found.bytes !== bodies) return `${found.bytes} bytes instead of ${bodies}`;
  if (expires && !found.expires) return 'some expire, which is not told';
  if (found.next <= before) return `the next number is ${found.next}, ${before} is taken`;
  return undefined;
}

/** What is wrong with a message that was read back, its returns aside. */
export function messageDifference(
  wanted: Message,
  found: Pick<FoundMessage, 'flags' | 'expiresAt' | 'bytes'>,
): string | undefined {
  if (found.flags !== wanted.flags) return `flags ${found.flags} instead of ${wanted.flags}`;
  if (found.expiresAt !== wanted.expiresAt) {
    return `expires at ${found.expiresAt} instead of ${wanted.expiresAt}`;
  }
  if (found.bytes.length !== wanted.length) {
    return `${found.bytes.length} bytes instead of ${wanted.length}`;
  }
  const same = Buffer.compare(found.bytes, poolBytes(wanted.offset, wanted.length)) === 0;
  return same ? undefined : 'other bytes';
}

/** The state that was found, to go on from: `wanted`, with what it left open decided. */
export function settledOn(wanted: State, found: Found): State {
  const state = wanted.copy();
  for (const [key, lane] of state.lanes) {
    const foundLane = found.lanes.get(key);
    if (foundLane === undefined) {
      state.lanes.delete(key);
      continue;
    }
    lane.deliveredTo = Math.min(lane.deliveredTo, foundLane.next);
    for (const { seq, returns } of foundLane.messages) {
      const message = lane.messages.get(seq);
      if (message === undefined || message.returns > 0) continue;
      lane.messages.set(seq, { ...message, redelivered: returns > 0 });
      if (returns > 0) lane.deliveredFrom = Math.max(lane.deliveredFrom, seq + 1);
      else lane.deliveredTo = Math.min(lane.deliveredTo, seq);
    }
  }
  return state;
}
