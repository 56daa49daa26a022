/** What one broker said and the other did not, line by line. */
import type { Difference } from './lock-step.ts';

export interface Contrast {
  /** Lines of the tested broker alone. */
  readonly tested: readonly string[];
  /** Lines of the other one alone. */
  readonly other: readonly string[];
}

/** Whether each of these lines is missing among the others; a line that comes twice is two lines. */
export function missingAmong(lines: readonly string[], others: readonly string[]): boolean[] {
  const rest = [...others];
  return lines.map((line) => {
    const at = rest.indexOf(line);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}

export function contrastOf({ said }: Difference): Contrast {
  const [tested = [], other = []] = said;
  const only = (lines: readonly string[], others: readonly string[]): string[] => {
    const isMissing = missingAmong(lines, others);
    return lines.filter((_, at) => isMissing[at]);
  };
  return { tested: only(tested, other), other: only(other, tested) };
}

const DELIVERY = /^(c\d+\.\d+) consumer \S+: basic\.deliver,/;
const CONSUMER = /^(c\d+\.\d+) consumer \S+:(?= basic\.deliver,)/;
const MESSAGE = /^(.*?): basic\.(?:deliver|get-ok),/;
const READY = /^(~\w+): (\d+) ready/;
const REMOVED = /: queue\.(?:purge|delete)-ok, messageCount (\d+)$/;
const MESSAGE_COUNT = /, messageCount \d+,/;

/** The channel that a line tells a delivery to a consumer of; undefined for other lines. */
export const deliveredOn = (line: string): string | undefined => DELIVERY.exec(line)?.[1];

/** The stream in which a line tells of a message; undefined for other lines. */
export const messageIn = (line: string): string | undefined => MESSAGE.exec(line)?.[1];

/** How many messages wait in which queue, if that is what a line tells. */
export function readyIn(line: string): { queue: string; count: number } | undefined {
  const [, queue, count] = READY.exec(line) ?? [];
  return queue === undefined ? undefined : { queue, count: Number(count) };
}

/** How many messages a line tells to be removed, or 0. */
export const removedIn = (line: string): number => Number(REMOVED.exec(line)?.[1] ?? 0);

/** Lines in an order of their own, without what only an order decides: consumers, what is left. */
export const unordered = (lines: readonly string[]): string =>
  lines
    .map((line) => line.replace(CONSUMER, '$1:').replace(MESSAGE_COUNT, ','))
    .sort()
    .join('\n');
