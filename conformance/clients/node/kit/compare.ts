import type { Difference } from '../differences.ts';

const indexOfBlock = (lines: readonly string[], block: readonly string[]): number =>
  lines.findIndex((_, start) => block.every((line, offset) => lines[start + offset] === line));

/** The golden transcript as Leveret should write it. */
export function withDifferences(
  golden: readonly string[],
  differences: readonly Difference[],
): string[] {
  const lines = [...golden];
  for (const { golden: block, accepted, reason } of differences) {
    const start = indexOfBlock(lines, block);
    if (start < 0) throw new Error(`these lines are in no golden transcript any more: ${reason}`);
    lines.splice(start, block.length, ...accepted);
  }
  return lines;
}

/** The longest common lines of two texts, as pairs of indices. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i];
    if (row === undefined) continue;
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** `-` expected, `+` found, with the heading each difference stands under. */
export function difference(expected: readonly string[], found: readonly string[]): string[] {
  const result: string[] = [];
  let heading = '';
  let shown = '';
  const emit = (line: string): void => {
    if (heading !== shown) result.push(`    ${heading}`);
    shown = heading;
    result.push(line);
  };
  let i = 0;
  let j = 0;
  for (const [nextI, nextJ] of [...common(expected, found), [expected.length, found.length]]) {
    if (nextI === undefined || nextJ === undefined) break;
    while (i < nextI) emit(`  - ${expected[i++]}`);
    while (j < nextJ) emit(`  + ${found[j++]}`);
    const line = expected[i];
    if (line?.startsWith('# ')) heading = line;
    i++;
    j++;
  }
  return result;
}
