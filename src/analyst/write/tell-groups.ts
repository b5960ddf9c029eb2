import type { Evidence, HuntQuery } from '../../contracts/index.ts';
import { isOutside } from '../evidence/found.ts';
import { kindOf } from '../verify/columns.ts';
import { isMeasure } from '../verify/edges.ts';
import { labelOf } from './column-label.ts';
import { eventNoun } from './event-noun.ts';
import { cellClaim, counted, type Told, textAt, valueText } from './told.ts';

/** How many groups one sentence names: as many as a sentence may have claims. */
export const groupsTold = 8;

/** `Per user: \`alice\` 1,204 events; \`bob\` 42 events.` */
export function tellTop(evidence: Evidence, query: HuntQuery | undefined): readonly Told[] {
  if (evidence.rows.length === 0) return [];
  const keys = keysOf(evidence, query);
  const measures = evidence.columns.map(({ name }) => name).filter((name) => !keys.includes(name));
  const rows = evidence.rows.slice(0, groupsTold).map((_, row) => {
    const names = keys.map((key) => keyText(key, textAt(evidence, row, key))).join(' with ');
    const told = measures.flatMap((column) => {
      const text = measureText(column, textAt(evidence, row, column));
      return text === undefined ? [] : [{ column, text }];
    });
    const used = [...keys, ...told.map(({ column }) => column)];
    return {
      text: `${names}: ${told.length === 0 ? 'an unknown sum' : told.map(({ text }) => text).join(', ')}`,
      claim: cellClaim(evidence, row, used),
    };
  });
  const head = keys.map(headOf).join(' and ');
  return [
    ...(query?.kind === 'top' ? tellNumber(evidence, keys) : []),
    {
      text: `Per ${head}: ${rows.map(({ text }) => text).join('; ')}.`,
      claims: rows.map(({ claim }) => claim),
    },
  ];
}

/** `There are 42 hosts.`: one group is one value of the one field that groups are made by. */
function tellNumber(evidence: Evidence, keys: readonly string[]): readonly Told[] {
  const [key] = keys;
  if (key === undefined || keys.length > 1 || evidence.truncated || evidence.rows.length < 2) return [];
  const number = counted(kindOf(key), String(evidence.rows.length));
  if (number === undefined) return [];
  return [
    {
      text: `There are ${number} in these groups.`,
      claims: [{ evidence_id: evidence.id, operation: 'rows', cells: [] }],
    },
  ];
}

const headOf = (column: string) => (column === 'metadata_event_code' ? 'event code' : labelOf(column));

/** Classes of events are told by their name, with the number that says which is meant. */
function keyText(column: string, value: string): string {
  const isClass = column === 'class_uid' && /^\d+$/.test(value);
  return isClass ? `${eventNoun(value, undefined)} (class ${value})` : valueText(column, value);
}

function keysOf(evidence: Evidence, query: HuntQuery | undefined): readonly string[] {
  if (query?.kind === 'top') return query.group_by;
  return evidence.columns.map(({ name }) => name).filter((name) => !isMeasure(name));
}

/** The figures and edges of a grouping; undefined for what has no value. */
export function measureText(column: string, value: string): string | undefined {
  if (value === '') return undefined;
  if (kindOf(column) === 'bytes') {
    const side = column.endsWith('_in') ? ' in' : column.endsWith('_out') ? ' out' : '';
    return `${counted('bytes', value) ?? valueText(column, value)}${side}`;
  }
  if (kindOf(column) !== 'time') return counted(kindOf(column), value);
  const word = /^(?:first|earliest)/.test(column) ? 'first' : 'last';
  return `${word} at ${valueText(column, value)}`;
}

/** What the counted events have, where not every event has it: `, among events with source address`. */
function having(query: HuntQuery | undefined): string {
  const last = query?.where.at(-1);
  if (last?.op !== 'present' || last.negated) return '';
  return `, among events with ${[...new Set(last.fields.map(labelOf))].join(' or ')}`;
}

/** `57 events on 4 hosts by 2 users, first at …, last at …`. */
export function tellRange(evidence: Evidence, query?: HuntQuery): readonly Told[] {
  const told = evidence.columns.flatMap(({ name }) => {
    const text = measureText(name, textAt(evidence, 0, name));
    return text === undefined ? [] : [{ name, text }];
  });
  if (told.length === 0) return [];
  const claim = cellClaim(
    evidence,
    0,
    told.map(({ name }) => name),
  );
  return [
    {
      text: `${isOutside(evidence) ? 'Outside' : 'In'} the window${having(query)}: ${told.map(({ text }) => text).join(', ')}.`,
      claims: [claim],
    },
  ];
}

/** Each interval while they are few; else their sum and the greatest. Claims name each cell, up to `maxCells`. */
export function tellTimeline(evidence: Evidence): readonly Told[] {
  const [bucket, measure] = evidence.columns.map(({ name }) => name);
  if (bucket === undefined || measure === undefined || evidence.rows.length === 0) return [];
  if (evidence.rows.length <= groupsTold) return [tellIntervals(evidence, bucket, measure)];
  if (evidence.truncated || evidence.rows.length >= maxCells) return [];
  const values = evidence.rows.map((_, row) => BigInt(figureAt(evidence, row, measure)));
  const all = values.map((_, row) => ({ row, column: measure }));
  const greatest = values.toSorted((left, right) => (left < right ? 1 : -1))[0] ?? 0n;
  const peaks = values.flatMap((value, row) => (value === greatest ? [row] : []));
  const sum = values.reduce((left, right) => left + right, 0n);
  const kind = kindOf(measure);
  const told: Told[] = [];
  const total = counted(kind, String(sum));
  if (total !== undefined) {
    told.push({
      text: `The sum is ${total}.`,
      claims: [{ evidence_id: evidence.id, operation: 'sum', cells: all }],
    });
  }
  const peak = counted(kind, String(greatest));
  const [row] = peaks;
  if (peak !== undefined && row !== undefined && peaks.length === 1) {
    const cells = [...all, { row, column: bucket }];
    const start = valueText(bucket, textAt(evidence, row, bucket));
    told.push({
      text: `The highest count is ${peak}, in the interval that starts at ${start}.`,
      claims: [{ evidence_id: evidence.id, operation: 'max', cells }],
    });
  }
  return told;
}

/** A claim holds at most 200 cells: the interval's time stands beside the figures. */
const maxCells = 200;

function figureAt(evidence: Evidence, row: number, column: string): string {
  const text = textAt(evidence, row, column);
  return /^\d{1,40}$/.test(text) ? text : '0';
}

function tellIntervals(evidence: Evidence, bucket: string, measure: string): Told {
  const rows = evidence.rows.map((_, row) => {
    const figure = measureText(measure, textAt(evidence, row, measure)) ?? '';
    return `${valueText(bucket, textAt(evidence, row, bucket))}: ${figure}`;
  });
  const claims = evidence.rows.map((_, row) => cellClaim(evidence, row, [bucket, measure]));
  return { text: `Per interval: ${rows.join('; ')}.`, claims };
}
