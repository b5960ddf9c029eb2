import type { StoredCell } from './port.ts';

/** `FORMAT JSONCompact`, with 64-bit integers quoted. */
interface Compact {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly RawCell[])[];
  readonly statistics?: { readonly rows_read: number };
}
type RawCell = string | number | boolean | null | readonly RawCell[];

/** What makes JSON of the engine exact: digits kept, times with their zone. */
export const jsonSettings = {
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 1,
} as const;

export interface ParsedResult {
  readonly columns: Compact['meta'];
  readonly rows: readonly (readonly StoredCell[])[];
  readonly rowsRead: number;
}

/** Every cell as text, null or a list of texts. */
export function parseResult(bytes: Buffer): ParsedResult {
  const { meta, data, statistics } = JSON.parse(bytes.toString()) as Compact;
  return { columns: meta, rows: data.map((row) => row.map(cellOf)), rowsRead: statistics?.rows_read ?? 0 };
}

function cellOf(cell: RawCell): StoredCell {
  if (cell === null || typeof cell === 'string') return cell;
  return Array.isArray(cell) ? cell.map(String) : String(cell);
}

/** Rows by column name. */
export function namedRows({ columns, rows }: ParsedResult): readonly Readonly<Record<string, StoredCell>>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}
