import { statfs } from 'node:fs/promises';
import { TyrianError } from '../contracts/index.ts';
import { logErrors } from './errors.ts';
import type { Durability } from './port.ts';
import { EntryTaken, type TopicEnds, type TopicsFile } from './topics/topics-file.ts';
import { copyTopicsFile, openTopicsFile } from './topics/topics-folder.ts';
import type { TopicEntry, TopicReadRequest, Topics } from './topics-port.ts';
import { type StatFs, Watermark } from './watermark.ts';
import { MalformedBytes } from './wire.ts';
import { writeError } from './write-error.ts';

const mebibyte = 1024 * 1024;
const maxEntryBytes = 4 * mebibyte;
const maxAppendBytes = 32 * mebibyte;
const namePattern = /^[a-z][a-z0-9_-]{0,63}$/;
const defaults = { minFreeShare: 0.05, durability: 'flushed', maxPendingBytes: 64 * mebibyte } as const;

export interface TopicsOptions {
  /** Made when absent. */
  readonly folder: string;
  /** Share of free disk, 0 to 1, below which appends are refused with `log.disk_full`. */
  readonly minFreeShare?: number;
  readonly durability?: Durability;
  /** Bytes that may wait to be flushed; above it appends are refused with `log.busy`. */
  readonly maxPendingBytes?: number;
  readonly statfs?: StatFs;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Opens the topics of a folder; one process at a time. Errors: the folder codes of the catalogue. */
export async function openTopics(options: TopicsOptions): Promise<Topics> {
  const settings = { ...defaults, statfs, now: Date.now, ...options };
  const sync = settings.durability === 'flushed';
  const open = () => openTopicsFile(settings.folder, sync);
  const file = await open();
  const watermark = new Watermark(settings);
  await watermark.look();
  return new LmdbTopics({ open, sync, watermark, maxPendingBytes: settings.maxPendingBytes }, file);
}

interface Parts {
  readonly open: () => Promise<TopicsFile>;
  readonly sync: boolean;
  readonly watermark: Watermark;
  readonly maxPendingBytes: number;
}

/** An append that waits for the disk. */
interface Waiting {
  readonly topic: string;
  readonly values: readonly Uint8Array[];
  readonly bytes: number;
  stored(first: number): void;
  failed(error: TyrianError): void;
}

class LmdbTopics implements Topics {
  readonly #parts: Parts;
  #file: Promise<TopicsFile>;
  /** Set once another writer was met: to go on would be to overwrite each other. */
  #fenced: EntryTaken | undefined;
  /** The end of the last task that writes. */
  #tail: Promise<unknown> = Promise.resolve();
  #waiting: Waiting[] = [];
  #pendingBytes = 0;
  #syncs = 0;
  #closed: boolean = false;

  constructor(parts: Parts, file: TopicsFile) {
    this.#parts = parts;
    this.#file = Promise.resolve(file);
  }

  async append(topic: string, values: readonly Uint8Array[]): Promise<TopicEnds> {
    checkName(topic);
    const bytes = checkSizes(values);
    this.#admit(bytes);
    if (values.length === 0) {
      const { next } = await this.ends(topic);
      return { first: next, next };
    }
    this.#pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      const stored = (first: number) => resolve({ first, next: first + values.length });
      this.#waiting.push({ topic, values, bytes, stored, failed: reject });
      // What else is appended before this task's turn comes goes with it.
      if (this.#waiting.length === 1) void this.#exclusive(() => this.#store());
    });
  }

  async read(request: TopicReadRequest) {
    const { topic, from, limit, maxBytes } = request;
    checkName(topic);
    const file = await this.#opened();
    const { first, next } = file.ends(topic);
    if (from < first)
      throw logErrors.make('trimmed', `'${topic}' keeps offsets from ${first} on; ${from} is gone`, {
        details: { topic, first },
      });
    const entries: TopicEntry[] = [];
    let offset = from;
    for (let bytes = 0; offset < next && entries.length < limit && bytes < maxBytes; offset++) {
      const value = readValue(file, topic, offset);
      if (value instanceof TyrianError) {
        if (entries.length > 0) break;
        throw value;
      }
      entries.push({ offset, value });
      bytes += value.length;
    }
    return { entries, next: offset };
  }

