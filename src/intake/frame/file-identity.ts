import { createHash } from 'node:crypto';
import { LineOrdinals } from './line-ordinals.ts';

/** Records whose equal lines are counted together. Bounds the memory that counting takes. */
const segmentRecords = 4_000_000;

/**
 * The identity of a file's records: the hash of its first record, and the ordinal among equal lines. Depends on the
 * records alone, so a second import, or one of the same file grown longer, gives each record the same. Equal lines are
 * counted per segment of 4 million records; the seed of a later segment is the hash of the first seed and its number.
 */
export class FileIdentity {
  readonly #ordinals = new LineOrdinals();
  readonly #segmentRecords: number;
  #first = '';
  #seed = '';
  #records = 0;
  #segment = 0;

  constructor(recordsOfSegment = segmentRecords) {
    this.#segmentRecords = recordsOfSegment;
  }

  get seed(): string {
    return this.#seed;
  }

  /** Takes the file's next record; returns its ordinal under `seed`. */
  ordinalOf(record: Uint8Array): number {
    if (this.#first === '') this.#begin(sha256(record));
    this.#count();
    return this.#ordinals.next(record);
  }

  /** Takes a record of which only the hash and a part are known. */
  ordinalOfFaulty(kept: Uint8Array, hash: string): number {
    if (this.#first === '') this.#begin(hash);
    this.#count();
    return this.#ordinals.next(kept);
  }

  #begin(hash: string): void {
    this.#first = hash;
    this.#seed = hash;
  }

  #count(): void {
    if (this.#records === this.#segmentRecords) {
      this.#records = 0;
      this.#segment += 1;
      this.#seed = sha256(Buffer.from(`${this.#first}:${this.#segment}`));
      this.#ordinals.reset();
    }
    this.#records += 1;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
