import { hour, minute, second } from './calendar.ts';
import { type Found, type Match, type Point, type Words, wordAt } from './reading.ts';
import { zones } from './words.ts';

const clock24 = /^(\d{1,2})[:.h](\d{2})(?::(\d{2}))?(?:\.\d{1,9})?(am|pm|z)?([+-]\d{2}:?\d{2})?$/;
const clock12 = /^(\d{1,2})(am|pm)$/;

/** `10:00`, `10:00:30`, `10am`, `10 pm`, `noon`, `midnight`, each with a zone or UTC. */
export function readClock(words: Words, at: number): Found<Point> {
  const word = wordAt(words, at);
  if (word === 'midnight') return clockPoint(0, minute, at + 1, words);
  if (word === 'noon' || word === 'midday') return clockPoint(12 * hour, minute, at + 1, words);
  const short = clock12.exec(word);
  if (short !== null) return ofHalfDay(Number(short[1]), 0, short[2] ?? '', hour, at + 1, words);
  const suffix = wordAt(words, at + 1);
  if (/^\d{1,2}$/.test(word) && isHalfDay(suffix)) {
    return ofHalfDay(Number(word), 0, suffix, hour, at + 2, words);
  }
  if (/^\d{1,2}$/.test(word) && suffix === "o'clock")
    return clockPoint(Number(word) * hour, hour, at + 2, words);
  return readClock24(words, at);
}

function readClock24(words: Words, at: number): Found<Point> {
  const parts = clock24.exec(wordAt(words, at));
  if (parts === null) return undefined;
  const [, hours = '', minutes = '', seconds, suffix, offset] = parts;
  if (Number(hours) > 24 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
  const width = seconds === undefined ? minute : second;
  const rest = Number(minutes) * minute + Number(seconds ?? 0) * second;
  const next = wordAt(words, at + 1);
  if (suffix === 'am' || suffix === 'pm') return ofHalfDay(Number(hours), rest, suffix, width, at + 1, words);
  if (isHalfDay(next)) return ofHalfDay(Number(hours), rest, next, width, at + 2, words);
  const shift = suffix === 'z' ? 0 : offset === undefined ? undefined : offsetHours(offset);
  return clockPoint(Number(hours) * hour + rest, width, at + 1, words, shift);
}

const isHalfDay = (word: string) => word === 'am' || word === 'pm' || word === 'a.m' || word === 'p.m';

function ofHalfDay(
  hours: number,
  rest: number,
  half: string,
  width: number,
  next: number,
  words: Words,
): Found<Point> {
  if (hours < 1 || hours > 12) return undefined;
  return clockPoint(((hours % 12) + (half.startsWith('p') ? 12 : 0)) * hour + rest, width, next, words);
}

/** Applies the zone that follows, `UTC` when none does. */
function clockPoint(from: number, width: number, next: number, words: Words, given?: number): Match<Point> {
  const named = wordAt(words, next);
  const shift =
    given ?? zones.get(named) ?? (/^[+-]\d{2}:?\d{2}$/.test(named) ? offsetHours(named) : undefined);
  const used = given === undefined && shift !== undefined ? next + 1 : next;
  const start = from - (shift ?? 0) * hour;
  return {
    value: {
      kind: 'clock',
      interval: { from: start, to: start + width },
      notes: shift === undefined ? [utcNote] : [],
    },
    next: used,
  };
}

/** Said when a clock time names no zone. */
export const utcNote = 'times of day are UTC';

function offsetHours(text: string): number {
  const digits = text.replaceAll(':', '');
  const size = Number(digits.slice(1, 3)) + Number(digits.slice(3, 5)) / 60;
  return digits.startsWith('-') ? -size : size;
}
