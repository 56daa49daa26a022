import { visitContent } from './section-content.ts';
import type { Section, Segment } from './segment.ts';
import type { NewSections, SegmentWriter } from './segment-writer.ts';
import type { StoredLane } from './stored-lane.ts';
import { BLOCK_BYTES } from './structures.ts';

// A segment that is emptier than this is rewritten together with others.
const SPARSE = 0.5;

/** Sections of a lane that lie side by side and become few. */
interface Stretch {
  readonly lane: StoredLane;
  readonly sections: readonly Section[];
}

/** Segments that are mostly garbage, as many as make about one new segment. */
export function sparseSegments(
  segments: Iterable<Segment>,
  targetBytes: number,
): ReadonlySet<Segment> {
  const sparse = [...segments].filter(
    ({ sections, liveBytes, bytes }) =>
      sections.size > 0 && liveBytes < (bytes - BLOCK_BYTES) * SPARSE,
  );
  const chosen = new Set<Segment>();
  let live = 0;
  for (const segment of sparse.sort((one, other) => one.liveBytes - other.liveBytes)) {
    if (live > 0 && live + segment.liveBytes > targetBytes) break;
    live += segment.liveBytes;
    chosen.add(segment);
  }
  return chosen;
}

/** What rewriting them would give back, in bytes. */
export function garbageIn(segments: Iterable<Segment>): number {
  let bytes = 0;
  for (const segment of segments) bytes += segment.bytes - BLOCK_BYTES - segment.liveBytes;
  return bytes;
}

/** Copies what is still wanted in these segments into another. @throws the disk's errors */
export async function rewrite(
  segments: ReadonlySet<Segment>,
  lanes: Iterable<StoredLane>,
  writer: SegmentWriter,
): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  for (const lane of lanes) stretches.push(...stretchesOf(lane, segments));
  for (const { lane, sections } of stretches) {
    for (const section of sections) {
      await copySection(lane, section, writer);
      await writer.write();
    }
    writer.cut(lane);
  }
  return stretches;
}

/** Puts the new sections where those were that they are copies of. */
export function replace(stretches: readonly Stretch[], written: NewSections): void {
  const replaced = new Map<StoredLane, Set<Section>>();
  for (const { lane, sections } of stretches) {
    const ofLane = replaced.get(lane) ?? new Set();
    for (const section of sections) ofLane.add(section);
    replaced.set(lane, ofLane);
  }
  for (const [lane, sections] of replaced) lane.install(written.get(lane) ?? [], sections);
}

function stretchesOf(lane: StoredLane, segments: ReadonlySet<Segment>): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let open: Section[] = [];
  for (const section of lane.sections) {
    if (segments.has(section.segment)) {
      open.push(section);
    } else if (open.length > 0) {
      stretches.push({ lane, sections: open });
      open = [];
    }
  }
  if (open.length > 0) stretches.push({ lane, sections: open });
  return stretches;
}

async function copySection(
  lane: StoredLane,
  section: Section,
  writer: SegmentWriter,
): Promise<void> {
  const bytes = new Uint8Array(section.length);
  const got = await section.segment.read(bytes, section.offset);
  visitContent(section, bytes.subarray(0, got), (seq, flags, expiresAt, bodySize, at, length) => {
    if (lane.settled.isLive(seq)) {
      writer.add(lane, seq, expiresAt, flags, bodySize, bytes, at, length);
    }
    return true;
  });
}
