import { day, hour, minute, monthOf, startOfDay, week, weekOf, yearInterval } from './calendar.ts';
import { readClock, utcNote } from './clock.ts';
import { readMonthOrYear } from './date.ts';
import { readLength, readPoint } from './point.ts';
import type { Calendar, Found, Notes, Point, Words } from './reading.ts';
import { unitLength } from './words.ts';

/** A stretch of time as a question names it; instants in milliseconds UTC, absent ends are open. */
export type TimeSpan =
  /** `last 24 hours`: counted back from now, or from the newest event when the stretch holds none. */
  | { readonly kind: 'relative'; readonly length: number; readonly notes: Notes }
  | { readonly kind: 'range'; readonly from?: number; readonly to?: number; readonly notes: Notes }
  /** Times of day whose day is named elsewhere or taken for granted; milliseconds from midnight. */
  | { readonly kind: 'clock'; readonly from?: number; readonly to?: number; readonly notes: Notes }
  | { readonly kind: 'everything'; readonly notes: Notes }
  | { readonly kind: 'future'; readonly notes: Notes };

const word = (words: Words, at: number) => words[at] ?? '';
const introductions = new Set([
  'on',
  'at',
  'in',
  'during',
  'for',
  'of',
  'within',
  'over',
  'from',
  'throughout',
  'the',
]);
const around = 30 * minute;

/** Reads the words of a time at `at`, with the prepositions before them. Looks at a bounded number of words. */
export function readTime(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  return (
    readBetween(words, at, calendar) ??
    readOneSided(words, at, calendar) ??
    readAround(words, at, calendar) ??
    readIntroduced(words, at, calendar)
  );
}

function readIntroduced(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  let start = at;
  while (introductions.has(word(words, start)) && start - at < 3) start++;
  const introduced = start > at;
  return (
    readNamed(words, start, calendar) ??
    readRelative(words, start, introduced) ??
    readPointRange(words, start, calendar) ??
    readSingle(words, start, calendar, introduced)
  );
}

const joins = new Set(['to', '-', '–', 'until', 'till', 'through', 'and']);

/** `between A and B`, `from A to B`; hours may stand bare (`between 10 and 11`). */
function readBetween(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  const opener = word(words, at);
  if (opener !== 'between' && opener !== 'from') return undefined;
  const first = readEnd(words, at + 1, calendar, opener === 'between');
  if (first === undefined || !joins.has(word(words, first.next))) return undefined;
  const second = readEnd(
    words,
    first.next + 1,
    calendar,
    opener === 'between' || first.value.kind === 'clock',
  );
  if (second === undefined) return undefined;
  return { value: span(first.value, second.value, calendar), next: second.next };
}

function readEnd(words: Words, at: number, calendar: Calendar, bareHours: boolean): Found<Point> {
  const named = readNamed(words, at, calendar);
  if (named?.value.kind === 'range' && named.value.from !== undefined && named.value.to !== undefined) {
    const interval = { from: named.value.from, to: named.value.to };
    return { value: { kind: 'dated', interval, clock: false, notes: named.value.notes }, next: named.next };
  }
  const point = readPoint(words, at, calendar) ?? readMonthOrYear(words, at, calendar);
  if (point !== undefined || !bareHours || !/^\d{1,2}$/.test(word(words, at))) return point;
  const hours = Number(word(words, at));
  if (hours > 24 || unitLength.get(word(words, at + 1)) !== undefined) return undefined;
  return readClock([`${hours}:00`, ...words.slice(at + 1, at + 4)], 0) === undefined
    ? undefined
    : { value: bareClock(hours), next: at + 1 };
}

const bareClock = (hours: number): Point => ({
  kind: 'clock',
  interval: { from: hours * hour, to: hours * hour + minute },
  notes: [utcNote],
});

/** `10:00 to 11:30`, `2024-03-01 until 2024-03-05`, without an opener. */
function readPointRange(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  const first = readPoint(words, at, calendar);
  if (first === undefined || word(words, first.next) === 'and' || !joins.has(word(words, first.next))) {
    return undefined;
  }
  const second = readPoint(words, first.next + 1, calendar);
  if (second === undefined) return undefined;
  return { value: span(first.value, second.value, calendar), next: second.next };
}

