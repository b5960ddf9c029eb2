import { TyrianError } from '../contracts/index.ts';
import { logErrors } from './errors.ts';
import { damaged, readMeta, segmentNumbers, segmentPath } from './folder.ts';
import { decodeFrame } from './frame.ts';
import { decodeHeader, headerOf } from './header.ts';
import type {
  CorruptFrame,
  FrameHeader,
  HeadersRequest,
  LogFrame,
  LogHeader,
  LogRead,
  LogReader,
  PartitionEnds,
  ReadRequest,
} from './port.ts';
import { Segment, type SegmentBase } from './segment.ts';

/** Environments that a reader holds open at once; a closed log of many segments is read one behind the other. */
const maxOpenSegments = 4;

export interface SegmentInfo extends SegmentBase {
  readonly number: number;
  readonly path: string;
}

/** Turns one frame into an item and says how much of the request's bound it took. */
type Take<Item> = (segment: Segment, offset: number) => readonly [item: Item, cost: number];

/** Reads the segments of a folder in order, whoever writes them. */
export class SegmentReader implements LogReader {
  readonly partitions: number;
  readonly #folder: string;
  readonly #sync: boolean;
  readonly #open = new Map<number, Segment>();
  #segments: readonly SegmentInfo[] = [];
  #closed: boolean = false;

  constructor({ folder, partitions, sync }: { folder: string; partitions: number; sync: boolean }) {
    this.partitions = partitions;
    this.#folder = folder;
    this.#sync = sync;
  }

  /** The segments known, oldest first; the last one is written to. */
  get segments(): readonly SegmentInfo[] {
    return this.#segments;
  }

