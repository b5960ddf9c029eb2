import { errors } from './errors.ts';
import {
  idHex,
  microsText,
  millisText,
  quoteBytes,
  quoteIdentifier,
  quoteInteger,
  quoteString,
} from './literal.ts';
import type { ColumnType, Table } from './table.ts';
import { type TrustedSql, trust } from './trusted.ts';

/**
 * A value of a row to insert. Text: a string, or bytes that need not be UTF-8. Integers: number or bigint.
 * `DateTime64(3)`: milliseconds since the epoch. `DateTime64(6)`: microseconds as bigint. Ids: UUID text or 16 bytes.
 */
export type Cell = string | number | bigint | Uint8Array | null | readonly (string | number | bigint)[];
export type InsertRow = Readonly<Record<string, Cell>>;

/** Meant for what the program itself writes a few of: more rows than this come as a file. */
const maxInsertRows = 10_000;
const maxInsertBytes = 256 * 1024 * 1024;

/**
 * `INSERT INTO … VALUES` for some columns of a declared table: those of the first row, which every row must have.
 * Throws `sql.column`, `sql.value`, or `sql.bound` beyond 10,000 rows or 256 MiB of text.
 */
export function printInsert(table: Table, rows: readonly InsertRow[]): TrustedSql {
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) throw errors.make('value', `an insert into ${table.name} needs rows with columns`);
  if (rows.length > maxInsertRows) throw errors.make('bound', `one insert takes up to ${maxInsertRows} rows`);
  const columns = names.map((name) => [name, typeOf(table, name)] as const);
  const head = `INSERT INTO ${quoteIdentifier(table.name)} (${names.map(quoteIdentifier).join(', ')}) VALUES`;
  const lines: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (Object.keys(row).length !== names.length) {
      throw errors.make('column', `rows of one insert into ${table.name} have different columns`);
    }
    const line = `(${columns.map(([name, type]) => printCell(type, row[name], name)).join(', ')})`;
    bytes += line.length;
    if (bytes > maxInsertBytes)
      throw errors.make('bound', `one insert takes up to ${maxInsertBytes} bytes of text`);
    lines.push(line);
  }
  return trust(`${head} ${lines.join(', ')}`);
}

function typeOf(table: Table, name: string): ColumnType {
  const column = table.columns[name];
  if (column === undefined)
    throw errors.make('column', `${table.name} has no column ${JSON.stringify(name)}`);
  return column.type;
}

function printCell(type: ColumnType, cell: Cell | undefined, name: string): string {
  const printed = printScalar(type, cell) ?? printNullable(type, cell) ?? printList(type, cell);
  if (printed === undefined)
    throw errors.make('value', `the value for ${JSON.stringify(name)} is no ${type}`);
  return printed;
}

/** Plain literals only, no expressions: the engine reads those of `VALUES` with its fast parser. */
function printScalar(type: ColumnType, cell: Cell | undefined): string | undefined {
  switch (type) {
    case 'String':
    case 'LowCardinality(String)':
      if (typeof cell === 'string') return quoteString(cell);
      return cell instanceof Uint8Array ? quoteBytes(cell) : undefined;
    case 'FixedString(16)':
      if (typeof cell === 'string') return quoteBytes(Buffer.from(idHex(cell), 'hex'));
      return cell instanceof Uint8Array && cell.byteLength === 16 ? quoteBytes(cell) : undefined;
    case 'UInt8':
    case 'UInt16':
    case 'UInt32':
    case 'UInt64':
      return (typeof cell === 'number' || typeof cell === 'bigint') && cell >= 0
        ? quoteInteger(cell)
        : undefined;
    case "DateTime64(3, 'UTC')":
      return typeof cell === 'number' ? `'${millisText(cell)}'` : undefined;
    case "DateTime64(6, 'UTC')":
      return typeof cell === 'bigint' ? `'${microsText(cell)}'` : undefined;
    default:
      return undefined;
  }
}

function printNullable(type: ColumnType, cell: Cell | undefined): string | undefined {
  if (type !== 'Nullable(UInt64)' && type !== "Nullable(DateTime64(6, 'UTC'))") return undefined;
  if (cell === null) return 'NULL';
  return printScalar(type === 'Nullable(UInt64)' ? 'UInt64' : "DateTime64(6, 'UTC')", cell);
}

const elementTypes: Readonly<Partial<Record<ColumnType, ColumnType>>> = {
  'Array(String)': 'String',
  'Array(UInt32)': 'UInt32',
  'Array(UInt64)': 'UInt64',
  "Array(DateTime64(3, 'UTC'))": "DateTime64(3, 'UTC')",
};

function printList(type: ColumnType, cell: Cell | undefined): string | undefined {
  const elementType = elementTypes[type];
  if (elementType === undefined || !Array.isArray(cell)) return undefined;
  const elements = cell.map((element: Cell) => printScalar(elementType, element));
  return elements.includes(undefined) ? undefined : `[${elements.join(', ')}]`;
}
