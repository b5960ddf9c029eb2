import type { HuntedWindow } from '../contracts/index.ts';
import { rulesErrors } from './errors.ts';
import { newestSql, scopeSql, spanSql } from './hunt-span-sql.ts';
import type { HuntScope, HuntStore, Span } from './hunt-store.ts';

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** ClickHouse's `DateTime64` ends here. */
const latest = Date.UTC(2262, 0, 1);

export interface AskedWindow {
  readonly since: string;
  readonly until?: string;
}

/**
 * The window that was asked for. A span before now (`30d`) that holds no event of the tenant ends at its newest event instead, as
 * imports of old recordings would never be found else. Throws `rules.window`.
 */
export async function windowOf(
  { since, until }: AskedWindow,
  look: {
    readonly store: HuntStore;
    readonly scope: HuntScope;
    readonly now: number;
    readonly signal: AbortSignal;
  },
): Promise<HuntedWindow> {
  const { now } = look;
  const span = durationOf(since);
  const to = until === undefined ? now : momentOf(until, now);
  const from = momentOf(since, now);
  if (from >= to) throw rulesErrors.make('window', 'The window ends before it begins');
  if (span === undefined || until !== undefined || (await holdsEvents({ from, to }, look)))
    return textOf({ from, to }, false);
  const newest = await newestOf(look);
  return newest === 0
    ? textOf({ from, to }, false)
    : textOf({ from: newest + 1 - span, to: newest + 1 }, true);
}

export const spanOf = ({ from, to }: HuntedWindow): Span => ({ from: Date.parse(from), to: Date.parse(to) });

const textOf = ({ from, to }: Span, anchored: boolean): HuntedWindow => ({
  from: new Date(Math.max(from, 0)).toISOString(),
  to: new Date(to).toISOString(),
  anchored,
});

/** Milliseconds of `30d`, `24h`, `90m`; undefined for other texts. */
function durationOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * units[unit as keyof typeof units];
}

function momentOf(text: string, now: number): number {
  const span = durationOf(text);
  const moment = span === undefined ? Date.parse(text) : Math.max(0, now - span);
  if (!(moment >= 0 && moment < latest))
    throw rulesErrors.make('window', `"${text}" is neither like 30d, 24h, 90m nor an ISO time from 1970 on`);
  return moment;
}

type Look = Parameters<typeof windowOf>[1];

async function holdsEvents(span: Span, { store, scope, signal }: Look): Promise<boolean> {
  const sql = `SELECT 1 AS one FROM events WHERE ${scopeSql(scope)} AND ${spanSql(span)} LIMIT 1`;
  return (await store.rows(sql, { signal })).length > 0;
}

async function newestOf({ store, scope, signal }: Look): Promise<number> {
  const [row] = await store.rows(newestSql(scope), { signal });
  return Number(row?.newest ?? 0);
}
