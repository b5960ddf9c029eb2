import type { HuntWindow, Question } from '../../../contracts/index.ts';
import { day, startOfDay } from './calendar.ts';
import type { TimeSpan } from './phrase.ts';
import { readLength, readPoint } from './point.ts';
import type { Calendar, Notes } from './reading.ts';

/** What is read when a question names no window. */
export type Fallback =
  /** This long before now, or before the newest event when that stretch holds none. */
  { readonly kind: 'recent'; readonly length: number } | { readonly kind: 'everything' };

export type ChosenWindow =
  | { readonly kind: 'window'; readonly window: HuntWindow; readonly notes: Notes }
  | { readonly kind: 'refused'; readonly message: string };

/** The widest window: every time that the store can hold. */
export const everything = { from: '1970-01-01T00:00:00.000Z', to: '2262-01-01T00:00:00.000Z' } as const;
const earliest = Date.parse(everything.from);
const latest = Date.parse(everything.to);

export const isEverything = (window: Pick<HuntWindow, 'from' | 'to'>) =>
  window.from === everything.from && window.to === everything.to;

interface Choice {
  readonly from: number;
  readonly to: number;
  /** Counted back from now: may be moved to the newest event. */
  readonly movable: boolean;
  readonly anchor: HuntWindow['anchor'];
  readonly notes: Notes;
}

/** Chooses the window of a plan: `since`/`until` of the question win over its text, its text over the fallback. */
export function chooseWindow(
  question: Pick<Question, 'since' | 'until'>,
  spans: readonly TimeSpan[],
  fallback: Fallback,
  calendar: Calendar,
): ChosenWindow {
  if (question.since !== undefined || question.until !== undefined) return fromBounds(question, calendar);
  if (spans.some((span) => span.kind === 'future')) {
    return {
      kind: 'refused',
      message: 'Only what has happened is stored; the question is about a time to come.',
    };
  }
  const choice = spans.length === 0 ? fallen(fallback, calendar) : combine(spans, calendar);
  if (choice.from >= choice.to) {
    return {
      kind: 'refused',
      message: 'The times in the question leave no window: its end is not after its start.',
    };
  }
  return finish(choice, calendar);
}

function fallen(fallback: Fallback, { now }: Calendar): Choice {
  if (fallback.kind === 'everything') {
    const notes = ['no window was named: everything that is stored was read'];
    return { from: earliest, to: latest, movable: false, anchor: 'default', notes };
  }
  const notes = [`no window was named: took the last ${lengthText(fallback.length)}`];
  return { from: now - fallback.length, to: now, movable: true, anchor: 'default', notes };
}

const lengthText = (length: number) =>
  length <= 2 * day ? `${Math.round((length / day) * 24)} hours` : `${Math.round(length / day)} days`;

function combine(spans: readonly TimeSpan[], calendar: Calendar): Choice {
  const { now } = calendar;
  const notes = spans.flatMap((span) => span.notes);
  if (spans.some((span) => span.kind === 'everything')) {
    return { from: earliest, to: latest, movable: false, anchor: 'stated', notes };
  }
  const [first] = spans;
  if (spans.length === 1 && first?.kind === 'relative') {
    return { from: now - first.length, to: now, movable: true, anchor: 'stated', notes };
  }
  const dated = spans.filter((span) => span.kind !== 'clock').map((span) => bounds(span, now));
  const clocks = spans.filter((span) => span.kind === 'clock');
  const window = intersect(dated);
  const isDay = dated.length > 0 && window.to - window.from <= day && startOfDay(window.from) === window.from;
  if (clocks.length === 0) return { ...window, movable: false, anchor: 'stated', notes };
  if (dated.length > 0 && !isDay) {
    const left = 'times of day were left out: a window is one stretch of time';
    return { ...window, movable: false, anchor: 'stated', notes: [...notes, left] };
  }
  return onDay(clocks, dated.length > 0 ? window.from : undefined, calendar, notes);
}

function bounds(span: TimeSpan, now: number): { readonly from: number; readonly to: number } {
  if (span.kind === 'relative') return { from: now - span.length, to: now };
  if (span.kind !== 'range') return { from: earliest, to: latest };
  const from = span.from ?? earliest;
  return { from, to: span.to ?? Math.max(now, from) };
}

