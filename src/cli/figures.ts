import type { LedgerReport } from '../ledger/index.ts';
import { printable } from './printable.ts';

const thousands = new Intl.NumberFormat('en-US');

/** `1234567` → `1,234,567`. */
export const count = (value: number) => thousands.format(Math.round(value));

/** Of a list, people are shown so many; programs get all. */
const maxShown = 200;

function firstOf<T>(
  all: readonly T[],
  most: number,
): { readonly shown: readonly T[]; readonly more: string[] } {
  const left = all.length - most;
  return { shown: all.slice(0, most), more: left > 0 ? [`… and ${count(left)} more; --json gives all`] : [] };
}

/** The first lines of a list for people, and how many more there are. */
export function firstLines(lines: readonly string[], most = maxShown): readonly string[] {
  const { shown, more } = firstOf(lines, most);
  return [...shown, ...more];
}

/** The first rows of a long table, and how many more there are. */
export function longTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const { shown, more } = firstOf(rows, maxShown);
  return [table([header, ...shown]), ...more].join('\n');
}

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

/** Of the sources that do not add up so many are named. */
const maxNamed = 20;
const shown = ['received', 'stored', 'joined', 'duplicate', 'dead', 'in_flight', 'refused'] as const;

/** The ledger as a table with a closing word on its balance. */
export function ledgerTable(report: Pick<LedgerReport, 'rows' | 'total'>): string {
  const line = (name: string, row: Pick<LedgerReport['total'], (typeof shown)[number]>) => [
    name,
    ...shown.map((column) => count(row[column])),
  ];
  const listed = firstOf(report.rows, maxShown);
  const rows = [
    ['source', ...shown.map((name) => name.replace('_', ' '))],
    ...listed.shown.map((row) => line(row.source, row)),
    line('total', report.total),
  ];
  const unbalanced = report.rows.filter((row) => !row.balanced).map((row) => row.source);
  const verdict =
    unbalanced.length === 0
      ? 'Balanced: received = stored + joined + duplicate + dead + in flight.'
      : `NOT BALANCED: ${firstLines(unbalanced, maxNamed).map(printable).join(', ')}. Rows, markers and log disagree; nothing may be trimmed by hand.`;
  return [table(rows), ...listed.more, verdict].join('\n');
}
