import type { RootDatabase } from 'lmdb';
import * as z from 'zod';
import { openEnvironment } from './environment.ts';
import { puttingNew, settle } from './putting.ts';
import { MalformedBytes } from './wire.ts';

/*
 * A segment is one LMDB environment in one file. Keys are binary, numbers big-endian so that order is numeric:
 *   01                       the segment's base (JSON)
 *   02 partition:2 offset:6  a frame's header
 *   03 partition:2 offset:6  a frame
 */
const baseKey = Buffer.of(1);
const kinds = { header: 2, frame: 3 } as const;
type Kind = keyof typeof kinds;
const offsetBytes = 6;
const keyBytes = 3 + offsetBytes;
const maxOffset = 2 ** (8 * offsetBytes) - 1;

/** What a segment knows of its beginning: made before its first frame, with it for good. */
const Base = z.object({
  /** Milliseconds since the epoch. */
  createdAt: z.int().nonnegative(),
  /** For each partition the offset of the first frame that may lie here. */
  first: z.array(z.int().nonnegative()),
});
export type SegmentBase = z.infer<typeof Base>;

/** A frame ready to be stored. */
export interface StoredFrame {
  readonly partition: number;
  readonly offset: number;
  readonly header: Buffer;
  readonly frame: Buffer;
}

function keyOf(kind: Kind, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(keyBytes);
  key[0] = kinds[kind];
  key.writeUInt16BE(partition, 1);
  key.writeUIntBE(offset, 3, offsetBytes);
  return key;
}

/** Another writer stored a frame of the same offset first. */
export class FrameTaken extends Error {}

/** One open environment. Reads see what is durable at that moment. */
export class Segment {
  readonly #db: RootDatabase<Buffer, Buffer>;

  /** Throws `MalformedBytes`. */
  constructor(path: string, options: { readonly sync: boolean }) {
    this.#db = openEnvironment(path, options);
  }

  /** The base, or undefined in an environment that was never finished. */
  base(): SegmentBase | undefined {
    const bytes = this.#fresh().getBinary(baseKey);
    if (!bytes) return undefined;
    const base = Base.safeParse(JSON.parse(bytes.toString('utf8')));
    if (!base.success) throw new MalformedBytes('a segment does not say where it begins');
    return base.data;
  }

  async putBase(base: SegmentBase): Promise<void> {
    await settle([
      puttingNew(this.#db).put(baseKey, Buffer.from(JSON.stringify(base)), { noOverwrite: true }),
    ]);
  }

  /** Stores frames and headers in one transaction; resolves when it is durable. Errors: LMDB's, `FrameTaken`. */
  async put(frames: readonly StoredFrame[]): Promise<void> {
    const db = puttingNew(this.#db);
    const puts = frames.flatMap(({ partition, offset, header, frame }) => [
      db.put(keyOf('header', partition, offset), header, { noOverwrite: true }),
      db.put(keyOf('frame', partition, offset), frame, { noOverwrite: true }),
    ]);
    const stored = await settle(puts);
    if (stored.includes(false))
      throw new FrameTaken('a frame of this offset exists: another writer is at work');
  }

  /** The offsets of a partition's frames from one on, lowest first. */
  *offsets(partition: number, from: number): Generator<number> {
    const range = { start: keyOf('header', partition, from), end: keyOf('header', partition, maxOffset) };
    for (const key of this.#fresh().getKeys(range)) yield key.readUIntBE(3, offsetBytes);
  }

  /** One past the highest offset of a partition's frames here; undefined when there is none. */
  next(partition: number): number | undefined {
    const below = keyOf('header', partition, 0).subarray(0, 3);
    const range = { start: keyOf('header', partition, maxOffset), end: below, reverse: true, limit: 1 };
    for (const key of this.#fresh().getKeys(range)) return key.readUIntBE(3, offsetBytes) + 1;
    return undefined;
  }

  /** Bytes of a header or frame, the caller's own: not the buffer that LMDB reuses. */
  bytes(kind: Kind, partition: number, offset: number): Buffer | undefined {
    return this.#db.getBinary(keyOf(kind, partition, offset));
  }

  /** Writes the environment as it is now to another file; not yet synced there. */
  async copy(path: string): Promise<void> {
    await this.#db.backup(path, false);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  /** Commits of other threads show only in a new read transaction. */
  #fresh(): RootDatabase<Buffer, Buffer> {
    this.#db.resetReadTxn();
    return this.#db;
  }
}
