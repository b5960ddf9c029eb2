import { quoteString } from '../sql/index.ts';
import { printAll, printAny } from './expression-sql.ts';
import type { TimeFormat, TimeRule } from './mapping.ts';
import { endMicros, firstMicros, timePatterns, zonePattern } from './time.ts';

/**
 * Columns `time_written`, `time_value`, `time_quality` and `time_sure`, the twin of `readTime`. A time that is there,
 * but unreadable or out of range, is left to the function (`time_sure` = 0).
 */
export function printTime(rules: readonly TimeRule[], columnOf: (field: string) => string): string[] {
  const columns = rules.map((rule) => columnOf(rule.field));
  const branch = (values: readonly string[], otherwise: string) =>
    rules.length === 0
      ? otherwise
      : `multiIf(${[...columns.flatMap((column, index) => [`${column} != ''`, values[index] ?? otherwise]), otherwise].join(', ')})`;
  const parsed = rules.map((rule, index) => printParsed(rule, columns[index] ?? "''"));
  const qualities = rules.map((rule, index) => printQuality(rule, columns[index] ?? "''"));
  const micros = 'ifNull(toUnixTimestamp64Micro(time_value), 0)';
  const inRange = printAll([`${micros} >= ${firstMicros}`, `${micros} < ${endMicros}`]);
  return [
    `${branch(columns, "''")} AS time_written`,
    `${branch(parsed, "NULL::Nullable(DateTime64(6, 'UTC'))")} AS time_value`,
    `${branch(qualities, "'missing'")} AS time_quality`,
    `${printAny(["time_written = ''", inRange])} AS time_sure`,
  ];
}

/** What the engine reads as the function does; a time of another shape is left to the function. */
const readable: ReadonlySet<TimeFormat> = new Set(['iso', 'epoch_seconds', 'epoch_millis']);

function printParsed(rule: TimeRule, column: string): string {
  const formats = rule.formats.filter((format) => readable.has(format));
  if (formats.length === 0) return "NULL::Nullable(DateTime64(6, 'UTC'))";
  const pattern = formats.map((format) => timePatterns[format]).join('|');
  const value = `parseDateTime64BestEffortOrNull(${column}, 6, 'UTC')`;
  const shifted =
    rule.offsetMinutes === 0
      ? value
      : `multiIf(${hasNoZone(rule, column)}, ${value} - toIntervalMinute(${rule.offsetMinutes}), ${value})`;
  return `multiIf(match(${column}, ${quoteString(`^(?:${pattern})$`)}), ${shifted}, NULL)`;
}

function printQuality(rule: TimeRule, column: string): string {
  return rule.zoneKnown ? "'exact'" : `multiIf(${hasNoZone(rule, column)}, 'zone_assumed', 'exact')`;
}

function hasNoZone(rule: TimeRule, column: string): string {
  if (!rule.formats.includes('iso')) return '0';
  return printAll([`position(${column}, '-') > 0`, `not(match(${column}, ${quoteString(zonePattern)}))`]);
}
