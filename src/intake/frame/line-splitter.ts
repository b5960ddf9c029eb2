import { maxRecordBytes } from '../../contracts/index.ts';
import { PendingRecord, tooLarge } from './pending-record.ts';
import type { RecordSink, Splitter } from './record-sink.ts';

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

/** One record a line. Blank lines are skipped, a carriage return before the line feed is trimmed. */
export class LineSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #pending = new PendingRecord();
  /** Whether all bytes of the pending line are white space so far: then it is counted as a line of no record. */
  #pendingIsBlank: boolean = true;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  write(chunk: Buffer): void {
    let start = 0;
    if (!this.#pending.isEmpty) {
      const end = chunk.indexOf(lineFeed);
      if (end === -1) {
        this.#hold(chunk);
        return;
      }
      this.#hold(chunk.subarray(0, end));
      this.end();
      start = end + 1;
    }
    for (let end = chunk.indexOf(lineFeed, start); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#line(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  end(): void {
    if (this.#pendingIsBlank) this.#pending.clear();
    else this.#pending.release(this.#sink, true);
    this.#pendingIsBlank = true;
  }

  #hold(part: Buffer): void {
    this.#pendingIsBlank &&= isBlank(part, 0, part.length);
    this.#pending.append(part);
  }

  #line(chunk: Buffer, start: number, lineEnd: number): void {
    const end = chunk[lineEnd - 1] === carriageReturn && lineEnd > start ? lineEnd - 1 : lineEnd;
    if (isBlank(chunk, start, end)) return;
    const line = chunk.subarray(start, end);
    if (line.length <= maxRecordBytes) {
      this.#sink.record(line);
      return;
    }
    // The same bytes as when the line comes in several chunks: with its carriage return.
    this.#pending.append(chunk.subarray(start, lineEnd));
    this.#pending.releaseFaulty(this.#sink, tooLarge);
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== space && byte !== 9 && byte !== carriageReturn) return false;
  }
  return true;
}
