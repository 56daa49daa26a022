import layout from 'buffer-layout';
import { type Structure, structure } from '../kit/structure.ts';

// What is of fixed size on the wire, described once. Nothing on a hot path goes through these: the
// code there reads and writes the same octets by hand, and a test holds the two together.

/** 0-9-1 §2.3.5: seven octets in front of every payload. */
export interface FrameHeader {
  readonly type: number;
  readonly channel: number;
  /** Octets of the payload, the frame-end not counted. */
  readonly size: number;
}

/** 0-9-1 §2.3.5.2: what stands before the property flags in a content header's payload. */
export interface ContentHeaderPrefix {
  readonly classId: number;
  /** Always 0. */
  readonly weight: number;
  readonly bodySize: number;
}

export const frameHeaderStructure: Structure<FrameHeader> = structure([
  layout.u8('type'),
  layout.u16be('channel'),
  layout.u32be('size'),
]);

export const contentHeaderPrefixStructure: Structure<ContentHeaderPrefix> = structure([
  layout.u16be('classId'),
  layout.u16be('weight'),
  layout.nu64be('bodySize'),
]);
