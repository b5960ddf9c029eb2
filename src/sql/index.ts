/**
 * Tables and queries as data, and the one printer that turns them into ClickHouse SQL.
 * Pure: opens nothing, runs nothing. There is no way to print a query without a scope, and the scope is written into
 * every table reference. It holds no table of its own and doesn't know what the columns mean.
 */

// Printing.
export { printCreateTable } from './ddl.ts';
export { quoteIdentifier, quoteString, timeSql } from './literal.ts';
export { type Cell, type InsertRow, printInsert } from './print-insert.ts';
export { printQuery } from './print-query.ts';
// Queries as data.
export type {
  Condition,
  GroupsQuery,
  Key,
  Measure,
  Ordering,
  Query,
  RowsQuery,
  Source,
  Value,
} from './query.ts';
// Whose rows, as of when: `grantReadScope` is for `guard/` alone.
export { grantReadScope, type ReadScope } from './scope.ts';
export { printSettings, type QuerySettings } from './settings.ts';
// Tables as data.
export type { Column, ColumnType, SkipIndex, Table, TableSettings } from './table.ts';
export { sql, type TrustedSql, trust } from './trusted.ts';
