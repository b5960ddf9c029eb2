import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { keptOfTooLarge } from '../../../contracts/index.ts';
import type { RecordSink, Splitter } from '../../frame/record-sink.ts';
import { readBinXml, type Templates } from './bin-xml.ts';
import { flatEvent } from './flat-event.ts';

const fileHeaderBytes = 4096;
const chunkBytes = 64 * 1024;
const chunkHeaderBytes = 512;
const recordHeaderBytes = 24;
/** The record's size stands behind it once more. */
const recordTrailerBytes = 4;
const recordSignature = 0x00002a2a;
const brokenEvtx = 'intake.broken_evtx';

/**
 * Reads a Windows event log file (`.evtx`) as it streams by: a header block, then chunks of 64 KiB, each with its own
 * names and templates (libevtx, "Windows XML Event Log (EVTX) format"). Each event becomes one flat JSON record.
 * Trusts the chunks, not the file's header: one that was not closed properly is read to its last good record. A chunk
 * with a wrong checksum is read as far as it goes and reported; a record that can't be read is handed on as faulty.
 */
export class EvtxReader implements Splitter {
  readonly #sink: RecordSink;
  readonly #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  #held = 0;
  #skip = fileHeaderBytes;
  #chunks = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  write(bytes: Buffer): void {
    let at = Math.min(this.#skip, bytes.length);
    this.#skip -= at;
    while (at < bytes.length) {
      const taken = bytes.copy(this.#chunk, this.#held, at);
      at += taken;
      this.#held += taken;
      if (this.#held === chunkBytes) this.#finishChunk();
    }
  }

  end(): void {
    if (this.#skip > 0) this.#sink.brokenOff(brokenEvtx, 'the file ends within its header');
    if (this.#held === 0) return;
    this.#report(`breaks off after ${this.#held} of ${chunkBytes} bytes`);
    this.#chunk.fill(0, this.#held);
    this.#finishChunk();
  }

  #finishChunk(): void {
    this.#held = 0;
    this.#chunks += 1;
    const chunk = this.#chunk;
    // Chunks that were set aside and never used are all zero.
    if (chunk.readUInt32LE(0) === 0 && chunk.every((byte) => byte === 0)) return;
    if (chunk.toString('latin1', 0, 8) !== 'ElfChnk\0') {
      this.#report('does not begin as a chunk does; its records are lost');
      return;
    }
    this.#records(this.#checkedEnd());
  }

  /** Where the header says that the records end; reports a checksum that is wrong. */
  #checkedEnd(): number {
    const chunk = this.#chunk;
    const end = Math.min(chunk.readUInt32LE(48), chunkBytes);
    const headerSum = crc32(chunk.subarray(128, chunkHeaderBytes), crc32(chunk.subarray(0, 120)));
    const isDamaged = headerSum !== chunk.readUInt32LE(124);
    const recordSum = crc32(chunk.subarray(chunkHeaderBytes, Math.max(end, chunkHeaderBytes)));
    if (isDamaged || recordSum !== chunk.readUInt32LE(52))
      this.#report('has a wrong checksum; what can be read is');
    return isDamaged || end < chunkHeaderBytes ? chunkBytes : end;
  }

  #records(end: number): void {
    const templates: Templates = new Map();
    let at = chunkHeaderBytes;
    let previous: bigint | undefined;
    while (at + recordHeaderBytes + recordTrailerBytes <= chunkBytes) {
      const isRecord = this.#chunk.readUInt32LE(at) === recordSignature;
      const size = isRecord ? this.#chunk.readUInt32LE(at + 4) : 0;
      const id = this.#chunk.readBigUInt64LE(at + 8);
      // The header of a chunk that was being written may be behind; an older use of it has other numbers.
      if (at >= end && !(isRecord && previous !== undefined && id === previous + 1n)) return;
      if (size < recordHeaderBytes + recordTrailerBytes || at + size > chunkBytes) {
        if (!this.#isUnused(at, end))
          this.#report(`holds no sound record at byte ${at}; the rest of it is lost`);
        return;
      }
      this.#record(at, size, templates);
      previous = id;
      at += size;
    }
  }

  #isUnused(at: number, end: number): boolean {
    return this.#chunk.subarray(at, end).every((byte) => byte === 0);
  }

  #record(at: number, size: number, templates: Templates): void {
    let text: string;
    try {
      text = flatEvent(
        readBinXml(this.#chunk, at + recordHeaderBytes, at + size - recordTrailerBytes, templates),
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#faulty(this.#chunk.subarray(at, at + size), error.message);
      return;
    }
    this.#sink.record(Buffer.from(text));
  }

  #faulty(record: Buffer, why: string): void {
    const sha256 = createHash('sha256').update(record).digest('hex');
    const message = `the event in chunk ${this.#chunks} can't be read: ${why}`;
    const kept = record.subarray(0, keptOfTooLarge);
    this.#sink.faulty(kept, { code: brokenEvtx, message, bytes: record.length, sha256 });
  }

  #report(what: string): void {
    const number = this.#held > 0 ? this.#chunks + 1 : this.#chunks;
    this.#sink.brokenOff(brokenEvtx, `chunk ${number} ${what}`);
  }
}
