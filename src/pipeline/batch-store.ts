/**
 * What the pipeline needs of the telemetry store: statements of the program's own. The store lives in another thread, so
 * that these travel as text, and results as bytes.
 */
export interface BatchStore {
  /** Runs one statement; resolves when it is done and, for an insert, on disk. */
  run(sql: string): Promise<void>;
  /** Runs a query in RowBinary; each value little-endian, strings with LEB128 length. */
  bytes(sql: string): Promise<Uint8Array>;
  /** Runs a small query; each row by column name, every value as text, null or a list of texts. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Files that the engine reads batches from, in a folder of the pipeline's own. */
export interface BatchFiles {
  /** Writes a file and returns the SQL relation that reads it. */
  write(name: string, buffers: readonly Uint8Array[], structure: string): Promise<string>;
  remove(): Promise<void>;
}