  async ends(topic: string): Promise<TopicEnds> {
    checkName(topic);
    return (await this.#opened()).ends(topic);
  }

  async topics(): Promise<readonly string[]> {
    return (await this.#opened()).topics();
  }

  async replace(topic: string, entries: readonly TopicEntry[]): Promise<void> {
    checkName(topic);
    checkSizes(entries.map(({ value }) => value));
    if (this.#closed) throw closed();
    await this.#exclusive(async () => this.#written((file) => file.replace(topic, entries)));
  }

  async trim(topic: string, before: number): Promise<void> {
    checkName(topic);
    if (this.#closed) throw closed();
    await this.#exclusive(async () => this.#written((file) => file.remove(topic, before)));
  }

  async copy(folder: string): Promise<void> {
    await copyTopicsFile(await this.#opened(), folder);
  }

  syncs(): number {
    return this.#syncs;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#exclusive(async () => (await this.#file).close());
  }

  #admit(bytes: number): void {
    if (this.#closed) throw closed();
    const { watermark, maxPendingBytes } = this.#parts;
    if (watermark.isLow()) {
      const percent = (watermark.free * 100).toFixed(1);
      throw logErrors.make('disk_full', `${percent} % of the disk is free, which is too little to go on`);
    }
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > maxPendingBytes)
      throw logErrors.make(
        'busy',
        `${this.#pendingBytes} bytes wait to be flushed; the bound is ${maxPendingBytes}`,
      );
  }

  #opened(): Promise<TopicsFile> {
    return this.#closed ? Promise.reject(closed()) : this.#file;
  }

  /** Stores all that waits with one sync. Never rejects: each append hears of its own end. */
  async #store(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    const firsts = await this.#written((file) => file.append(batch)).catch(writeError);
    if (this.#parts.sync) this.#syncs++;
    for (const { bytes } of batch) this.#pendingBytes -= bytes;
    for (const [index, waiting] of batch.entries()) {
      if (firsts instanceof TyrianError) waiting.failed(firsts);
      else waiting.stored(firsts[index] as number);
    }
  }

  /** Throws a `TyrianError`. After a failed transaction neither LMDB nor its binding promises anything about further writes. */
  async #written<T>(write: (file: TopicsFile) => Promise<T>): Promise<T> {
    if (this.#fenced) throw writeError(this.#fenced);
    const file = await this.#file.catch(() => {
      this.#file = this.#parts.open();
      return this.#file;
    });
    try {
      return await write(file);
    } catch (error) {
      if (error instanceof EntryTaken) this.#fenced = error;
      else await this.#reopen(file);
      throw writeError(error);
    }
  }

  /** What was stored is then read from the file again. A file that can't be opened is tried again by the next write. */
  async #reopen(file: TopicsFile): Promise<void> {
    this.#file = file.close().then(this.#parts.open);
    await this.#file.catch(() => undefined);
  }

  /** Runs tasks that write one behind the other. */
  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(task);
    this.#tail = run.catch(() => undefined);
    return run;
  }
}

const closed = () => logErrors.make('closed', 'the topics are closed');

function checkName(topic: string): void {
  if (namePattern.test(topic)) return;
  throw logErrors.make(
    'bad_topic',
    `'${topic.slice(0, 100)}' is no name of a topic: lower-case letters, digits, - and _`,
  );
}

function checkSizes(values: readonly Uint8Array[]): number {
  const largest = values.reduce((most, { length }) => Math.max(most, length), 0);
  if (largest > maxEntryBytes)
    throw logErrors.make('too_large', `an entry has ${largest} bytes; the bound is ${maxEntryBytes}`);
  const bytes = values.reduce((sum, { length }) => sum + length, 0);
  if (bytes > maxAppendBytes)
    throw logErrors.make('too_large', `an append has ${bytes} bytes; the bound is ${maxAppendBytes}`);
  return bytes;
}

function readValue(file: TopicsFile, topic: string, offset: number): Buffer | TyrianError {
  try {
    return file.value(topic, offset);
  } catch (cause) {
    if (!(cause instanceof MalformedBytes)) throw cause;
    return logErrors.make('corrupt_entry', `entry ${offset} of '${topic}' is damaged: ${cause.message}`, {
      cause,
      details: { topic, offset, next: offset + 1 },
    });
  }
}
