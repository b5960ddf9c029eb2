import type { TimeQuality } from '../contracts/index.ts';
import type { TimeFormat, TimeRule } from './mapping.ts';
import { yearOf } from './text/received-year.ts';

/** 1971-01-01 and 2261-01-01 in microseconds: what lies outside becomes null, flagged, before it reaches a column. */
export const firstMicros = 31_536_000_000_000n;
export const endMicros = 9_183_110_400_000_000n;

export interface EventTime {
  /** Microseconds since the epoch, or null. */
  readonly micros: bigint | null;
  readonly quality: TimeQuality;
  /** As it stands in the record, '' when absent. */
  readonly written: string;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]';
const day = `(?:${months.join('|')}) (?: [1-9]|0?[1-9]|[12][0-9]|3[01])`;

/**
 * The shapes of time text that are read, as one source for both engines (RE2 and JavaScript read it alike).
 * Anything else is no time: the engine would read month 00 and the year 0000 as something. Fractions beyond microseconds are cut.
 */
export const timePatterns: Readonly<Record<TimeFormat, string>> = {
  iso: '[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?',
  epoch_seconds: '[0-9]{9,10}(?:[.][0-9]{1,9})?',
  epoch_millis: '[0-9]{13}',
  epoch_micros: '[0-9]{16}',
  audit_id: '[0-9]{9,10}[.][0-9]{1,9}:[0-9]{1,20}',
  syslog: `${day}(?: [1-9][0-9]{3})? ${clock}(?:[.][0-9]{1,9})?`,
  calendar: `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${day} ${clock} [1-9][0-9]{3}(?: (?:UTC|GMT))?`,
};
export const zonePattern = '(?:Z|[+-][0-9]{2}:?[0-9]{2})$';

const patterns = Object.fromEntries(
  Object.entries(timePatterns).map(([format, source]) => [format, new RegExp(`^(?:${source})$`)]),
) as Record<TimeFormat, RegExp>;
const parts = /^(\d{4})-(\d\d)-(\d\d).(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/;

const wordy =
  /^([A-Z][a-z]{2}) +(\d{1,2})(?: (\d{4}))? (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?: (\d{4}))?( UTC| GMT)?$/;

/**
 * Reads the first time field that is not empty; `textOf` gives a rule's text. A time without a year is put into the
 * one nearest before `receivedAt` (milliseconds since the epoch).
 */
export function readTime(
  rules: readonly TimeRule[],
  textOf: (field: string) => string,
  receivedAt: number,
): EventTime {
  for (const rule of rules) {
    const written = textOf(rule.field);
    if (written === '') continue;
    const format = rule.formats.find((candidate) => patterns[candidate].test(written));
    const micros = format === undefined ? undefined : readers[format](written, rule, receivedAt);
    if (micros === undefined) return { micros: null, quality: 'missing', written };
    if (micros < firstMicros || micros >= endMicros)
      return { micros: null, quality: 'out_of_range', written };
    return { micros, quality: qualityOf(format, written, rule), written };
  }
  return { micros: null, quality: 'missing', written: '' };
}

function qualityOf(format: TimeFormat | undefined, written: string, rule: TimeRule): TimeQuality {
  const words = format === 'syslog' || format === 'calendar' ? wordsOf(format, written) : undefined;
  if (words !== undefined && words.year === undefined) return 'year_assumed';
  const isNaive =
    words === undefined
      ? format === 'iso' && parts.exec(written)?.[8] === undefined
      : words.zone === undefined;
  return isNaive && !rule.zoneKnown ? 'zone_assumed' : 'exact';
}

type Reader = (text: string, rule: TimeRule, receivedAt: number) => bigint | undefined;

const readers: Readonly<Record<TimeFormat, Reader>> = {
  iso: isoMicros,
  epoch_seconds: epochMicros,
  epoch_millis: (text) => BigInt(text) * 1_000n,
  epoch_micros: (text) => BigInt(text),
  audit_id: (text) => epochMicros(text.slice(0, text.indexOf(':'))),
  syslog: (text, rule, receivedAt) => wordyMicros('syslog', text, rule, receivedAt),
  calendar: (text, rule, receivedAt) => wordyMicros('calendar', text, rule, receivedAt),
};

/** The parts of a time with the month as a word; the day of the week says nothing new. */
function wordsOf(format: 'syslog' | 'calendar', text: string) {
  const found = wordy.exec(format === 'calendar' ? text.slice(text.indexOf(' ') + 1) : text);
  if (found === null) return undefined;
  const [, month = '', ...rest] = found;
  const [dayText, before, hour, minute, second, fraction = '', behind, zone] = rest;
  const numbers = [dayText, hour, minute, second].map(Number);
  const year = before ?? behind;
  return { month: months.indexOf(month) + 1, numbers, fraction, year, zone };
}

function wordyMicros(
  format: 'syslog' | 'calendar',
  text: string,
  rule: TimeRule,
  receivedAt: number,
): bigint | undefined {
  const words = wordsOf(format, text);
  if (words === undefined) return undefined;
  const { month, zone, fraction } = words;
  const [date = 0, hour = 0, minute = 0, second = 0] = words.numbers;
  const offset = zone === undefined ? rule.offsetMinutes * 60_000 : 0;
  const instantOf = (year: number) =>
    date > daysIn(year, month) ? undefined : Date.UTC(year, month - 1, date, hour, minute, second) - offset;
  const year = words.year === undefined ? yearOf(instantOf, receivedAt) : Number(words.year);
  const instant = year === undefined ? undefined : instantOf(year);
  return instant === undefined ? undefined : BigInt(instant) * 1_000n + fractionMicros(fraction);
}

function isoMicros(text: string, rule: TimeRule): bigint | undefined {
  const match = parts.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (day > daysIn(year, month)) return undefined;
  const instant = Date.UTC(year, month - 1, day, hour, minute, second);
  const offset = match[8] === undefined ? rule.offsetMinutes : zoneMinutes(match[8]);
  return BigInt(instant - offset * 60_000) * 1_000n + fractionMicros(match[7] ?? '');
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

function epochMicros(text: string): bigint {
  const [seconds = '', fraction = ''] = text.split('.');
  return BigInt(seconds) * 1_000_000n + fractionMicros(fraction);
}

function fractionMicros(digits: string): bigint {
  return BigInt(digits.slice(0, 6).padEnd(6, '0'));
}
