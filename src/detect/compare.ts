import type { CompareTest, Comparison, TimePart } from './ast.ts';

/** Says of a field's text whether its number (or the part of its time) compares as the rule asks. */
export function compileComparison(test: CompareTest): (text: string) => boolean {
  const { part, comparison, value } = test;
  if (part === undefined) return (text) => compareNumbers(text, value, comparison);
  const wanted = Number(value);
  return (text) => {
    const found = timePart(text, part);
    return found !== undefined && fits(found - wanted, comparison);
  };
}

const decimal = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const integer = /^-?\d+$/;

function compareNumbers(text: string, value: string, comparison: Comparison): boolean {
  if (!decimal.test(text)) return false;
  if (integer.test(text) && integer.test(value)) {
    const [left, right] = [BigInt(text), BigInt(value)];
    return fits(left < right ? -1 : left > right ? 1 : 0, comparison);
  }
  return fits(Number(text) - Number(value), comparison);
}

function fits(difference: number, comparison: Comparison): boolean {
  switch (comparison) {
    case 'lt':
      return difference < 0;
    case 'lte':
      return difference <= 0;
    case 'gt':
      return difference > 0;
    case 'gte':
      return difference >= 0;
    case 'eq':
      return difference === 0;
  }
}

const isoTime = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/;
const dayMillis = 86_400_000;

/**
 * A part of a time as it is written (no zone is converted, as the modifiers appendix says): `2024-05-01T10:30`, or with
 * a blank. Undefined for other texts, and for hour and minute of a day alone.
 */
export function timePart(text: string, part: TimePart): number | undefined {
  const found = isoTime.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0] = found.slice(1, 4).map(Number);
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return day;
    case 'week':
      return isoWeek(year, month, day);
    case 'hour':
      return found[4] === undefined ? undefined : Number(found[4]);
    case 'minute':
      return found[5] === undefined ? undefined : Number(found[5]);
  }
}

/** ISO 8601: weeks begin on Monday, the first holds the year's first Thursday. */
function isoWeek(year: number, month: number, day: number): number {
  const date = Date.UTC(year, month - 1, day);
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  const thursday = date + (3 - weekday) * dayMillis;
  const firstOfYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - firstOfYear) / dayMillis / 7) + 1;
}
