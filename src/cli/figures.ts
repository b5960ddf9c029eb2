import type { LedgerReport } from '../ledger/index.ts';
import { printable } from './printable.ts';

const thousands = new Intl.NumberFormat('en-US');

/** `1234567` → `1,234,567`. */
export const count = (value: number) => thousands.format(Math.round(value));

/** Bytes in the largest unit that keeps a digit before the point. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step] ?? 'B'}`;
}

/** Columns aligned: the first to the left, the others to the right. Cells may be foreign texts. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const shown = ['received', 'stored', 'joined', 'duplicate', 'dead', 'in_flight', 'refused'] as const;

/** The ledger as a table with a closing word on its balance. */
export function ledgerTable(report: Pick<LedgerReport, 'rows' | 'total'>): string {
  const line = (name: string, row: Pick<LedgerReport['total'], (typeof shown)[number]>) => [
    name,
    ...shown.map((column) => count(row[column])),
  ];
  const rows = [
    ['source', ...shown.map((name) => name.replace('_', ' '))],
    ...report.rows.map((row) => line(row.source, row)),
    line('total', report.total),
  ];
  const unbalanced = report.rows.filter((row) => !row.balanced).map((row) => row.source);
  const verdict =
    unbalanced.length === 0
      ? 'Balanced: received = stored + joined + duplicate + dead + in flight.'
      : `NOT BALANCED: ${unbalanced.join(', ')}. Rows, markers and log disagree; nothing may be trimmed by hand.`;
  return `${table(rows)}\n${verdict}`;
}
