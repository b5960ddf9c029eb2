import {
  calendarDay,
  day,
  dayOf,
  type Interval,
  monthInterval,
  startOfDay,
  weekday,
  yearInterval,
} from './calendar.ts';
import {
  type Calendar,
  type Found,
  type Match,
  type Notes,
  type Point,
  skip,
  type Words,
  wordAt,
} from './reading.ts';
import { months, weekdays } from './words.ts';

const recordingIsOld = 60 * day;

export interface Dated {
  readonly interval: Interval;
  readonly notes: Notes;
}

/** `2024-03-12`, `12.03.2024`, `12 March [2024]`, `March 12th, 2024`, `March 2024`, `Monday`, `yesterday`. */
export function readDate(words: Words, at: number, calendar: Calendar): Found<Dated> {
  return (
    readNamedDay(words, at, calendar) ??
    readNumericDate(words, at) ??
    readDayMonth(words, at, calendar) ??
    readMonthDay(words, at, calendar) ??
    readWeekday(words, at, calendar)
  );
}

function readNamedDay(words: Words, at: number, calendar: Calendar): Found<Dated> {
  const word = wordAt(words, at);
  const today = startOfDay(calendar.now);
  const ofDay = (from: number, next: number) => found(dayOf(from), next);
  if (word === 'today') return ofDay(today, at + 1);
  if (word === 'yesterday') return ofDay(today - day, at + 1);
  const before = ['day', 'before', 'yesterday'].every((part, index) => wordAt(words, at + index) === part);
  return before ? ofDay(today - 2 * day, at + 3) : undefined;
}

const found = (interval: Interval, next: number, notes: Notes = []): Match<Dated> => ({
  value: { interval, notes },
  next,
});

function readNumericDate(words: Words, at: number): Found<Dated> {
  const word = wordAt(words, at);
  const yearFirst = /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?$/.exec(word);
  if (yearFirst !== null) return fromYearFirst(yearFirst, at);
  const parts = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/.exec(word);
  if (parts === null) return undefined;
  const [, first = '', separator, middle = '', year = ''] = parts;
  const monthFirst = Number(middle) > 12 && Number(first) <= 12;
  const [dayOfMonth, month] = monthFirst ? [middle, first] : [first, middle];
  const interval = calendarDay(Number(year), Number(month) - 1, Number(dayOfMonth));
  const either = separator !== '.' && Number(first) <= 12 && Number(middle) <= 12 && first !== middle;
  const notes = either ? [`read '${word}' as day, month, year`] : [];
  return interval === undefined ? undefined : found(interval, at + 1, notes);
}

function fromYearFirst(parts: RegExpExecArray, at: number): Found<Dated> {
  const [, year, month, dayOfMonth] = parts.map(Number);
  if (year === undefined || month === undefined || month < 1 || month > 12 || year < 1970 || year >= 2262) {
    return undefined;
  }
  if (parts[3] === undefined) return found(monthInterval(year, month - 1), at + 1);
  const interval = calendarDay(year, month - 1, dayOfMonth ?? 0);
  return interval === undefined ? undefined : found(interval, at + 1);
}

const ordinal = /^(\d{1,2})(?:st|nd|rd|th)?$/;
const yearWord = /^(?:19[789]\d|20\d\d|21\d\d)$/;

/** `12 March`, `12th of March 2024`. */
function readDayMonth(words: Words, at: number, calendar: Calendar): Found<Dated> {
  const dayOfMonth = ordinal.exec(wordAt(words, at))?.[1];
  const monthAt = skip(words, at + 1, ['of']);
  const month = months.get(wordAt(words, monthAt));
  if (dayOfMonth === undefined || month === undefined) return undefined;
  return withYear(words, monthAt + 1, calendar, month, Number(dayOfMonth));
}

/** `March 12th, 2024`, `March 2024`. */
function readMonthDay(words: Words, at: number, calendar: Calendar): Found<Dated> {
  const month = months.get(wordAt(words, at));
  if (month === undefined) return undefined;
  const next = wordAt(words, at + 1);
  if (yearWord.test(next)) return found(monthInterval(Number(next), month), at + 2);
  const dayOfMonth = ordinal.exec(next)?.[1];
  return dayOfMonth === undefined ? undefined : withYear(words, at + 2, calendar, month, Number(dayOfMonth));
}

function withYear(
  words: Words,
  at: number,
  calendar: Calendar,
  month: number,
  dayOfMonth: number,
): Found<Dated> {
  if (yearWord.test(wordAt(words, at))) {
    const stated = calendarDay(Number(wordAt(words, at)), month, dayOfMonth);
    return stated === undefined ? undefined : found(stated, at + 1);
  }
  const reference = yearReference(calendar);
  const year = new Date(reference).getUTCFullYear();
  const isPast = (interval: Interval | undefined) => interval !== undefined && interval.from <= reference;
  const candidates = [0, 1, 2, 3, 4].map((back) => calendarDay(year - back, month, dayOfMonth));
  const interval = candidates.find(isPast);
  if (interval === undefined) return undefined;
  return found(interval, at, [`no year was named: took ${new Date(interval.from).getUTCFullYear()}`]);
}

/** A date without a year is the latest that is not to come; in a recording of long ago, the latest that it holds. */
function yearReference({ now, newest }: Calendar): number {
  return newest !== null && now - newest > recordingIsOld ? newest : now;
}

const shortWeekday = new Set(['sun', 'mon', 'sat', 'wed', 'fri', 'thu', 'tue']);

/** The latest such day, today included. Short forms count only after `on`, `since` and the like (`sat`, `sun`). */
function readWeekday(words: Words, at: number, calendar: Calendar): Found<Dated> {
  const last = wordAt(words, at) === 'last';
  const nameAt = last ? at + 1 : at;
  const name = wordAt(words, nameAt);
  const wanted = weekdays.get(name);
  if (wanted === undefined) return undefined;
  const isIntroduced =
    last || /^(?:on|since|before|after|until|between|and|from|to|by)$/.test(wordAt(words, at - 1));
  if (shortWeekday.has(name) && !isIntroduced) return undefined;
  const back = (weekday(calendar.now) - wanted + 7) % 7;
  const days = back === 0 && last ? 7 : back;
  return found(dayOf(calendar.now - days * day), nameAt + 1);
}

/** `March`, `in 2024`, for after a preposition: too weak to be read elsewhere. */
export function readMonthOrYear(words: Words, at: number, calendar: Calendar): Found<Point> {
  const word = wordAt(words, at);
  if (yearWord.test(word)) return datedPoint(yearInterval(Number(word)), at + 1);
  const month = months.get(word);
  if (month === undefined) return undefined;
  const reference = yearReference(calendar);
  const year = new Date(reference).getUTCFullYear();
  const past = monthInterval(year, month).from <= reference ? year : year - 1;
  return datedPoint(monthInterval(past, month), at + 1, [`no year was named: took ${past}`]);
}

const datedPoint = (interval: Interval, next: number, notes: Notes = []): Match<Point> => ({
  value: { kind: 'dated', interval, clock: false, notes },
  next,
});
