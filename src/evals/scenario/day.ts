import type { Random } from './random.ts';

/** Microseconds since the epoch: what Zeek writes; still exact in a double until the year 2255. */
export type Micros = number;

export const millisecond = 1_000;
export const second = 1_000 * millisecond;
export const minute = 60 * second;
export const hour = 60 * minute;

/** Nothing begins closer to the window's ends than this, so that clock differences stay inside it. */
const margin = 2 * minute;

/** The 24 hours that a scenario covers. Its first hour is the site's midnight, whatever the clock says. */
export interface Day {
  readonly start: Micros;
  /** Exclusive. */
  readonly end: Micros;
}

export function createDay(endsAt: Date): Day {
  const end = endsAt.getTime() * millisecond;
  return { start: end - 24 * hour, end };
}

/** An event that would lie beyond the window has not happened yet. A second is kept for clocks that run ahead. */
export function isInside(day: Day, at: Micros): boolean {
  return at >= day.start + second && at < day.end - second;
}

/** Any moment of the day, drawn evenly. */
export function anyTime(random: Random, day: Day): Micros {
  return between(random, day.start + margin, day.end - margin);
}

/** A moment of the working day: 8:30 to 17:30 with a dip at lunch and a few early and late hours. */
export function workTime(random: Random, day: Day): Micros {
  const draw = random.next();
  if (draw < 0.46) return clock(random, day, 8.5, 12.25);
  if (draw < 0.52) return clock(random, day, 12.25, 13.1);
  if (draw < 0.96) return clock(random, day, 13.1, 17.4);
  return clock(random, day, 17.4, 19.5);
}

/** A moment between two hours of the site's clock, such as 8.5 for half past eight. */
export function clock(random: Random, day: Day, fromHour: number, toHour: number): Micros {
  return between(random, day.start + fromHour * hour, day.start + toHour * hour);
}

export function between(random: Random, from: Micros, to: Micros): Micros {
  return Math.floor(from + random.next() * (to - from));
}
