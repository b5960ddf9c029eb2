import type { Interval } from './calendar.ts';

/** What relative dates are counted from. */
export interface Calendar {
  readonly now: number;
  /** Time of the newest event; it decides the year of a date without one in old recordings. */
  readonly newest: number | null;
}

/** A moment as it was said, as wide as it was said: `12 March` is a day, `10:00` a minute. */
export type Point =
  | { readonly kind: 'dated'; readonly interval: Interval; readonly clock: boolean; readonly notes: Notes }
  /** Without a date: milliseconds from midnight. */
  | { readonly kind: 'clock'; readonly interval: Interval; readonly notes: Notes };

/** What was taken for granted. */
export type Notes = readonly string[];

export interface Match<T> {
  readonly value: T;
  /** Index of the word after the match. */
  readonly next: number;
}
export type Found<T> = Match<T> | undefined;

/** Words are lower case; what was quoted is ''. */
export type Words = readonly string[];

export const wordAt = (words: Words, at: number) => words[at] ?? '';

/** The index after up to three of the given words. */
export function skip(words: Words, at: number, fillers: readonly string[]): number {
  let next = at;
  while (fillers.includes(wordAt(words, next)) && next - at < 3) next++;
  return next;
}
