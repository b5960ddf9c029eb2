/**
 * A value of a statement: `$1`, `$2`, … in its text, by the type that the statement wants there (cast where it cannot know:
 * `$1::jsonb`). Objects and lists go to `jsonb` as they are, text is taken as written JSON there; lists of text or numbers go to
 * arrays (`= ANY($1::text[])`); times are ISO 8601 texts. What Postgres cannot hold in text or `jsonb` (U+0000, lone surrogates)
 * is stored as U+FFFD. JSON nested deeper than 1,000 is refused.
 */
export type StateParameter =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly string[]
  | readonly number[]
  | { readonly [key: string]: unknown }
  | readonly { readonly [key: string]: unknown }[];

/**
 * A row by column name, the same from every twin: `int2`, `int4`, `int8` and `float8` are numbers (an `int8` beyond 2^53 is
 * `state.number_too_large`), `numeric` is text, `timestamptz` an ISO 8601 text in UTC with milliseconds, `jsonb` a value,
 * `bytea` a Uint8Array, arrays of text or numbers arrays; `bool` is a boolean, all other types are text. Text is ordered by its
 * bytes (`COLLATE "C"`).
 */
export type StateRow = Readonly<Record<string, unknown>>;

export interface StateOptions {
  /** Leaves the queue; a statement that runs already runs on. A transaction is undone at its next step. */
  readonly signal?: AbortSignal;
}

/** Runs one statement of the program's own Postgres SQL. */
export interface StateSession {
  /**
   * The rows that it gives, at most 100,000 (`state.too_many_rows`); an empty list for a statement without. Throws `state.query`
   * (`details.sqlstate` says why), `state.conflict` (unique key), `state.number_too_large`; `state.busy`, `state.closed`,
   * `state.timeout`, `state.ended` (all retryable); `state.nested` past the session of the transaction around it.
   */
  query(
    sql: string,
    parameters?: readonly StateParameter[],
    options?: StateOptions,
  ): Promise<readonly StateRow[]>;
}

/**
 * Workflow state: Postgres SQL, embedded (PGlite in a thread of its own) or, later, on a server. One set of migrations, one
 * set of statements. Not durable by itself at power loss: what people did and what was detected stands in the journal
 * first, and its tables are rebuilt from there.
 */
export interface State extends StateSession {
  /**
   * All or nothing; other statements wait while it runs, so keep it short (two minutes at most, `state.timeout`). What `work` throws
   * rolls back and is thrown on. After a failed statement nothing of it can be kept. Throws what a statement throws.
   */
  transaction<T>(work: (session: StateSession) => Promise<T>, options?: StateOptions): Promise<T>;
  /** A consistent copy of everything as one file (for a backup), from which a state can be opened; statements wait meanwhile. Throws `state.archive`. */
  dump(path: string, options?: StateOptions): Promise<void>;
  /** Waits for what runs, refuses what waits. */
  close(): Promise<void>;
}

/**
 * One step of a room's tables: one or several statements. Steps of a room run once, in order of `version`, each in a transaction;
 * rooms in the order given. A step that has run anywhere is never changed (`state.migration_changed`): a new one is added.
 */
export interface StateMigration {
  readonly room: string;
  readonly version: number;
  readonly sql: string;
}
