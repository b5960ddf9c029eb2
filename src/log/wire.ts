/** Thrown inside the room when bytes end too early or contradict themselves; faces see `log.corrupt_frame`. */
export class MalformedBytes extends Error {}

/** The largest varint: 2^53 takes eight groups of seven bits. */
const maxVarintBytes = 8;

/** Appends LEB128 numbers and UTF-8 texts to a growing buffer. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  /** An integer of 0 to 2^53 - 1. */
  uint(value: number): void {
    this.#reserve(maxVarintBytes);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.uint(size);
    this.#reserve(size);
    this.#length += this.#bytes.write(value, this.#length, 'utf8');
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Reads what `ByteWriter` wrote; throws `MalformedBytes` rather than read past the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint(): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < maxVarintBytes; index++) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw new MalformedBytes('a number passes the end');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new MalformedBytes('a number is too large');
  }

  text(): string {
    const size = this.uint();
    if (size > this.#bytes.length - this.#position) throw new MalformedBytes('a text passes the end');
    this.#position += size;
    return this.#bytes.toString('utf8', this.#position - size, this.#position);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.#position !== this.#bytes.length) throw new MalformedBytes('bytes are left over');
  }
}
