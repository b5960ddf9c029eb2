import { rulesErrors } from './errors.ts';
import { hourSql, scopeSql, spanSql } from './hunt-span-sql.ts';
import type { HuntScope, HuntStore, Span } from './hunt-store.ts';

const hour = 3_600_000;
/** Hours that hold events: more than eleven years of them without a gap. */
const maxHours = 100_000;

/** A part of a window, of whole hours but for its ends, and how many events it holds. */
export interface Slice extends Span {
  readonly events: number;
}

export interface Slices {
  readonly slices: readonly Slice[];
  readonly events: number;
  /** Days of UTC that hold events. */
  readonly days: number;
}

/**
 * Cuts a window into slices of some `eventsASlice`, by a count of its events by hour. Hours without events are in no slice of their own.
 * Throws `rules.window_too_wide`.
 */
export async function slicesOf(
  store: HuntStore,
  request: { readonly scope: HuntScope; readonly span: Span; readonly eventsASlice: number },
  signal: AbortSignal,
): Promise<Slices> {
  const { scope, span, eventsASlice } = request;
  const rows = await store.rows(
    `SELECT ${hourSql} AS hunt_hour, count() AS hunt_events FROM events WHERE ${scopeSql(scope)} AND ${spanSql(span)} ` +
      `GROUP BY hunt_hour ORDER BY hunt_hour LIMIT ${maxHours + 1}`,
    { signal },
  );
  if (rows.length > maxHours)
    throw rulesErrors.make(
      'window_too_wide',
      `The window holds events of more than ${maxHours} hours; narrow it`,
    );
  const hours = rows.map((row) => ({ hour: Number(row.hunt_hour), events: Number(row.hunt_events) }));
  const slices: Slice[] = [];
  let from = span.from;
  let events = 0;
  for (const [index, at] of hours.entries()) {
    events += at.events;
    const isLast = index === hours.length - 1;
    if (events < eventsASlice && !isLast) continue;
    const to = isLast ? span.to : Math.min((at.hour + 1) * hour, span.to);
    slices.push({ from, to, events });
    from = to;
    events = 0;
  }
  return {
    slices,
    events: hours.reduce((sum, at) => sum + at.events, 0),
    days: new Set(hours.map((at) => Math.floor(at.hour / 24))).size,
  };
}