/** From the start of one moment to the other: to its start when it is a time of day, else to its end. */
function span(first: Point, second: Point, calendar: Calendar): TimeSpan {
  const notes = [...first.notes, ...second.notes];
  if (first.kind === 'clock' && second.kind === 'clock') {
    const to = second.interval.from;
    return { kind: 'clock', from: first.interval.from, to: to > first.interval.from ? to : to + day, notes };
  }
  if (first.kind === 'clock') {
    const to = endOf(second);
    const from = startOfDay(second.interval.from) + first.interval.from;
    return { kind: 'range', from: from < to ? from : from - day, to, notes };
  }
  if (second.kind === 'clock') {
    const { from } = first.interval;
    const base = startOfDay(first.clock ? from : calendar.now);
    const to = base + second.interval.from;
    return { kind: 'range', from, to: to > from ? to : to + day, notes };
  }
  const [early, late] = first.interval.from <= second.interval.from ? [first, second] : [second, first];
  return {
    kind: 'range',
    from: early.interval.from,
    to: Math.max(endOf(late), early.interval.from + 1),
    notes,
  };
}

const endOf = (point: Point) =>
  point.kind === 'clock' || point.clock ? point.interval.from : point.interval.to;

const sinceWords = new Set(['since', 'starting', 'beginning', 'from']);
const afterWords = new Set(['after', 'following']);
const beforeWords = new Set(['before', 'until', 'till', 'preceding']);

/** `since Monday`, `after 14:00 yesterday`, `before 2024-03-12`, `until 10:00`. */
function readOneSided(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  const opener = readOpener(words, at);
  if (opener === undefined) return undefined;
  const named = readNamed(words, opener.next, calendar);
  if (opener.value === 'since') {
    const relative = readRelative(words, opener.next, true);
    if (relative !== undefined) return relative;
  }
  const point =
    named?.value.kind === 'range'
      ? namedPoint(named.value, named.next)
      : (readPoint(words, opener.next, calendar) ?? readMonthOrYear(words, opener.next, calendar));
  if (point === undefined) return undefined;
  return { value: oneSided(opener.value, point.value), next: point.next };
}

function namedPoint(range: TimeSpan & { kind: 'range' }, next: number): Found<Point> {
  if (range.from === undefined || range.to === undefined) return undefined;
  const interval = { from: range.from, to: range.to };
  return { value: { kind: 'dated', interval, clock: false, notes: range.notes }, next };
}

type Side = 'since' | 'after' | 'before';

function readOpener(words: Words, at: number): Found<Side> {
  const first = word(words, at);
  const second = word(words, at + 1);
  if (sinceWords.has(first)) {
    const long = second === 'from' || second === 'on' || second === 'at' || second === 'the';
    return { value: 'since', next: long ? at + 2 : at + 1 };
  }
  if (afterWords.has(first)) return { value: 'after', next: at + 1 };
  if (beforeWords.has(first)) return { value: 'before', next: at + 1 };
  if (first === 'up' && (second === 'to' || second === 'until')) return { value: 'before', next: at + 2 };
  if (first === 'prior' && second === 'to') return { value: 'before', next: at + 2 };
  if ((first === 'later' || first === 'newer') && second === 'than') return { value: 'after', next: at + 2 };
  if ((first === 'earlier' || first === 'older') && second === 'than')
    return { value: 'before', next: at + 2 };
  return undefined;
}

function oneSided(side: Side, point: Point): TimeSpan {
  const { interval, notes } = point;
  if (point.kind === 'clock') {
    return side === 'before'
      ? { kind: 'clock', to: interval.from, notes }
      : { kind: 'clock', from: interval.from, notes };
  }
  if (side === 'before') return { kind: 'range', to: interval.from, notes };
  const from = side === 'since' || point.clock ? interval.from : interval.to;
  return { kind: 'range', from, notes };
}

/** `around 10:00`: half an hour before and after. */
function readAround(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  if (!/^(?:around|about|near|~|circa)$/.test(word(words, at))) return undefined;
  const point = readPoint(words, at + 1, calendar);
  if (point === undefined || (point.value.kind === 'dated' && !point.value.clock)) return undefined;
  const { interval } = point.value;
  const bounds = { from: interval.from - around, to: interval.from + around };
  const notes = [...point.value.notes, "read 'around' as 30 minutes before and after"];
  const kind = point.value.kind === 'clock' ? 'clock' : 'range';
  return { value: { kind, ...bounds, notes }, next: point.next };
}

