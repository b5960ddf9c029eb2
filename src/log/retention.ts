import type { SegmentBase } from './segment.ts';

/** A segment and the bytes of its file. */
export interface SegmentSize extends SegmentBase {
  readonly bytes: number;
}

export interface Retention {
  /** A segment that is no longer needed is kept until it was closed for this long. */
  readonly ms: number;
  /** Above this many bytes in all, it goes sooner. */
  readonly bytes: number;
}

/** Whether a segment, closed by the one that follows, holds a frame at or above a partition's trim point. */
function isNeeded(segment: SegmentBase, follower: SegmentBase, before: ReadonlyMap<number, number>): boolean {
  return follower.first.some((end, partition) => {
    const isEmpty = end === segment.first[partition];
    return !isEmpty && end > (before.get(partition) ?? 0);
  });
}

/**
 * How many of the oldest segments may go: each holds only frames below the trim points, and is older than the
 * retention or makes the whole larger than it. The newest is written to and stays.
 * @param segments oldest first
 * @param now milliseconds since the epoch
 */
export function countExpendable(
  segments: readonly SegmentSize[],
  before: ReadonlyMap<number, number>,
  { retention, now }: { readonly retention: Retention; readonly now: number },
): number {
  let total = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let count = 0;
  for (const [index, segment] of segments.entries()) {
    const follower = segments[index + 1];
    if (!follower || isNeeded(segment, follower, before)) break;
    const isOld = now - follower.createdAt >= retention.ms;
    if (!isOld && total <= retention.bytes) break;
    total -= segment.bytes;
    count++;
  }
  return count;
}
