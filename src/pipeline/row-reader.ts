/** Reads values in RowBinary, one after the other: little-endian numbers, strings with LEB128 length. */
export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  uint64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigUInt64LE(this.#at - 8);
  }

  nullableUint64(): bigint | null {
    this.#at += 1;
    return this.#bytes[this.#at - 1] === 1 ? null : this.uint64();
  }

  int64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64LE(this.#at - 8);
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return this.textBytes().toString();
  }

  /** Goes past a string; gives where it stands, for `textAt`. */
  passText(): number {
    const from = this.#at;
    // First the length, whose reading moves on itself.
    const length = this.#length();
    this.#at += length;
    return from;
  }

  /** A string that was passed. */
  textAt(from: number): string {
    const at = this.#at;
    this.#at = from;
    const text = this.text();
    this.#at = at;
    return text;
  }

  /** A string's bytes, as a view. */
  textBytes(): Buffer {
    return this.bytes(this.#length());
  }

  #length(): number {
    let length = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) return length;
    }
  }
}
