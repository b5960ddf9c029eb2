import type { LogFrame, LoggedGroup, LogReader } from '../log/index.ts';

/** Records a batch holds at the most, in bytes: two batches are in memory at once. */
const maxBatchBytes = 128 * 1024 * 1024;
const readBytes = 16 * 1024 * 1024;

/** A group with the place and the number of its first row in the batch. */
export interface PlacedGroup {
  readonly group: LoggedGroup;
  readonly partition: number;
  readonly offset: number;
  readonly firstRow: number;
}

/** Records of a frame that can't be read any more: they end as dead letters. */
export interface LostRecords {
  readonly partition: number;
  readonly offset: number;
  readonly message: string;
  readonly counts: LogFrame['header']['counts'];
}

/** Whole frames of all partitions, in order within each. */
export interface Batch {
  readonly groups: readonly PlacedGroup[];
  readonly lost: readonly LostRecords[];
  readonly counts: readonly { readonly partition: number; readonly counts: LogFrame['header']['counts'] }[];
  readonly rows: number;
  readonly bytes: number;
  /** Per partition the offsets that it covers: `from` inclusive, `to` exclusive. */
  readonly ranges: ReadonlyMap<number, { readonly from: number; readonly to: number }>;
}

export interface BatchLimits {
  readonly records: number;
  readonly milliseconds: number;
  readonly backlogRecords: number;
}

/** Reads batches from the log: whole frames, all partitions in turn. */
export interface BatchReader {
  /**
   * The next batch: as soon as `records` wait, or the oldest one waited `milliseconds`; it grows to `backlogRecords`
   * while more is there. Undefined when the signal aborts first.
   */
  next(signal: AbortSignal): Promise<Batch | undefined>;
}

interface Gathering {
  readonly groups: PlacedGroup[];
  readonly lost: LostRecords[];
  readonly counts: { partition: number; counts: LogFrame['header']['counts'] }[];
  readonly ranges: Map<number, { from: number; to: number }>;
  rows: number;
  bytes: number;
}

/**
 * `positions` holds the next offset of each partition and is moved on; `wake` resolves when the log grew. The first batch
 * reaches `cover` (an offset per partition) however large it gets: what a crash left behind has to end up behind one marker.
 */
export function createBatchReader(input: {
  readonly log: LogReader;
  readonly positions: Map<number, number>;
  readonly cover: ReadonlyMap<number, number>;
  readonly limits: BatchLimits;
  readonly wake: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly clock: () => number;
}): BatchReader {
  const { log, positions, cover, limits, wake, clock } = input;
  const isCovered = () =>
    [...cover].every(([partition, offset]) => (positions.get(partition) ?? 0) >= offset);
  const isFull = (gathering: Gathering) =>
    isCovered() && (gathering.rows >= limits.backlogRecords || gathering.bytes >= maxBatchBytes);
  let turn = 0;

  const sweep = async (into: Gathering, signal: AbortSignal): Promise<boolean> => {
    let found = false;
    for (let step = 0; step < log.partitions && !isFull(into); step += 1) {
      const partition = turn;
      turn = (turn + 1) % log.partitions;
      const from = positions.get(partition) ?? 0;
      const { items, next } = await log.read({ partition, from, maxBytes: readBytes, signal });
      // Offsets may have gaps: `next` moves over them without an item.
      if (next <= from) continue;
      found = true;
      for (const item of items) {
        if (item.kind === 'frame') take(into, item);
        else lose(into, item);
      }
      const range = into.ranges.get(partition);
      into.ranges.set(partition, { from: range?.from ?? from, to: next });
      positions.set(partition, next);
    }
    return found;
  };

  return {
    async next(signal) {
      const gathering: Gathering = { groups: [], lost: [], counts: [], ranges: new Map(), rows: 0, bytes: 0 };
      let deadline: number | undefined;
      while (!signal.aborted) {
        const before = gathering.rows;
        const found = await sweep(gathering, signal);
        if (isFull(gathering)) return gathering;
        // What came in while the batch before was staged has waited already.
        if (found) deadline ??= Math.min(clock(), oldestOf(gathering)) + limits.milliseconds;
        const isDue =
          gathering.ranges.size > 0 &&
          (gathering.rows >= limits.records || (deadline !== undefined && clock() >= deadline));
        // A backlog gives many records at once; a trickle would go on and on.
        const isBacklog = gathering.rows - before >= limits.records;
        if (isDue && isCovered() && !isBacklog) return gathering;
        if (found) continue;
        await wake(deadline === undefined ? limits.milliseconds : Math.max(1, deadline - clock()), signal);
      }
      return undefined;
    },
  };
}

/** When the first record of what is gathered was received, in milliseconds; infinite when all of it is lost. */
function oldestOf({ groups }: Gathering): number {
  return groups.reduce((oldest, { group }) => Math.min(oldest, group.receivedAt), Number.POSITIVE_INFINITY);
}

function take(into: Gathering, frame: LogFrame): void {
  const { partition, offset, header } = frame;
  into.counts.push({ partition, counts: header.counts });
  for (const group of frame.groups) {
    into.groups.push({ group, partition, offset, firstRow: into.rows });
    into.rows += group.count;
  }
  into.bytes += header.bytes;
}

function lose(
  into: Gathering,
  frame: Exclude<Awaited<ReturnType<LogReader['read']>>['items'][number], LogFrame>,
) {
  const { partition, offset } = frame;
  const counts = frame.header?.counts ?? [];
  into.lost.push({ partition, offset, message: frame.error.message, counts });
  into.counts.push({ partition, counts });
}