/** `last night`, `this morning`, `this week`, `overnight`, `ever`, `next week`. */
function readNamed(words: Words, at: number, calendar: Calendar): Found<TimeSpan> {
  const first = word(words, at);
  const second = word(words, at + 1);
  const today = startOfDay(calendar.now);
  if (first === 'ever' || first === 'overall')
    return { value: { kind: 'everything', notes: [] }, next: at + 1 };
  if (first === 'all' && (second === 'time' || second === 'times')) {
    return { value: { kind: 'everything', notes: [] }, next: at + 2 };
  }
  if (first === 'tomorrow') return { value: { kind: 'future', notes: [] }, next: at + 1 };
  if (first === 'next' && unitLength.get(second) !== undefined) {
    return { value: { kind: 'future', notes: [] }, next: at + 2 };
  }
  if (first === 'overnight') return night(today, at + 1);
  if (first === 'tonight') return range(today + 18 * hour, today + day, at + 1);
  if (first === 'last' && (second === 'night' || second === 'evening')) return night(today, at + 2);
  return first === 'this' ? readThis(second, at + 2, calendar) : undefined;
}

const night = (today: number, next: number) =>
  range(today - 6 * hour, today + 6 * hour, next, ["read 'last night' as 18:00 to 06:00 UTC"]);

const range = (from: number, to: number, next: number, notes: Notes = []): Found<TimeSpan> => ({
  value: { kind: 'range', from, to, notes },
  next,
});

function readThis(unit: string, next: number, { now }: Calendar): Found<TimeSpan> {
  const today = startOfDay(now);
  switch (unit) {
    case 'morning':
      return range(today, today + 12 * hour, next, ["read 'this morning' as 00:00 to 12:00 UTC"]);
    case 'afternoon':
      return range(today + 12 * hour, today + 18 * hour, next, [
        "read 'this afternoon' as 12:00 to 18:00 UTC",
      ]);
    case 'evening':
      return range(today + 18 * hour, today + day, next, ["read 'this evening' as 18:00 to 24:00 UTC"]);
    case 'hour':
      return range(Math.floor(now / hour) * hour, Math.floor(now / hour) * hour + hour, next);
    case 'week':
      return range(weekOf(now).from, weekOf(now).to, next);
    case 'month':
      return range(monthOf(now).from, monthOf(now).to, next);
    case 'year': {
      const year = yearInterval(new Date(now).getUTCFullYear());
      return range(year.from, year.to, next);
    }
    default:
      return undefined;
  }
}

/** `last 24 hours`, `past week`, `24h`; after a preposition also `in 2 days`. */
function readRelative(words: Words, at: number, introduced: boolean): Found<TimeSpan> {
  const isLast = /^(?:last|past|previous|recent|prior|preceding)$/.test(word(words, at));
  const start = isLast ? at + 1 : at;
  if (isLast) {
    const unit = unitLength.get(word(words, start));
    if (unit !== undefined) return relative(unit, start + 1, unit >= week ? word(words, start) : undefined);
  }
  const length = readLength(words, start);
  if (length === undefined || word(words, length.next) === 'ago') return undefined;
  const isCompact = /^\d+[a-z]+$/.test(word(words, start));
  const isCounted = /^\d/.test(word(words, start)) || word(words, start) === 'half';
  if (!isLast && !isCompact && !(introduced && isCounted)) return undefined;
  return relative(length.value.ms, length.next);
}

function relative(length: number, next: number, unit?: string): Found<TimeSpan> {
  const notes =
    unit === undefined ? [] : [`read 'last ${unit}' as the ${Math.round(length / day)} days before`];
  return { value: { kind: 'relative', length, notes }, next };
}

/** A day, a time of day or an instant by itself. */
function readSingle(words: Words, at: number, calendar: Calendar, introduced: boolean): Found<TimeSpan> {
  const point =
    readPoint(words, at, calendar) ?? (introduced ? readMonthOrYear(words, at, calendar) : undefined);
  if (point === undefined) return undefined;
  const { interval, notes, kind } = point.value;
  if (kind === 'dated' && interval.from === interval.to) return undefined;
  const value: TimeSpan = { kind: kind === 'clock' ? 'clock' : 'range', ...interval, notes };
  return { value, next: point.next };
}
