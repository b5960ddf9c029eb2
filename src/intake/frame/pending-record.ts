import { createHash } from 'node:crypto';
import { keptOfTooLarge, maxRecordBytes } from '../../contracts/index.ts';
import type { RecordSink } from './record-sink.ts';

const firstCapacity = 4096;
const carriageReturn = 13;

/** Why a stretch of input can't become an event. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

export const tooLarge: Fault = {
  code: 'intake.too_large',
  message: `the record is larger than ${maxRecordBytes} bytes; its first ${keptOfTooLarge} are kept`,
};

/**
 * A record whose end has not been seen yet. Holds at most one byte more than a record may have (the carriage return
 * that may still be trimmed); beyond that only the first 64 KiB and a running hash, so that a line of any length
 * takes bounded memory.
 */
export class PendingRecord {
  #bytes = Buffer.allocUnsafeSlow(firstCapacity);
  #held = 0;
  #total = 0;
  #hash: ReturnType<typeof createHash> | undefined;

  get isEmpty(): boolean {
    return this.#total === 0;
  }

  append(part: Buffer): void {
    this.#total += part.length;
    if (this.#hash !== undefined) {
      this.#hash.update(part);
    } else if (this.#total > maxRecordBytes + 1) {
      this.#startHash(part);
    } else {
      this.#hold(part);
    }
  }

  /** Hands the record over with its last part; one that came in a single chunk isn't copied. */
  finish(sink: RecordSink, last: Buffer, isLine: boolean): void {
    if (this.isEmpty && !isLine && last.length <= maxRecordBytes) {
      sink.record(last);
      return;
    }
    this.append(last);
    this.release(sink, isLine);
  }

  /** Hands the record over, without the carriage return before its line feed if `isLine`, and forgets it. */
  release(sink: RecordSink, isLine = false): void {
    const trims = isLine && this.#hash === undefined && this.#bytes[this.#held - 1] === carriageReturn;
    const end = trims ? this.#held - 1 : this.#held;
    if (this.#hash !== undefined || end > maxRecordBytes) {
      this.releaseFaulty(sink, tooLarge);
      return;
    }
    const record = this.#bytes.subarray(0, end);
    this.#forget();
    sink.record(record);
  }

  /** Hands what was gathered over as one stretch that can't become an event, and forgets it. */
  releaseFaulty(sink: RecordSink, fault: Fault): void {
    const held = this.#bytes.subarray(0, this.#held);
    const sha256 = (this.#hash ?? createHash('sha256').update(held)).digest('hex');
    const bytes = this.#total;
    const kept = held.subarray(0, keptOfTooLarge);
    this.#forget();
    sink.faulty(kept, { ...fault, bytes, sha256 });
  }

  /** Forgets what was gathered: it was no record. */
  clear(): void {
    this.#forget();
  }

  #hold(part: Buffer): void {
    if (this.#held + part.length > this.#bytes.length) {
      const wanted = Math.max(this.#bytes.length * 2, this.#held + part.length);
      const grown = Buffer.allocUnsafeSlow(Math.min(wanted, maxRecordBytes + 1));
      this.#bytes.copy(grown, 0, 0, this.#held);
      this.#bytes = grown;
    }
    this.#held += part.copy(this.#bytes, this.#held);
  }

  #startHash(part: Buffer): void {
    this.#hash = createHash('sha256').update(this.#bytes.subarray(0, this.#held)).update(part);
    if (this.#held < keptOfTooLarge) this.#hold(part.subarray(0, keptOfTooLarge - this.#held));
    this.#held = Math.min(this.#held, keptOfTooLarge);
  }

  #forget(): void {
    this.#held = 0;
    this.#total = 0;
    this.#hash = undefined;
  }
}
