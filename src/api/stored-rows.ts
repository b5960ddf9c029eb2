import type { ReadResult } from '../store/index.ts';

type StoredCell = ReadResult['rows'][number][number];
/** A row by column name: numbers, times (ISO 8601 in UTC) and ids as text. */
export type StoredRow = Readonly<Record<string, StoredCell>>;

/** The rows of a result by column name. */
export function rowsOf({ columns, rows }: ReadResult): readonly StoredRow[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}

/** A column's text; '' when it is null. */
export function textOf(cell: StoredCell | undefined): string {
  return typeof cell === 'string' ? cell : '';
}
