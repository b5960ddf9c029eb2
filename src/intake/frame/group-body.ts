const firstCapacity = 16 * 1024;
const firstOrdinals = 256;
/** A length below 2^21 takes three bytes at most; a record has at most 2^20. */
const longestLength = 3;

/** What a group takes of its records. */
export interface FilledBody {
  readonly count: number;
  readonly body: Uint8Array;
  readonly ordinals: Uint32Array;
}

/**
 * Records one behind the other as ClickHouse's Native format writes a `String` column: each as its length in LEB128
 * and its bytes. Grows as it fills; `expected` bytes are taken at once.
 */
export class GroupBody {
  #bytes: Buffer;
  #ordinals = new Uint32Array(firstOrdinals);
  #length = 0;
  #count = 0;

  constructor(expected = 0) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(expected, firstCapacity));
  }

  get count(): number {
    return this.#count;
  }

  get length(): number {
    return this.#length;
  }

  append(record: Buffer, ordinal: number): void {
    const needed = this.#length + longestLength + record.length;
    if (needed > this.#bytes.length) this.#growBytes(needed);
    if (this.#count === this.#ordinals.length) this.#growOrdinals();
    this.#writeLength(record.length);
    this.#bytes.set(record, this.#length);
    this.#length += record.length;
    this.#ordinals[this.#count++] = ordinal;
  }

  /** What was gathered, not copied: nothing may be appended afterwards. */
  take(): FilledBody {
    return {
      count: this.#count,
      body: this.#bytes.subarray(0, this.#length),
      ordinals: this.#ordinals.subarray(0, this.#count),
    };
  }

  #writeLength(length: number): void {
    let rest = length;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #growBytes(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #growOrdinals(): void {
    const grown = new Uint32Array(this.#ordinals.length * 2);
    grown.set(this.#ordinals);
    this.#ordinals = grown;
  }
}
