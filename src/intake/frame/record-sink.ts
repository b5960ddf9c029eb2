import type { RecordFault } from '../../contracts/index.ts';

/** What a splitter hands its records to. Buffers are valid during the call only: copy what is to be kept. */
export interface RecordSink {
  /** One record, at most `maxRecordBytes`, exactly as it stands in the input. */
  record(bytes: Buffer): void;
  /** A stretch of input that can't become an event: its first bytes, at most `keptOfTooLarge`, and why. */
  faulty(kept: Buffer, fault: RecordFault): void;
  /** The input breaks off where no record had begun (an array without its end): nothing to keep, but to be told. */
  brokenOff(code: string, message: string): void;
}

/** Cuts a stream of bytes into records. The cuts don't depend on how the stream is chunked. */
export interface Splitter {
  write(chunk: Buffer): void;
  /** No more input: hands over or reports what is still held. */
  end(): void;
}
