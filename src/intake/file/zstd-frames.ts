const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const dictionaryIdBytes = [0, 1, 2, 4] as const;
const contentSizeBytes = [0, 2, 4, 8] as const;
const runLengthBlock = 1;

/**
 * Finds where Zstandard frames end (RFC 8878, section 3.1): Node's decompressor stops at the end of the first frame
 * and silently drops what follows. Reads headers only; whether a frame is sound is for the decompressor to say.
 */
export class ZstdFrames {
  #reads: 'magic' | 'skippable-size' | 'descriptor' | 'block' = 'magic';
  readonly #header = Buffer.alloc(4);
  #known = 0;
  #wanted = 4;
  /** Bytes that hold nothing to know, before what is read next. */
  #skip = 0;
  #isLast: boolean = false;
  #checksumBytes = 0;

  /** Takes bytes from `from` on; returns where the current frame ends in the chunk, or -1 when it goes on. */
  endIn(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const step = Math.min(this.#skip > 0 ? this.#skip : this.#wanted - this.#known, chunk.length - at);
      if (this.#skip > 0) this.#skip -= step;
      else {
        chunk.copy(this.#header, this.#known, at, at + step);
        this.#known += step;
        if (this.#known === this.#wanted) this.#understand();
      }
      at += step;
      if (this.#isLast && this.#skip === 0) {
        this.#begin();
        return at;
      }
    }
    return -1;
  }

  #begin(): void {
    this.#isLast = false;
    this.#checksumBytes = 0;
    this.#read('magic', 4);
  }

  #read(what: 'magic' | 'skippable-size' | 'descriptor' | 'block', bytes: number): void {
    this.#reads = what;
    this.#known = 0;
    this.#wanted = bytes;
  }

  #understand(): void {
    switch (this.#reads) {
      case 'magic':
        this.#magic(this.#header.readUInt32LE(0));
        return;
      case 'skippable-size':
        this.#skip = this.#header.readUInt32LE(0);
        this.#isLast = true;
        return;
      case 'descriptor':
        this.#descriptor(this.#header[0] ?? 0);
        return;
      case 'block':
        this.#block(this.#header.readUIntLE(0, 3));
        return;
    }
  }

  #magic(magic: number): void {
    const isSkippable = (magic & 0xfffffff0) >>> 0 === skippableMagic;
    if (isSkippable) this.#read('skippable-size', 4);
    else if (magic === frameMagic) this.#read('descriptor', 1);
    // No frame: all that follows is one, for the decompressor to refuse.
    else this.#skip = Number.POSITIVE_INFINITY;
  }

  #descriptor(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >>> 6;
    const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (contentSizeBytes[sizeFlag] ?? 0);
    const windowBytes = isSingleSegment ? 0 : 1;
    this.#skip = windowBytes + (dictionaryIdBytes[descriptor & 3] ?? 0) + sizeBytes;
    this.#checksumBytes = (descriptor & 4) !== 0 ? 4 : 0;
    this.#read('block', 3);
  }

  #block(header: number): void {
    const size = header >>> 3;
    this.#isLast = (header & 1) !== 0;
    this.#skip = ((header >>> 1) & 3) === runLengthBlock ? 1 : size;
    if (this.#isLast) this.#skip += this.#checksumBytes;
    else this.#read('block', 3);
  }
}
