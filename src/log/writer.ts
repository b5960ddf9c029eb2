import { stat } from 'node:fs/promises';
import {
  damaged,
  draftPath,
  makeLock,
  removeSegment,
  renameSegment,
  segmentNumbers,
  segmentPath,
  segmentsOf,
  syncFolder,
} from './folder.ts';
import type { Trimmed } from './port.ts';
import type { SegmentInfo, SegmentReader } from './reader.ts';
import { countExpendable, type Retention } from './retention.ts';
import { FrameTaken, Segment, type StoredFrame } from './segment.ts';

export interface WriterOptions {
  readonly folder: string;
  readonly partitions: number;
  readonly sync: boolean;
  /** A new segment begins when the last one's file is this large, */
  readonly segmentBytes: number;
  /** or this old and not empty. */
  readonly segmentMs: number;
  readonly retention: Retention;
  /** Offsets that the next frames must not fall below. */
  readonly floor: ReadonlyMap<number, number>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Stores frames in the newest segment, begins new ones and removes old ones. Its calls may not overlap. */
export class SegmentWriter {
  readonly #options: WriterOptions;
  readonly #reader: SegmentReader;
  /** For each partition the offset of the next frame; an offset once given is never given again. */
  readonly #next: number[];
  #active: Segment | undefined;
  /** Set once another writer was met: to go on would be to overwrite each other. */
  #fenced: FrameTaken | undefined;

  private constructor(options: WriterOptions, reader: SegmentReader, next: number[]) {
    this.#options = options;
    this.#reader = reader;
    this.#next = next;
  }

  /** Takes up where the last writer stopped, however it stopped. */
  static async open(options: WriterOptions, reader: SegmentReader): Promise<SegmentWriter> {
    await removeSegment(draftPath(options.folder));
    await reader.refresh();
    await removeRemains(options.folder, reader.segments);
    const ends = await reader.ends();
    const next = Array.from({ length: options.partitions }, (_, partition) =>
      Math.max(ends[partition]?.next ?? 0, options.floor.get(partition) ?? 0),
    );
    const writer = new SegmentWriter(options, reader, next);
    const newest = reader.segments.at(-1);
    if (newest) writer.#active = new Segment(newest.path, options);
    else await writer.#roll();
    return writer;
  }

  /** The offset of a partition's next frame. */
  next(partition: number): number {
    return this.#next[partition] ?? 0;
  }

  /** Gives each frame its offset and stores all of them durably. After an error it goes on in a new segment. */
  async write(frames: readonly Omit<StoredFrame, 'offset'>[]): Promise<readonly StoredFrame[]> {
    if (this.#fenced) throw this.#fenced;
    const segment = await this.#writable();
    const placed = frames.map((frame) => ({ ...frame, offset: this.#take(frame.partition) }));
    try {
      await segment.put(placed);
    } catch (error) {
      if (error instanceof FrameTaken) this.#fenced = error;
      else await this.#abandon();
      throw error;
    }
    return placed;
  }

  /** Removes the oldest segments as far as trim points and retention allow. */
  async trim(before: ReadonlyMap<number, number>): Promise<Trimmed> {
    if (await this.#isDue()) await this.#roll();
    const { retention, now } = this.#options;
    const sizes = await Promise.all(
      this.#reader.segments.map(async (info) => ({ ...info, bytes: await sizeOf(info) })),
    );
    const gone = sizes.slice(0, countExpendable(sizes, before, { retention, now: now() }));
    for (const { path } of gone) await removeSegment(path);
    if (gone.length > 0) {
      syncFolder(segmentsOf(this.#options.folder));
      await this.#reader.refresh();
    }
    return { segments: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async close(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
  }

  #take(partition: number): number {
    const offset = this.next(partition);
    this.#next[partition] = offset + 1;
    return offset;
  }

  async #writable(): Promise<Segment> {
    if (this.#active && !(await this.#isDue())) return this.#active;
    return this.#roll();
  }

  /** Whether the newest segment holds something and is full or old. */
  async #isDue(): Promise<boolean> {
    const newest = this.#reader.segments.at(-1);
    if (!newest) return true;
    if (newest.first.every((first, partition) => first === this.next(partition))) return false;
    const isOld = this.#options.now() - newest.createdAt >= this.#options.segmentMs;
    return isOld || (await sizeOf(newest)) >= this.#options.segmentBytes;
  }

  /**
   * Begins a segment. It is made under another name and renamed once its base is on disk, so that a segment that is
   * there at all says where it begins; until then the one before stays.
   */
  async #roll(): Promise<Segment> {
    const { folder, now } = this.#options;
    const draft = draftPath(folder);
    await removeSegment(draft);
    await makeLock(draft);
    const made = new Segment(draft, { sync: true });
    try {
      await made.putBase({ createdAt: now(), first: [...this.#next] });
    } finally {
      await made.close();
    }
    await this.#reader.refresh();
    const path = segmentPath(folder, (this.#reader.segments.at(-1)?.number ?? 0) + 1);
    await renameSegment(draft, path);
    await this.close();
    await this.#reader.refresh();
    this.#active = new Segment(path, this.#options);
    return this.#active;
  }

  /** After a failed transaction neither LMDB nor its binding promises anything about further writes. */
  async #abandon(): Promise<void> {
    await this.close().catch(() => undefined);
  }
}

const sizeOf = async ({ path }: SegmentInfo): Promise<number> => (await stat(path)).size;

/** Removes files that never became a segment, or were made again by a reader that met their removal. */
async function removeRemains(folder: string, segments: readonly SegmentInfo[]): Promise<void> {
  const known = new Set(segments.map((info) => info.number));
  const newest = segments.at(-1)?.number ?? 0;
  for (const number of await segmentNumbers(folder)) {
    if (known.has(number)) continue;
    if (number > newest) throw damaged(folder, `segment ${number} does not say where it begins`);
    await removeSegment(segmentPath(folder, number));
  }
}
