/**
 * The query language that plans, hunts and (later) free SQL are turned into: plain readonly nodes, told apart by
 * `kind`. A query names tables and columns and holds values; it can't hold SQL text, and it can't say which tenant
 * or which moment it reads: the printer writes both into every table reference.
 */
export type Query = RowsQuery | GroupsQuery;

/** Single rows, ordered to the end: after `orderBy` the table's row key decides, in the direction of its last column. */
export interface RowsQuery {
  readonly kind: 'rows';
  readonly from: Source;
  /** Column names of the source; at least one. */
  readonly columns: readonly string[];
  readonly where?: Condition;
  readonly orderBy?: readonly Ordering[];
  readonly limit: number;
}

/** Rows gathered by keys. Without keys the result is one row. Ordered to the end: after `orderBy` the keys
 *  decide, ascending. */
export interface GroupsQuery {
  readonly kind: 'groups';
  readonly from: Source;
  readonly keys: readonly Key[];
  readonly measures: readonly Measure[];
  readonly where?: Condition;
  /** Over the outputs: names of keys and measures. */
  readonly having?: Condition;
  /** Over the outputs: names of keys and measures. */
  readonly orderBy?: readonly Ordering[];
  readonly limit: number;
}

export type Source = TableReference | SelectSource;

export interface TableReference {
  readonly kind: 'table';
  /** Name of a declared table. */
  readonly name: string;
}

/** Reads the outputs of another query. */
export interface SelectSource {
  readonly kind: 'select';
  readonly query: Query;
}

export interface Ordering {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

/** What groups are made by; `as` is the output's name. */
export type Key = ColumnKey | BucketKey;

export interface ColumnKey {
  readonly kind: 'column';
  readonly column: string;
  readonly as: string;
}

/** A time column cut to whole intervals since 1970-01-01T00:00:00Z. */
export interface BucketKey {
  readonly kind: 'bucket';
  readonly column: string;
  readonly seconds: number;
  readonly as: string;
}

/**
 * The aggregates that give the same answer however the engine splits the work. Averages are a sum and a count.
 * - `count`: rows. `count-if`: rows for which the condition holds.
 * - `uniq-exact`: distinct values (empty text counts as a value).
 * - `min`, `max`: of any column that isn't a list.
 * - `sum`: of an integer column, as Int128, so that it can't overflow.
 * - `quantile-exact`: of an integer or time column; `level` from 0 to 1.
 * - `values`: the first `limit` distinct values in ascending order.
 * - `at-min`, `at-max`: the value of `column` in the row where `by` is smallest or greatest (ties: by row key).
 */
export type Measure =
  | { readonly kind: 'count'; readonly as: string }
  | { readonly kind: 'count-if'; readonly where: Condition; readonly as: string }
  | { readonly kind: 'uniq-exact' | 'min' | 'max' | 'sum'; readonly column: string; readonly as: string }
  | { readonly kind: 'quantile-exact'; readonly column: string; readonly level: number; readonly as: string }
  | { readonly kind: 'values'; readonly column: string; readonly limit: number; readonly as: string }
  | { readonly kind: 'at-min' | 'at-max'; readonly column: string; readonly by: string; readonly as: string };

/**
 * A value. How it is read depends on the column: text for text; a whole number (`bigint` beyond 2^53) for integers;
 * ISO 8601 in UTC with `Z` and at most six decimals for times; a UUID's text for ids.
 */
export type Value = string | number | bigint;

/**
 * A condition is true or false, never unknown: a comparison with an absent number or time is false, so that its
 * `not` is true.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | CompareCondition
  | { readonly kind: 'between'; readonly column: string; readonly from: Value; readonly to: Value }
  | {
      readonly kind: 'in';
      readonly column: string;
      readonly values: readonly Value[];
      readonly ignoreCase?: boolean;
    }
  | { readonly kind: 'in-select'; readonly column: string; readonly query: Query }
  | TextCondition
  | { readonly kind: 'cidr'; readonly column: string; readonly network: string }
  | { readonly kind: 'has'; readonly column: string; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'is-empty'; readonly column: string }
  | { readonly kind: 'is-null'; readonly column: string };

export interface CompareCondition {
  readonly kind: 'eq' | 'lt' | 'lte' | 'gt' | 'gte';
  readonly column: string;
  readonly value: Value;
  /** For `eq` on text only. */
  readonly ignoreCase?: boolean;
}

/**
 * Text search that ignores case. `contains`, `starts` and `ends` take plain text. `like` takes a pattern: `*` is any
 * run, `?` one character; a backslash before `*`, `?` or a backslash makes that character plain (as in Sigma).
 */
export interface TextCondition {
  readonly kind: 'contains' | 'starts' | 'ends' | 'like';
  readonly column: string;
  readonly text: string;
}
