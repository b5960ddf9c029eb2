import { statfs } from 'node:fs/promises';
import { type RecordGroup, TyrianError } from '../contracts/index.ts';
import { copySegments } from './copy.ts';
import { logErrors } from './errors.ts';
import { makeFolder } from './folder.ts';
import { encodeFrame, ScratchBuffers } from './frame.ts';
import { type Gathered, Gatherer, Ticket } from './gather.ts';
import { encodeHeader, headerOf } from './header.ts';
import { partitionOf } from './partition.ts';
import type {
  Appended,
  AppendedListener,
  Durability,
  HeadersRequest,
  Log,
  PartitionEnds,
  ReadRequest,
  Trimmed,
} from './port.ts';
import { SegmentReader } from './reader.ts';
import { splitGroup } from './records.ts';
import type { Retention } from './retention.ts';
import type { StoredFrame } from './segment.ts';
import { type StatFs, Watermark } from './watermark.ts';
import { writeError } from './write-error.ts';
import { SegmentWriter } from './writer.ts';

const mebibyte = 1024 * 1024;
const hourMs = 3_600_000;

/** A frame takes at most this much, unless one record and its names are larger. */
const maxFrameBytes = 4 * mebibyte;
/** A frame is closed this long after its first group came, or when the transaction before it ends. */
const gatherMs = 5;
/** Frames compressed at the same time, so that intake leaves the other threads room. */
const encodedAtOnce = 2;
/** Unless told otherwise a segment is an eighth of what is retained, within these bounds. */
const segmentsRetained = 8;
const segmentBounds = {
  bytes: { least: 4 * mebibyte, most: 1024 * mebibyte },
  ms: { least: hourMs / 6, most: 24 * hourMs },
};
const defaults = {
  partitions: 16,
  durability: 'flushed',
  maxPendingBytes: 64 * mebibyte,
  minFreeShare: 0.05,
  retention: { ms: 72 * hourMs, bytes: 20 * 1024 * mebibyte },
} as const;

export interface LogOptions {
  /** Made when absent. */
  readonly folder: string;
  /** Fixed when the folder is made. */
  readonly partitions?: number;
  readonly durability?: Durability;
  /** Bytes that may wait to be flushed; above it appends are refused with `log.busy`. */
  readonly maxPendingBytes?: number;
  /** Share of free disk, 0 to 1, below which appends are refused with `log.disk_full`. */
  readonly minFreeShare?: number;
  /** A segment is closed when its file is this large, or this old. Space is given back by whole segments.
   *  By default an eighth of the retention, at most 1 GiB and a day. */
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
  readonly retention?: Retention;
  /**
   * For partitions the offset that the next frame must not fall below: one past the last that the store has. After a
   * power loss under `committed` the log may have lost frames that the store has, and offsets must not return.
   */
  readonly floor?: ReadonlyMap<number, number>;
  readonly statfs?: StatFs;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Opens the log of a folder for writing; one process at a time. Errors: the folder codes of the catalogue. */
export async function openLog(options: LogOptions): Promise<Log> {
  const { folder, now = Date.now } = options;
  const retention = options.retention ?? defaults.retention;
  const segments = { segmentBytes: shareOf('bytes', retention), segmentMs: shareOf('ms', retention) };
  const settings = { ...defaults, ...segments, floor: new Map<number, number>(), now, ...options };
  await makeFolder(folder, settings.partitions);
  const watermark = new Watermark({ statfs, ...settings });
  await watermark.look();
  const sync = settings.durability === 'flushed';
  const reader = new SegmentReader({ ...settings, sync });
  const writer = await SegmentWriter.open({ ...settings, sync }, reader);
  const { maxPendingBytes } = settings;
  return new LmdbLog({ folder, reader, writer, watermark, maxPendingBytes });
}

function shareOf(measure: 'bytes' | 'ms', retention: Retention): number {
  const { least, most } = segmentBounds[measure];
  return Math.min(most, Math.max(least, retention[measure] / segmentsRetained));
}

interface Parts {
  readonly folder: string;
  readonly reader: SegmentReader;
  readonly writer: SegmentWriter;
  readonly watermark: Watermark;
  readonly maxPendingBytes: number;
}

class LmdbLog implements Log {
  readonly #parts: Parts;
  readonly #scratch = new ScratchBuffers();
  readonly #gatherer = new Gatherer(maxFrameBytes);
  readonly #listeners = new Set<AppendedListener>();
  /** The end of the last task that uses the writer. */
  #tail: Promise<unknown> = Promise.resolve();
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Whether gathered frames have waited long enough. */
  #isDue: boolean = false;
  #isPumping: boolean = false;
  #closed: boolean = false;
  /** Those who want nothing to be given back. */
  #holds = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get partitions(): number {
    return this.#parts.reader.partitions;
  }

