import { quoteIdentifier, quoteInteger, quoteString } from './literal.ts';
import type { Column, Projection, SkipIndex, Table, TableSettings } from './table.ts';
import { type TrustedSql, trust } from './trusted.ts';

/** `CREATE TABLE IF NOT EXISTS` for a declared table; running it twice changes nothing. */
export function printCreateTable(table: Table): TrustedSql {
  const lines = [
    ...Object.entries(table.columns).map(([name, column]) => printColumn(name, column)),
    ...(table.indexes ?? []).map(printIndex),
    ...(table.projections ?? []).map(printProjection),
  ];
  const clauses = [
    `CREATE TABLE IF NOT EXISTS ${quoteIdentifier(table.name)} (\n  ${lines.join(',\n  ')}\n)`,
    `ENGINE = ${table.engine}`,
    ...(table.partitionBy === undefined ? [] : [`PARTITION BY ${table.partitionBy}`]),
    ...(table.engine === 'Memory' ? [] : [`ORDER BY (${table.orderBy.map(quoteIdentifier).join(', ')})`]),
    ...(table.settings === undefined ? [] : [`SETTINGS ${printTableSettings(table.settings)}`]),
    `COMMENT ${quoteString(`${table.comment} (schema ${table.schemaVersion})`)}`,
  ];
  return trust(clauses.join('\n'));
}

function printColumn(name: string, column: Column): string {
  const defaults = column.default === undefined ? '' : ` DEFAULT ${column.default}`;
  const codec = column.codec === undefined ? '' : ` CODEC(${column.codec})`;
  return trust(
    `${quoteIdentifier(name)} ${column.type}${defaults} COMMENT ${quoteString(column.comment)}${codec}`,
  );
}

function printIndex(index: SkipIndex): string {
  const granularity = index.granularity === undefined ? '' : ` GRANULARITY ${index.granularity}`;
  return `INDEX ${quoteIdentifier(index.name)} ${index.expression} TYPE ${index.type}${granularity}`;
}

function printProjection(projection: Projection): string {
  const columns = projection.columns.map(quoteIdentifier).join(', ');
  const order = projection.orderBy.map(quoteIdentifier).join(', ');
  const settings =
    projection.settings === undefined ? '' : ` WITH SETTINGS (${printTableSettings(projection.settings)})`;
  return `PROJECTION ${quoteIdentifier(projection.name)} (SELECT ${columns} ORDER BY ${order})${settings}`;
}

function printTableSettings(settings: TableSettings): string {
  return Object.entries(settings)
    .map(
      ([name, value]) => `${name} = ${typeof value === 'string' ? quoteString(value) : quoteInteger(value)}`,
    )
    .join(', ');
}
