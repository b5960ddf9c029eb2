/** The column types that declared tables use; each has one meaning to the query language (see `meaningOf`). */
export type ColumnType =
  | 'String'
  | 'LowCardinality(String)'
  | 'FixedString(16)'
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Nullable(UInt64)'
  | "DateTime64(3, 'UTC')"
  | "DateTime64(6, 'UTC')"
  | "Nullable(DateTime64(6, 'UTC'))"
  | 'Array(String)'
  | 'Array(UInt32)'
  | 'Array(UInt64)'
  | "Array(DateTime64(3, 'UTC'))";

export interface Column {
  readonly type: ColumnType;
  readonly comment: string;
  /** Compression, for example `ZSTD(1)`; the engine's default (LZ4) when absent. */
  readonly codec?: string;
  /** Expression of the default value. */
  readonly default?: string;
}

/** A data-skipping index; `type` is ClickHouse's own text, for example `minmax`. */
export interface SkipIndex {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
  /** In granules; the engine's own choice for the type when absent. */
  readonly granularity?: number;
}

/** A second sort order of some columns, kept inside each part. */
export interface Projection {
  readonly name: string;
  readonly columns: readonly string[];
  readonly orderBy: readonly string[];
  readonly settings?: TableSettings;
}

export type TableSettings = Readonly<Record<string, string | number>>;

/** Where the batches that a later one replaces are named, from that table's snapshot column on. */
export interface Supersession {
  readonly table: string;
  /** Columns of both tables that must agree (besides the tenant). */
  readonly key: readonly string[];
}

/** A table as data. Expressions in it are the program's own text, never a user's. */
export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly engine: 'MergeTree' | 'ReplacingMergeTree' | 'Memory';
  readonly columns: Readonly<Record<string, Column>>;
  readonly orderBy: readonly string[];
  readonly partitionBy?: string;
  readonly indexes?: readonly SkipIndex[];
  readonly projections?: readonly Projection[];
  readonly settings?: TableSettings;
  readonly schemaVersion: number;
  /** The columns that tell any two rows of one tenant apart: every ordered read ends with them. */
  readonly rowKey: readonly string[];
  /** The column that says whose a row is; `none` makes the table unreadable by queries. */
  readonly tenantColumn: string | 'none';
  /** The column that is compared with the snapshot; `none` when rows don't come in batches. */
  readonly snapshotColumn: string | 'none';
  readonly supersession?: Supersession;
}
