import type { StateSession } from '../state/index.ts';

/** For projections: puts rows into a table, over those with the same key. Columns are the table's own, by name. */
export async function putRows(
  session: StateSession,
  table: string,
  key: readonly string[],
  rows: readonly object[],
): Promise<void> {
  await upsert(session, { table, key, rows, merged: (column) => `EXCLUDED.${column}` });
}

/** Adds rows of counts to those with the same key; `first_seen` becomes the earlier of both, `last_seen` the later. */
export async function addRows(
  session: StateSession,
  table: string,
  key: readonly string[],
  rows: readonly object[],
): Promise<void> {
  await upsert(session, { table, key, rows, merged: (column) => added(table, column) });
}

function added(table: string, column: string): string {
  if (column === 'first_seen') return `least(${table}.${column}, EXCLUDED.${column})`;
  if (column === 'last_seen') return `greatest(${table}.${column}, EXCLUDED.${column})`;
  return `${table}.${column} + EXCLUDED.${column}`;
}

interface Upsert {
  readonly table: string;
  readonly key: readonly string[];
  readonly rows: readonly object[];
  readonly merged: (column: string) => string;
}

async function upsert(session: StateSession, { table, key, rows, merged }: Upsert): Promise<void> {
  const [row] = rows;
  if (row === undefined) return;
  const columns = Object.keys(row);
  const replaced = columns.filter((column) => !key.includes(column));
  await session.query(
    `INSERT INTO ${table} (${columns.join(', ')})
     SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)
     ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${replaced.map((column) => `${column} = ${merged(column)}`).join(', ')}`,
    [rows.map((each) => ({ ...each }))],
  );
}
