import { day, dayOf, type Interval, minute, second } from './calendar.ts';
import { readClock } from './clock.ts';
import { type Dated, readDate } from './date.ts';
import { type Calendar, type Found, type Point, skip, type Words, wordAt } from './reading.ts';
import { compactUnit, dayParts, numberWords, unitLength } from './words.ts';

/** Reads a moment at `at`: date and clock in either order, each alone, `now`, `3 hours ago`. */
export function readPoint(words: Words, at: number, calendar: Calendar): Found<Point> {
  return (
    readInstant(words, at) ??
    readAgo(words, at, calendar) ??
    readDateThenClock(words, at, calendar) ??
    readClockThenDate(words, at, calendar)
  );
}

const isoInstant =
  /^(\d{4}-\d{2}-\d{2})[t_](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(z|[+-]\d{2}:?\d{2})?$/;

/** An ISO 8601 date and time in one word; UTC when it names no zone. */
function readInstant(words: Words, at: number): Found<Point> {
  const parts = isoInstant.exec(wordAt(words, at));
  if (parts === null) return undefined;
  const [, date = '', clock = '', seconds, fraction, zone] = parts;
  const from = Date.parse(
    `${date}T${clock}:${seconds ?? '00'}.${(fraction ?? '0').slice(0, 3).padEnd(3, '0')}${isoZone(zone)}`,
  );
  if (Number.isNaN(from)) return undefined;
  const width = fraction !== undefined ? 1 : seconds !== undefined ? second : minute;
  const interval = { from, to: from + width };
  return { value: { kind: 'dated', interval, clock: true, notes: [] }, next: at + 1 };
}

function isoZone(zone: string | undefined): string {
  if (zone === undefined || zone === 'z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}

/** `now`, `3 hours ago`: as wide as its unit. */
function readAgo(words: Words, at: number, calendar: Calendar): Found<Point> {
  if (wordAt(words, at) === 'now') {
    const interval = { from: calendar.now, to: calendar.now };
    return { value: { kind: 'dated', interval, clock: true, notes: [] }, next: at + 1 };
  }
  const length = readLength(words, at);
  if (length === undefined || wordAt(words, length.next) !== 'ago') return undefined;
  const { ms, unit } = length.value;
  const from = calendar.now - ms;
  const interval = unit >= day ? dayOf(from) : { from, to: from + unit };
  return { value: { kind: 'dated', interval, clock: unit < day, notes: [] }, next: length.next + 1 };
}

/** `3 hours`, `90m`, `half an hour`, `a couple of days`. */
export function readLength(words: Words, at: number): Found<{ readonly ms: number; readonly unit: number }> {
  const compact = /^(\d{1,6})([a-z]{1,4})$/.exec(wordAt(words, at));
  const compactLength = compact === null ? undefined : compactUnit.get(compact[2] ?? '');
  if (compact !== null && compactLength !== undefined) {
    return { value: { ms: Number(compact[1]) * compactLength, unit: compactLength }, next: at + 1 };
  }
  const half = wordAt(words, at) === 'half' && /^an?$/.test(wordAt(words, at + 1));
  const number = half ? { value: 0.5, next: at + 2 } : readNumber(words, at);
  if (number === undefined) return undefined;
  const unit = unitLength.get(wordAt(words, number.next));
  return unit === undefined ? undefined : { value: { ms: number.value * unit, unit }, next: number.next + 1 };
}

/** `12`, `twelve`, `a few`, `a couple of`. */
export function readNumber(words: Words, at: number): Found<number> {
  const word = wordAt(words, at);
  if (/^\d{1,6}$/.test(word)) return { value: Number(word), next: at + 1 };
  const next = wordAt(words, at + 1);
  if (word === 'a' && (next === 'few' || next === 'couple' || next === 'dozen'))
    return readNumber(words, at + 1);
  const value = numberWords.get(word);
  if (value === undefined) return undefined;
  return { value, next: wordAt(words, at + 1) === 'of' ? at + 2 : at + 1 };
}

function readDateThenClock(words: Words, at: number, calendar: Calendar): Found<Point> {
  const date = readDate(words, skip(words, at, ['on', 'the']), calendar);
  if (date === undefined) return undefined;
  const part = dayParts.get(wordAt(words, skip(words, date.next, ['in', 'the', 'at'])));
  if (part !== undefined && isOneDay(date.value.interval)) {
    const { from } = date.value.interval;
    const interval = { from: from + part[0], to: from + part[1] };
    return {
      value: { kind: 'dated', interval, clock: true, notes: date.value.notes },
      next: skip(words, date.next, ['in', 'the', 'at']) + 1,
    };
  }
  const clock = readClock(words, skip(words, date.next, ['at', 'around', 'about', ',']));
  if (clock === undefined || !isOneDay(date.value.interval)) {
    return { value: { kind: 'dated', clock: false, ...date.value }, next: date.next };
  }
  return { value: onDay(clock.value, date.value), next: clock.next };
}

function readClockThenDate(words: Words, at: number, calendar: Calendar): Found<Point> {
  const clock = readClock(words, skip(words, at, ['at']));
  if (clock === undefined) return undefined;
  const date = readDate(words, skip(words, clock.next, ['on', 'of', 'the']), calendar);
  return date !== undefined && isOneDay(date.value.interval)
    ? { value: onDay(clock.value, date.value), next: date.next }
    : clock;
}

const isOneDay = (interval: Interval) => interval.to - interval.from === day;

function onDay(clock: Point, date: Dated): Point {
  const interval = {
    from: date.interval.from + clock.interval.from,
    to: date.interval.from + clock.interval.to,
  };
  return { kind: 'dated', interval, clock: true, notes: [...date.notes, ...clock.notes] };
}