const intersect = (intervals: readonly { readonly from: number; readonly to: number }[]) => ({
  from: Math.max(earliest, ...intervals.map(({ from }) => from)),
  to: Math.min(latest, ...intervals.map(({ to }) => to)),
});

/** Times of day on the day that the question names, else on the latest day on which they have begun. */
function onDay(
  clocks: readonly TimeSpan[],
  named: number | undefined,
  { now, newest }: Calendar,
  notes: Notes,
): Choice {
  const froms = clocks.map((span) => (span.kind === 'clock' ? (span.from ?? 0) : 0));
  const tos = clocks.map((span) => (span.kind === 'clock' ? (span.to ?? day) : day));
  const [from, to] = [Math.max(...froms), Math.min(...tos)];
  if (named !== undefined)
    return { from: named + from, to: named + to, movable: false, anchor: 'stated', notes };
  const today = startOfDay(now);
  const base = today + from <= now ? today : today - day;
  const isOld = newest !== null && newest < base;
  const anchor = isOld ? startOfDay(newest) : base;
  const took = `no day was named: took ${new Date(anchor).toISOString().slice(0, 10)}`;
  return {
    from: anchor + from,
    to: anchor + to,
    movable: false,
    anchor: isOld ? 'newest_event' : 'stated',
    notes: [...notes, took],
  };
}

function finish(choice: Choice, { newest }: Calendar): ChosenWindow {
  const from = clamp(choice.from);
  const to = clamp(choice.to);
  if (!choice.movable || newest === null || newest >= from)
    return chosen(from, to, choice.anchor, choice.notes);
  const end = clamp(newest + 1);
  const moved = `no event is newer than ${new Date(newest).toISOString()}: the window ends there`;
  return chosen(end - (to - from), end, 'newest_event', [...choice.notes, moved]);
}

const clamp = (instant: number) => Math.min(Math.max(instant, earliest), latest);

function chosen(from: number, to: number, anchor: HuntWindow['anchor'], notes: Notes): ChosenWindow {
  const window = { from: new Date(clamp(from)).toISOString(), to: new Date(to).toISOString(), anchor };
  return { kind: 'window', window, notes };
}

/** The window that stands beside the text. A length as `since` is counted back from `until`, or from now. */
function fromBounds({ since, until }: Pick<Question, 'since' | 'until'>, calendar: Calendar): ChosenWindow {
  const end = until === undefined ? calendar.now : readBound(until, calendar.now, calendar, 'end');
  if (end === undefined) return refusedBound('until', until);
  const start = since === undefined ? end - day : readBound(since, end, calendar, 'start');
  if (start === undefined) return refusedBound('since', since);
  if (start >= end) return { kind: 'refused', message: "'since' is not before 'until'." };
  const movable = until === undefined && since !== undefined && lengthOf(since) !== undefined;
  const notes = since === undefined ? ["only 'until' was named: took the 24 hours before it"] : [];
  return finish({ from: start, to: end, movable, anchor: 'stated', notes }, calendar);
}

const refusedBound = (name: string, text: string | undefined): ChosenWindow => ({
  kind: 'refused',
  message: `'${name}' is '${text ?? ''}': give a length such as 90m, 24h or 7d, or a time such as 2024-03-12T10:00:00Z.`,
});

const wordsOf = (text: string) => text.trim().toLowerCase().split(/\s+/);

function lengthOf(text: string): number | undefined {
  const words = wordsOf(text);
  const length = readLength(words, 0);
  return length?.next === words.length ? length.value.ms : undefined;
}

function readBound(
  text: string,
  base: number,
  calendar: Calendar,
  side: 'start' | 'end',
): number | undefined {
  const length = lengthOf(text);
  if (length !== undefined) return base - length;
  const words = wordsOf(text);
  const point = readPoint(words, 0, calendar);
  if (point?.next !== words.length) return undefined;
  const { interval } = point.value;
  if (point.value.kind === 'clock') return startOfDay(calendar.now) + interval.from;
  return side === 'start' || point.value.clock ? interval.from : interval.to;
}
