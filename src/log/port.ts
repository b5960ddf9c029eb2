import type { RecordGroup, TyrianError } from '../contracts/index.ts';

/** Where an appended group lies. It is on disk when the append resolves (see `Durability`). */
export interface Appended {
  readonly partition: number;
  /** Offset of the frame with the group's first record. */
  readonly offset: number;
  /** Index of that record within its frame. */
  readonly firstSub: number;
  /** Offset of the frame with the group's last record: `offset`, unless the group was split. */
  readonly lastOffset: number;
}

/** Records of one tenant, source, stream and minute within a frame; `minute` is whole minutes since the epoch. */
export interface FrameCount {
  readonly tenant: string;
  readonly source: string;
  readonly stream: string;
  readonly minute: number;
  readonly records: number;
  /** Bytes of the records' bodies, with their length prefixes. */
  readonly bytes: number;
}

/** What the ledger books of a frame; times are milliseconds since the epoch. */
export interface FrameHeader {
  readonly records: number;
  readonly bytes: number;
  readonly firstReceived: number;
  readonly lastReceived: number;
  readonly counts: readonly FrameCount[];
}

/** A group as it came back, with the index of its first record within the frame. `body` is a view. */
export interface LoggedGroup extends RecordGroup {
  readonly firstSub: number;
}

/** A frame: the unit of an offset. Groups stand in the order of their appends. */
export interface LogFrame {
  readonly kind: 'frame';
  readonly partition: number;
  readonly offset: number;
  readonly header: FrameHeader;
  readonly groups: readonly LoggedGroup[];
}

/** A frame's header alone. */
export interface LogHeader {
  readonly kind: 'header';
  readonly partition: number;
  readonly offset: number;
  readonly header: FrameHeader;
}

/** A frame whose bytes are damaged. Its records are lost; `header` says which, when it can still be read. */
export interface CorruptFrame {
  readonly kind: 'corrupt';
  readonly partition: number;
  readonly offset: number;
  readonly header: FrameHeader | undefined;
  /** `log.corrupt_frame`, naming partition and offset. */
  readonly error: TyrianError;
}

/** Items in order of offset (offsets rise, but may have gaps), and the offset to ask for next. */
export interface LogRead<Item> {
  readonly items: readonly Item[];
  readonly next: number;
}

export interface ReadRequest {
  readonly partition: number;
  readonly from: number;
  /** Stop after the frame that passes this many bytes; a first frame is always given. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface HeadersRequest {
  readonly partition: number;
  readonly from: number;
  /** At most this many headers. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Offsets of a partition: `first` is the lowest that is kept, `next` the one that a frame will get. */
export interface PartitionEnds {
  readonly partition: number;
  readonly first: number;
  readonly next: number;
}

/** What a trim gave back. */
export interface Trimmed {
  readonly segments: number;
  readonly bytes: number;
}

/** The reading half: what a pipeline in another thread opens. It sees only what is durable. */
export interface LogReader {
  readonly partitions: number;
  /**
   * Whole frames from an offset on; an empty list when there is nothing yet (wait for `onAppended`).
   * Errors: `log.trimmed` below the first kept offset, `log.newer_frame`, `log.no_partition`, the signal's reason.
   */
  read(request: ReadRequest): Promise<LogRead<LogFrame | CorruptFrame>>;
  /** The headers alone, without touching bodies; errors as for `read`. */
  headers(request: HeadersRequest): Promise<LogRead<LogHeader | CorruptFrame>>;
  /** Both ends of every partition. */
  ends(): Promise<readonly PartitionEnds[]>;
  close(): Promise<void>;
}

/** A durable, append-only log of ordered partitions. One writer holds it. */
export interface Log extends LogReader {
  /**
   * Appends a group to the partition of its tenant, source and stream (`partitionOf`); appends to one partition keep
   * the order of their calls. The group's buffers must not change until it settles.
   * Errors: `log.busy`, `log.disk_full`, `log.write_failed`, `log.closed` (all retryable), `log.bad_group`.
   */
  append(group: RecordGroup): Promise<Appended>;
  /**
   * Gives back disk space. `before` has, for a partition, the offset below which nothing is needed any more; a
   * partition that it does not name is needed whole. Nothing at or above those points is ever given back.
   */
  trim(before: ReadonlyMap<number, number>): Promise<Trimmed>;
  /** Until the function that it gives is called, nothing is given back: what lies here now stays readable. */
  hold(): () => void;
  /**
   * Writes a copy into an empty folder, from which a log can be opened, while others append: all that was appended before
   * the call, and what came meanwhile as far as the copy had not passed it. On disk when it resolves. Throws
   * `log.folder_not_empty`, the signal's reason.
   */
  copy(folder: string, signal?: AbortSignal): Promise<void>;
  /** Calls with the partitions that grew and their new `next`, after each flush; gives the function that ends it. */
  onAppended(listener: AppendedListener): () => void;
}

export type AppendedListener = (grown: readonly PartitionEnds[]) => void;

/**
 * `flushed`: an append resolves when its frame is on disk; process death and power loss lose nothing.
 * `committed`: it resolves when the operating system has it; process death loses nothing, power loss may take the
 * newest frames or the newest segment.
 */
export type Durability = 'flushed' | 'committed';
