import type { InsertRow, Query, QuerySettings, ReadScope, Table, TrustedSql } from '../sql/index.ts';

/** Which connections a statement takes: a slow one only holds up its own lane. */
export type Lane = 'write' | 'interactive' | 'background';

/** A value as the store gives it: numbers, times (ISO 8601 in UTC) and ids (UUIDs) as text. */
export type StoredCell = string | null | readonly string[];

export interface StatementOptions {
  readonly lane?: Lane;
  /** Rejects at once with the signal's reason; the engine's work is killed within a second. */
  readonly signal?: AbortSignal;
  readonly maxSeconds?: number;
  /** ClickHouse settings by name, written into the statement's text. */
  readonly settings?: QuerySettings;
}

export interface ReadOptions {
  /** `interactive` when not said. */
  readonly lane?: Exclude<Lane, 'write'>;
  readonly signal?: AbortSignal;
  /** Whole seconds; `store.timeout` beyond. */
  readonly maxSeconds?: number;
  /** Fewer than the query's own limit, if need be. */
  readonly maxRows?: number;
  /** Of the result; `store.too_large` beyond. */
  readonly maxBytes?: number;
}

export interface ReadResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly StoredCell[])[];
  /** True when there was more than the limit. */
  readonly truncated: boolean;
  /** Rows that the engine went through. */
  readonly rowsRead: number;
  readonly elapsedMs: number;
  /** What was asked, with scope and limits: running it again gives these rows, unless some expired. */
  readonly sql: string;
}

/**
 * The telemetry store. All verbs throw `store.busy` when the lane's queue is full, `store.closed`, `store.timeout`,
 * `store.memory`, `store.full`, `store.behind`, or `store.query` for what the engine refuses.
 */
export interface Store {
  /** The declared tables by name. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Runs a query within a scope. Throws the codes of `sql` for a query that can't be printed. */
  read(scope: ReadScope, query: Query, options?: ReadOptions): Promise<ReadResult>;
  /** Runs a statement of the program's own; an insert is on disk when this resolves. Lane `write` when not said. */
  run(statement: TrustedSql, options?: StatementOptions): Promise<void>;
  /** The rows of a small read of the program's own, by column name. Lane `interactive` when not said. */
  rows(
    select: TrustedSql,
    options?: StatementOptions,
  ): Promise<readonly Readonly<Record<string, StoredCell>>[]>;
  /** A read of the program's own in RowBinary. Lane `write` when not said. */
  bytes(select: TrustedSql, options?: StatementOptions): Promise<Buffer>;
  /** Stores up to 10,000 rows of one table, all or none, and resolves when they are on disk. */
  insert(table: string, rows: readonly InsertRow[], options?: StatementOptions): Promise<void>;
  /**
   * Writes the tables as they are into an empty folder, from which a store can be opened, while writes go on; each table as of one
   * moment, those named `first` before the others and in their order. Gives the rows of each, when all is on disk. Throws
   * `store.no_copy` for a server, `store.not_empty`, the signal's reason.
   */
  copy(
    folder: string,
    options: { readonly first: readonly string[]; readonly signal?: AbortSignal | undefined },
  ): Promise<Readonly<Record<string, number>>>;
  /** Kills what runs, refuses what waits, and gives the connections back. */
  close(): Promise<void>;
}