  /** Looks for new segments and lets go of those that were removed; true when one is new. */
  async refresh(): Promise<boolean> {
    const numbers = await segmentNumbers(this.#folder);
    if (this.#closed) return false;
    const known = new Map(this.#segments.map((info) => [info.number, info]));
    const found = numbers.map((number) => known.get(number) ?? this.#discover(number));
    this.#segments = found.filter((info) => info !== undefined);
    await Promise.all([...this.#open.keys()].filter((number) => !numbers.includes(number)).map(this.#drop));
    return this.#segments.some((info) => !known.has(info.number));
  }

  async read(request: ReadRequest): Promise<LogRead<LogFrame | CorruptFrame>> {
    const { partition, maxBytes } = request;
    return this.#collect<LogFrame | CorruptFrame>(request, maxBytes, (segment, offset) => {
      const item = readFrame(segment, partition, offset);
      return [item, item.header?.bytes ?? 0];
    });
  }

  async headers(request: HeadersRequest): Promise<LogRead<LogHeader | CorruptFrame>> {
    const { partition, limit } = request;
    return this.#collect<LogHeader | CorruptFrame>(request, limit, (segment, offset) => [
      readHeader(segment, partition, offset),
      1,
    ]);
  }

  async ends(): Promise<readonly PartitionEnds[]> {
    this.#check(0);
    await this.refresh();
    const [oldest, newest] = [this.#segments[0], this.#segments.at(-1)];
    if (!(oldest && newest)) return [];
    const segment = this.segment(newest);
    return Array.from({ length: this.partitions }, (_, partition) => ({
      partition,
      first: oldest.first[partition] ?? 0,
      next: segment.next(partition) ?? newest.first[partition] ?? 0,
    }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.keys()].map(this.#drop));
  }

  /** The open environment of a segment; the one longest open makes room. */
  segment(info: SegmentInfo): Segment {
    const segment = this.#open.get(info.number) ?? new Segment(info.path, { sync: this.#sync });
    this.#open.delete(info.number);
    this.#open.set(info.number, segment);
    const oldest = this.#open.keys().next().value;
    // Closing waits for nothing that a reader does, and can only fail when it is closed already.
    if (this.#open.size > maxOpenSegments && oldest !== undefined) void this.#drop(oldest);
    return segment;
  }

  readonly #drop = async (number: number): Promise<void> => {
    const segment = this.#open.get(number);
    this.#open.delete(number);
    await segment?.close();
  };

  /** A file without a base is the remains of a removal or of a reader that met one: it holds nothing. */
  #discover(number: number): SegmentInfo | undefined {
    const path = segmentPath(this.#folder, number);
    try {
      const base = this.segment({ number, path, createdAt: 0, first: [] }).base();
      return base ? { number, path, ...base } : undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw damaged(this.#folder, `segment ${number} can't be opened: ${reason}`, error);
    }
  }

  #check(partition: number): void {
    if (this.#closed) throw logErrors.make('closed', 'the log is closed');
    if (!(Number.isInteger(partition) && partition >= 0 && partition < this.partitions)) {
      throw logErrors.make('no_partition', `partition ${partition} of ${this.partitions} does not exist`);
    }
  }

  /** The newest segment that begins at or below an offset. */
  async #at(partition: number, offset: number): Promise<SegmentInfo> {
    const find = () => this.#segments.findLast((info) => (info.first[partition] ?? 0) <= offset);
    if (!find()) await this.refresh();
    const found = find();
    if (found) return found;
    const first = this.#segments[0]?.first[partition] ?? 0;
    throw logErrors.make(
      'trimmed',
      `partition ${partition} begins at offset ${first}; ${offset} is no longer kept`,
      { details: { partition, offset, first } },
    );
  }

  async #collect<Item>(
    { partition, from, signal }: Omit<HeadersRequest, 'limit'>,
    bound: number,
    take: Take<Item>,
  ): Promise<LogRead<Item>> {
    this.#check(partition);
    const items: Item[] = [];
    let [next, spent] = [from, 0];
    for (;;) {
      signal?.throwIfAborted();
      const info = await this.#at(partition, next);
      // Known before the scan: to a segment that has a follower nothing is added any more.
      const follower = this.#segments[this.#segments.indexOf(info) + 1];
      const segment = this.segment(info);
      for (const offset of segment.offsets(partition, next)) {
        const [item, cost] = take(segment, offset);
        items.push(item);
        next = offset + 1;
        spent += cost;
        if (spent >= bound) return { items, next };
      }
      if (follower) next = Math.max(next, follower.first[partition] ?? 0);
      else if (!(await this.refresh())) return { items, next };
    }
  }
}

const isCorrupt = (error: unknown): error is TyrianError =>
  error instanceof TyrianError && error.code === 'log.corrupt_frame';

/** The error with its place: the codecs see bytes only. */
function placed(error: unknown, partition: number, offset: number): unknown {
  if (!(error instanceof TyrianError)) return error;
  return new TyrianError(error.code, `partition ${partition}, offset ${offset}: ${error.message}`, {
    cause: error,
    status: error.status,
    details: { partition, offset },
  });
}

function corruptFrame(segment: Segment, partition: number, offset: number, cause: TyrianError): CorruptFrame {
  const error = placed(cause, partition, offset) as TyrianError;
  let header: FrameHeader | undefined;
  try {
    header = decodeHeader(segment.bytes('header', partition, offset) ?? Buffer.alloc(0));
  } catch (headerError) {
    if (!isCorrupt(headerError)) throw placed(headerError, partition, offset);
  }
  return { kind: 'corrupt', partition, offset, header, error };
}

function readFrame(segment: Segment, partition: number, offset: number): LogFrame | CorruptFrame {
  try {
    const groups = decodeFrame(segment.bytes('frame', partition, offset) ?? Buffer.alloc(0));
    return { kind: 'frame', partition, offset, header: headerOf(groups), groups };
  } catch (error) {
    if (!isCorrupt(error)) throw placed(error, partition, offset);
    return corruptFrame(segment, partition, offset, error);
  }
}

/** A damaged header is made again from its frame. */
function readHeader(segment: Segment, partition: number, offset: number): LogHeader | CorruptFrame {
  try {
    const header = decodeHeader(segment.bytes('header', partition, offset) ?? Buffer.alloc(0));
    return { kind: 'header', partition, offset, header };
  } catch (error) {
    if (!isCorrupt(error)) throw placed(error, partition, offset);
    const frame = readFrame(segment, partition, offset);
    return frame.kind === 'frame' ? { kind: 'header', partition, offset, header: frame.header } : frame;
  }
}

/** Opens a log for reading only, in whatever thread or process. Errors: `log.no_folder` and the folder codes. */
export async function openLogReader({ folder }: { readonly folder: string }): Promise<LogReader> {
  const meta = await readMeta(folder);
  if (!meta) throw logErrors.make('no_folder', `there is no log in ${folder}`);
  const reader = new SegmentReader({ folder, partitions: meta.partitions, sync: true });
  await reader.refresh();
  return reader;
}