  async append(group: RecordGroup): Promise<Appended> {
    this.#admit();
    const parts = splitGroup(group, maxFrameBytes);
    const partition = partitionOf(group.tenant, group.source, group.stream, this.partitions);
    return new Promise((resolve, reject) => {
      const ticket = new Ticket(parts, resolve, reject);
      for (const part of parts) this.#gatherer.add(partition, { group: part, ticket });
      this.#pendingBytes += ticket.bytes;
      if (this.#gatherer.hasFull) this.#pump();
      this.#timer ??= setTimeout(() => this.#gathered(), gatherMs);
    });
  }

  read(request: ReadRequest) {
    return this.#parts.reader.read(request);
  }

  headers(request: HeadersRequest) {
    return this.#parts.reader.headers(request);
  }

  ends(): Promise<readonly PartitionEnds[]> {
    return this.#parts.reader.ends();
  }

  trim(before: ReadonlyMap<number, number>): Promise<Trimmed> {
    if (this.#closed) return Promise.reject(logErrors.make('closed', 'the log is closed'));
    const trim = async () =>
      this.#holds > 0 ? { segments: 0, bytes: 0 } : await this.#parts.writer.trim(before);
    return this.#exclusive(trim).catch((error: unknown) => {
      throw writeError(error);
    });
  }

  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) this.#holds -= 1;
      held = false;
    };
  }

  async copy(folder: string, signal?: AbortSignal): Promise<void> {
    if (this.#closed) throw logErrors.make('closed', 'the log is closed');
    const release = this.hold();
    try {
      // A trim that runs already ends first; a segment that begins later holds only what came later.
      await this.#exclusive(() => this.#parts.reader.refresh());
      await copySegments({ from: this.#parts.folder, to: folder, signal }, this.#parts.reader.segments);
    } finally {
      release();
    }
  }

  onAppended(listener: AppendedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (!this.#gatherer.isEmpty) {
      this.#gathered();
      await this.#tail;
    }
    await this.#exclusive(() => this.#parts.writer.close());
    await this.#parts.reader.close();
  }

  #admit(): void {
    if (this.#closed) throw logErrors.make('closed', 'the log is closed');
    const { watermark, maxPendingBytes } = this.#parts;
    if (watermark.isLow()) {
      const percent = (watermark.free * 100).toFixed(1);
      throw logErrors.make('disk_full', `${percent} % of the disk is free, which is too little to go on`);
    }
    if (this.#pendingBytes >= maxPendingBytes) {
      throw logErrors.make(
        'busy',
        `${this.#pendingBytes} bytes wait to be flushed; the bound is ${maxPendingBytes}`,
      );
    }
  }

  #gathered(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = true;
    this.#pump();
  }

  /** Stores what is ready, one transaction after the other. What comes meanwhile makes the next one larger. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    void this.#exclusive(async () => {
      try {
        while (this.#isDue || this.#gatherer.hasFull) {
          const all = this.#isDue;
          this.#isDue = false;
          const frames = this.#gatherer.take(all);
          if (frames.length > 0) await this.#store(frames);
        }
      } finally {
        this.#isPumping = false;
      }
    });
  }

  /** Never rejects: each append hears of its own end. */
  async #store(frames: readonly Gathered[]): Promise<void> {
    const stored = await this.#write(frames).catch(writeError);
    for (const { bytes } of frames) this.#pendingBytes -= bytes;
    if (stored instanceof TyrianError) {
      for (const { ticket } of frames.flatMap(({ parts }) => parts)) ticket.failed(stored);
      return;
    }
    for (const [index, frame] of frames.entries()) settle(frame, stored[index]);
    this.#announce(stored);
  }

  async #write(frames: readonly Gathered[]): Promise<readonly StoredFrame[]> {
    const encoded: Omit<StoredFrame, 'offset'>[] = [];
    for (let start = 0; start < frames.length; start += encodedAtOnce) {
      const some = frames.slice(start, start + encodedAtOnce);
      encoded.push(...(await Promise.all(some.map((frame) => encode(frame, this.#scratch)))));
    }
    return this.#parts.writer.write(encoded);
  }

  #announce(stored: readonly StoredFrame[]): void {
    const { reader, writer } = this.#parts;
    const grown = [...new Set(stored.map(({ partition }) => partition))].map((partition) => ({
      partition,
      first: reader.segments[0]?.first[partition] ?? 0,
      next: writer.next(partition),
    }));
    // Apart from this task: what a listener throws is its own failure, not the log's.
    for (const listener of this.#listeners) queueMicrotask(() => listener(grown));
  }

  /** Runs tasks that use the writer one behind the other. */
  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task);
    this.#tail = run.catch(() => undefined);
    return run;
  }
}

async function encode(
  { partition, parts }: Gathered,
  scratch: ScratchBuffers,
): Promise<Omit<StoredFrame, 'offset'>> {
  const groups = parts.map(({ group }) => group);
  return { partition, header: encodeHeader(headerOf(groups)), frame: await encodeFrame(groups, scratch) };
}

function settle({ parts }: Gathered, stored: StoredFrame | undefined): void {
  let sub = 0;
  for (const { group, ticket } of parts) {
    if (stored) ticket.stored(stored.partition, stored.offset, sub);
    sub += group.count;
  }
}
