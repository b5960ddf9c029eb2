/** An entry of a topic; offsets of a topic rise by one. */
export interface TopicEntry {
  readonly offset: number;
  readonly value: Uint8Array;
}

export interface TopicReadRequest {
  readonly topic: string;
  /** First offset wanted. */
  readonly from: number;
  /** At most this many entries. */
  readonly limit: number;
  /** Stop after the entry that passes this many bytes; a first one is always given. */
  readonly maxBytes: number;
}

/**
 * Small durable topics beside the telemetry log: what must be on disk before it is acknowledged and is read again from the
 * start (audit trail, detections, changes by people). One writer holds the folder.
 */
export interface Topics {
  /**
   * Appends in order, all or none; resolves with the offsets [first, next) when they are on disk (one sync for all that came
   * meanwhile). The values must not change until it settles. Throws `log.busy`,
   * `log.disk_full`, `log.write_failed`, `log.closed`, `log.too_large`, `log.bad_topic`.
   */
  append(
    topic: string,
    values: readonly Uint8Array[],
  ): Promise<{ readonly first: number; readonly next: number }>;
  /**
   * Entries from an offset on, in order; empty at the end. A damaged entry ends a read before it; a read that begins at it
   * throws `log.corrupt_entry`, whose `details.next` says where to go on. Throws `log.trimmed` below the first kept one.
   */
  read(
    request: TopicReadRequest,
  ): Promise<{ readonly entries: readonly TopicEntry[]; readonly next: number }>;
  /** `first` is the lowest offset that is kept, `next` the one that an entry will get; both 0 for a topic without entries. */
  ends(topic: string): Promise<{ readonly first: number; readonly next: number }>;
  topics(): Promise<readonly string[]>;
  /**
   * Puts other values in the place of entries, for what must be forgotten; resolves when that is on disk. Offsets that are not
   * kept are passed over. What stood there before lies in free pages of the file until they are used again.
   */
  replace(topic: string, entries: readonly TopicEntry[]): Promise<void>;
  /** Gives back entries below an offset. */
  trim(topic: string, before: number): Promise<void>;
  /** Writes a consistent copy into an empty folder, for a backup, while others append. */
  copy(folder: string): Promise<void>;
  /** Syncs so far: how often an append had to wait for the disk (`fdatasync`), for tests of the order at power loss. */
  syncs(): number;
  close(): Promise<void>;
}
