import type { Scenario } from './scenario.ts';

/** Reads a scenario back from its lines alone, as a stranger would: JSON, no types of the generator. */
export type Json = Readonly<Record<string, unknown>>;

export interface Line {
  readonly stream: string;
  readonly source: string;
  readonly text: string;
  readonly record: Json;
}

export function readBack(scenario: Scenario): readonly Line[] {
  return scenario.streams.flatMap((stream) =>
    [...stream.lines()].flatMap((text) => {
      const parsed = JSON.parse(text) as Json;
      const records = stream.kind === 'document' ? (parsed.Records as readonly Json[]) : [parsed];
      return records.map((record) => ({
        stream: stream.name,
        source: stream.source,
        text: stream.kind === 'document' ? JSON.stringify(record) : text,
        record,
      }));
    }),
  );
}

/** The value at a path such as `winlog.event_data.Image`; keys with dots of their own are tried whole first. */
export function at(record: unknown, path: string): string {
  if (typeof record !== 'object' || record === null) return '';
  if (path in record) return `${(record as Json)[path]}`;
  const dot = path.indexOf('.');
  if (dot < 0) return '';
  return at((record as Json)[path.slice(0, dot)], path.slice(dot + 1));
}

/** Windows records of one event id. */
export function windowsEvents(lines: readonly Line[], id: number): readonly Line[] {
  return lines.filter((line) => line.source === 'windows' && at(line.record, 'winlog.event_id') === `${id}`);
}

export function eventData(line: Line, name: string): string {
  return at(line.record, `winlog.event_data.${name}`);
}

/** The time of a record in milliseconds. */
export function timeOf(line: Line): number {
  if (line.source === 'zeek') return Number(line.record.ts) * 1_000;
  return Date.parse(`${line.record['@timestamp'] ?? line.record.eventTime}`);
}
