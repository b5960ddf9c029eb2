/** Instants are milliseconds since 1970-01-01T00:00:00Z; all days, months and weeks are those of UTC. */
export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
export const week = 7 * day;

/** `from` inclusive, `to` exclusive. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export const startOfDay = (instant: number) => Math.floor(instant / day) * day;

export const dayOf = (instant: number): Interval => ({
  from: startOfDay(instant),
  to: startOfDay(instant) + day,
});

/** The week from Monday that holds the instant. */
export function weekOf(instant: number): Interval {
  const start = startOfDay(instant) - ((weekday(instant) + 6) % 7) * day;
  return { from: start, to: start + week };
}

export function monthOf(instant: number): Interval {
  const date = new Date(instant);
  return monthInterval(date.getUTCFullYear(), date.getUTCMonth());
}

/** `month` from 0; months beyond a year's end count into the next. */
export const monthInterval = (year: number, month: number): Interval => ({
  from: Date.UTC(year, month, 1),
  to: Date.UTC(year, month + 1, 1),
});

export const yearInterval = (year: number): Interval => ({
  from: Date.UTC(year, 0, 1),
  to: Date.UTC(year + 1, 0, 1),
});

/** 0 is Sunday. */
export const weekday = (instant: number) => new Date(instant).getUTCDay();

/** A day of the calendar, or undefined when there is no such day; `month` from 0. */
export function calendarDay(year: number, month: number, dayOfMonth: number): Interval | undefined {
  const from = Date.UTC(year, month, dayOfMonth);
  const date = new Date(from);
  const exists = date.getUTCMonth() === month && date.getUTCDate() === dayOfMonth;
  return exists && year >= 1970 && year < 2262 ? { from, to: from + day } : undefined;
}
