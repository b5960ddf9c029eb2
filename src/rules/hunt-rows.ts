import { TyrianError } from '../contracts/index.ts';
import type { RuleSql } from '../detect/index.ts';
import { scopeSql, spanSql } from './hunt-span-sql.ts';
import type { HuntScope, HuntStore, Span } from './hunt-store.ts';
import { type JudgedColumn, judgedColumns } from './judge.ts';

/** An event as it is stored, with what rules are routed and entities named by. */
export interface StoredEvent {
  readonly eventId: string;
  /** ISO 8601 in UTC; null when the event has no usable time. */
  readonly time: string | null;
  readonly receivedAt: string;
  readonly source: string;
  readonly form: string;
  readonly class_uid: bigint | null;
  readonly columns: Readonly<Record<JudgedColumn, string>>;
  readonly raw: string;
  /** SQL says that it is a hit; else the interpreter has to. */
  readonly sure: boolean;
}

/** Which rows are read, as conditions over the columns of `events`. */
export interface Candidates extends Pick<RuleSql, 'candidates' | 'where' | 'sure' | 'exact'> {
  /** Most events are candidates: nothing is gained by looking at all of a span for the first ones. */
  readonly dense?: boolean;
}

/** Rows and bytes of one page, which is read in one go on the event loop; a page with larger records has fewer of them. */
const page = { rows: 4_000, bytes: 8 * 1024 * 1024 } as const;

/**
 * The rows of a span that may be hits, by rising id, in pages. The first page of sparse hits is found by all threads at once; where
 * there are so many that more pages follow, they are read in the order of the table.
 */
export async function* candidateRows(
  store: HuntStore,
  request: { readonly scope: HuntScope; readonly span: Span; readonly candidates: Candidates },
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  let after: string | undefined;
  let most: number = page.rows;
  let limit = most;
  for (;;) {
    signal.throwIfAborted();
    const sql = pageSql(request, { after, limit });
    const settings = {
      ...{ max_result_bytes: page.bytes, result_overflow_mode: 'throw' },
      optimize_read_in_order: after === undefined && request.candidates.dense !== true ? 0 : 1,
    };
    const rows = await store.rows(sql, { signal, settings }).catch((error: unknown) => {
      if (limit > 1 && error instanceof TyrianError && error.code === 'store.too_large') return undefined;
      throw error;
    });
    if (rows === undefined) {
      limit = Math.ceil(limit / 4);
      most = limit * 2;
      continue;
    }
    const events = rows.map(eventOf);
    if (events.length > 0) yield events;
    if (events.length < limit) return;
    after = events.at(-1)?.eventId;
    limit = Math.min(limit * 2, most);
  }
}

/** Names of outputs that no column has: an alias would stand for the column within conditions. */
const outputs = [
  'UUIDNumToString(event_id) AS hunt_id',
  'toString(time) AS hunt_time',
  'toString(received_at) AS hunt_received',
  'toString(class_uid) AS hunt_class',
  ...['source', 'form', 'raw', ...judgedColumns],
];

function pageSql(
  { scope, span, candidates }: Parameters<typeof candidateRows>[1],
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): string {
  const { where, sure, exact } = candidates;
  const narrowed = candidates.candidates === where ? '' : ` AND ${where}`;
  const behind =
    after === undefined ? '' : ` AND event_id > toFixedString(unhex('${after.replaceAll('-', '')}'), 16)`;
  return (
    `SELECT ${outputs.join(', ')}, ${exact ? '1' : sure} AS hunt_sure FROM events ` +
    `PREWHERE ${spanSql(span)}${behind} AND ${candidates.candidates} WHERE ${scopeSql(scope)}${narrowed} ` +
    `ORDER BY event_id LIMIT ${limit}`
  );
}

/** What the conditions of a rule read, for an estimate of what that costs. */
export const readColumns: readonly string[] = [
  ...['tenant', 'event_id', 'ingested_at', 'writer_epoch', 'batch', 'class_uid', 'source', 'form', 'time'],
  ...['received_at', ...judgedColumns],
];

function eventOf(row: Readonly<Record<string, unknown>>): StoredEvent {
  const text = (name: string) => String(row[name] ?? '');
  return {
    eventId: text('hunt_id'),
    time: row.hunt_time === null ? null : isoOf(text('hunt_time')),
    receivedAt: isoOf(text('hunt_received')),
    source: text('source'),
    form: text('form'),
    class_uid: row.hunt_class === null ? null : BigInt(text('hunt_class')),
    columns: Object.fromEntries(judgedColumns.map((name) => [name, text(name)])) as Record<
      JudgedColumn,
      string
    >,
    raw: text('raw'),
    sure: text('hunt_sure') === '1',
  };
}

/** `2026-11-01 09:00:00.123456` → `2026-11-01T09:00:00.123456Z`. */
const isoOf = (text: string) => `${text.replace(' ', 'T')}Z`;
