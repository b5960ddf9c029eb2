import type { Evidence, EvidenceCell } from '../../contracts/index.ts';
import type { ReadResult } from '../../store/index.ts';

export type Shown = Pick<Evidence, 'columns' | 'rows'>;

const alwaysShown = new Set(['time', 'event_id']);

/** What a reader sees of a result: cells are never changed, but columns that say nothing are left out. */
export function shownOf(
  kind: Evidence['kind'],
  { columns, rows }: Pick<ReadResult, 'columns' | 'rows'>,
): Shown {
  const names = columns.map(({ name }) => name);
  const kept = names.filter((name, index) => isShown(kind, name, index, names, rows));
  return project({ columns, rows }, kept);
}

type Rows = ReadResult['rows'];

function isShown(
  kind: Evidence['kind'],
  name: string,
  index: number,
  names: readonly string[],
  rows: Rows,
): boolean {
  if (rows.length === 0 || alwaysShown.has(name)) return true;
  if (kind === 'first_last') return isSure(name, names, rows);
  if (kind !== 'rows' && kind !== 'process_tree') return true;
  return rows.some((row) => !isEmpty(row[index] ?? null));
}

const isEmpty = (cell: EvidenceCell | readonly string[]) => cell === null || cell.length === 0;

const doubts: Readonly<Record<string, string>> = { hosts: 'without_host', users: 'without_user' };

/** Distinct names count hosts and users only when the empty name is none of them. */
function isSure(name: string, names: readonly string[], [row]: Rows): boolean {
  if (Object.values(doubts).includes(name)) return false;
  const doubt = doubts[name];
  return doubt === undefined || row?.[names.indexOf(doubt)] === '0';
}

/** The named columns of a result, in its own order. */
export function project(
  { columns, rows }: Pick<ReadResult, 'columns' | 'rows'>,
  names: readonly string[],
): Shown {
  const kept = columns.flatMap((column, index) => (names.includes(column.name) ? [{ column, index }] : []));
  return {
    columns: kept.map(({ column }) => ({ name: column.name, type: column.type })),
    rows: rows.map((row) => kept.map(({ index }) => cellOf(row[index] ?? null))),
  };
}

const cellOf = (cell: string | null | readonly string[]): EvidenceCell =>
  cell === null || typeof cell === 'string' ? cell : [...cell];
