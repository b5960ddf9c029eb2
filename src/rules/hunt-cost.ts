import { attributeNames } from '../contracts/index.ts';
import { type Candidates, readColumns } from './hunt-rows.ts';
import { scopeSql, spanSql } from './hunt-span-sql.ts';
import type { HuntScope, HuntStore, Span } from './hunt-store.ts';

/** Mean bytes of an event, uncompressed. */
export interface RowBytes {
  /** Of the columns that conditions, routing and entities read. */
  readonly columns: number;
  readonly raw: number;
  /** The conditions read the raw record of each event that they look at. */
  readonly readsRaw: boolean;
}

/** Events whose size is measured. */
const sampled = 1_000;

/** How much a rule reads of an event of the span: an upper bound, as columns of rows that one condition rules out are not read for the next. */
export async function rowBytesOf(
  store: HuntStore,
  request: { readonly scope: HuntScope; readonly span: Span; readonly candidates: Candidates },
  signal: AbortSignal,
): Promise<RowBytes> {
  const { candidates, where, sure } = request.candidates;
  const words = new Set(`${candidates} ${where} ${sure}`.match(/\w+/g));
  const names = [...new Set([...readColumns, ...attributeNames.filter((name) => words.has(name))])];
  const [row] = await store.rows(
    `SELECT avg(byteSize(${names.join(', ')})) AS hunt_columns, avg(byteSize(raw)) AS hunt_raw FROM (` +
      `SELECT ${names.join(', ')}, raw FROM events WHERE ${scopeSql(request.scope)} AND ${spanSql(request.span)} LIMIT ${sampled})`,
    // One thread and small blocks: else each thread reads a whole block before the limit ends it.
    { signal, settings: { max_threads: 1, max_block_size: sampled } },
  );
  const [columns, raw] = [row?.hunt_columns, row?.hunt_raw].map((value) => Number(value) || 0);
  return { columns: columns ?? 0, raw: raw ?? 0, readsRaw: words.has('raw') };
}

/** Bytes of so many events, of which so many were handed out with their record. */
export function bytesOf({ columns, raw, readsRaw }: RowBytes, events: number, handedOut: number): number {
  return Math.round(events * columns + (readsRaw ? events : handedOut) * raw);
}
