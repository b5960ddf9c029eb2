import { quoteString, timeSql } from '../sql/index.ts';
import type { HuntScope, Span } from './hunt-store.ts';

/** Ids begin with 48 bits of milliseconds. */
const maxMillis = 2 ** 48 - 1;
const minuteMilliseconds = 60_000;

/** The lowest id of a moment, as a literal. */
function lowestId(millis: number): string {
  const whole = Math.min(Math.max(Math.trunc(millis), 0), maxMillis);
  return `toFixedString(unhex('${whole.toString(16).padStart(12, '0').padEnd(32, '0')}'), 16)`;
}

/**
 * When an event happened, in milliseconds, as an expression: the time in its id, which no replay changes, and where that is 0 (the
 * record has no usable time) when it was received.
 */
const happened =
  `if(event_id < ${lowestId(1)}, toUnixTimestamp64Milli(received_at), ` +
  `toInt64(reinterpretAsUInt64(reverse(substring(event_id, 1, 6)))))`;

/** The hour, in hours since the epoch, that an event counts to. */
export const hourSql = `intDiv(${happened}, 3600000)`;

/** Whose events: the tenant, as of the snapshot, without batches that others took the place of. */
export function scopeSql({ tenant, snapshot }: HuntScope): string {
  const whose = `tenant = ${quoteString(tenant)}`;
  const replaced = `SELECT writer_epoch, batch FROM superseded WHERE ${whose} AND superseded_at <= ${timeSql(snapshot)}`;
  return `${whose} AND ingested_at <= ${timeSql(snapshot)} AND (writer_epoch, batch) NOT IN (${replaced})`;
}

/** Events of a span, by what the table is sorted by: the id alone tells, but for events without a usable time. */
export function spanSql({ from, to }: Span): string {
  const first = Math.max(from, 1);
  const timed = `(event_id >= ${lowestId(first)} AND event_id < ${lowestId(Math.max(to, first))})`;
  const untimed = `(event_id < ${lowestId(1)} AND received_at >= ${timeSql(from)} AND received_at < ${timeSql(to)})`;
  return `(${timed} OR ${untimed})`;
}

/** Later than its record's receipt by more than this is a wrong clock. */
const clockTolerance = 5 * minuteMilliseconds;

/** When the newest event happened whose clock can be right, in milliseconds: one row `newest`, 0 when there is none. */
export const newestSql = (scope: HuntScope): string =>
  `SELECT max(${happened}) AS newest FROM events WHERE ${scopeSql(scope)} ` +
  `AND ${happened} <= toUnixTimestamp64Milli(received_at) + ${clockTolerance}`;
