import type { Evidence, EvidenceCell, HuntQuery } from '../../contracts/index.ts';
import { type Kind, kindOf } from './columns.ts';

/** Which superlatives hold: the greatest or smallest number, the first (min) or last (max) time. */
export interface Edges {
  readonly time?: 'min' | 'max';
  readonly number?: 'min' | 'max';
  /** What the number counts. */
  readonly counts?: Kind;
}

const integer = /^\d{1,40}$/;

/** Orders numbers by value and times by their text (ISO text in UTC sorts as time does). */
function compare(left: string, right: string): number {
  if (integer.test(left) && integer.test(right)) {
    const difference = BigInt(left) - BigInt(right);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  const [earlier, later] = [left.replace(/Z$/, ''), right.replace(/Z$/, '')];
  return earlier < later ? -1 : earlier > later ? 1 : 0;
}

/** The extreme of a whole column, the rows that have it, and the superlatives it allows. */
export function edgesOfAggregate(
  evidence: Evidence,
  query: HuntQuery | undefined,
  index: number,
  edge: 'min' | 'max',
):
  | { readonly value: string; readonly rows: readonly number[]; readonly edges: Edges }
  | { readonly fault: string } {
  const column = evidence.columns[index]?.name ?? '';
  const values = evidence.rows.map((row) => row[index] ?? null);
  if (!values.every(isComparable)) return { fault: `${column} holds what can't be compared` };
  if (evidence.truncated && orderOf(query)?.column(column) !== edge) {
    return { fault: `${evidence.id} is cut short: the ${edge} of ${column} is not known` };
  }
  const sorted = [...values].sort(compare);
  const value = (edge === 'min' ? sorted[0] : sorted.at(-1)) ?? '';
  const rows = values.flatMap((candidate, row) => (candidate === value ? [row] : []));
  return { value, rows, edges: edgeIn(column, edge) };
}

const isComparable = (value: EvidenceCell): value is string => typeof value === 'string' && value !== '';

/** A row that its query put first is the extreme of what the query orders by, unless the next row ties with it. */
export function edgesOfRow(evidence: Evidence, query: HuntQuery | undefined, row: number): Edges {
  const order = orderOf(query);
  if (row !== 0 || order === undefined) return {};
  const index = evidence.columns.findIndex(({ name }) => order.column(name) !== undefined);
  const [first, second] = [evidence.rows[0]?.[index], evidence.rows[1]?.[index]];
  const edge = order.column(evidence.columns[index]?.name ?? '');
  if (edge === undefined || typeof first !== 'string' || first === second) return {};
  return edgeIn(evidence.columns[index]?.name ?? '', edge);
}

function edgeIn(column: string, edge: 'min' | 'max'): Edges {
  const kind = kindOf(column);
  return kind === 'time' ? { time: edge } : { number: edge, counts: kind };
}

interface Order {
  /** Which extreme of this column stands in the first row; undefined for columns that don't order the result. */
  column(name: string): 'min' | 'max' | undefined;
}

function orderOf(query: HuntQuery | undefined): Order | undefined {
  if (query?.kind === 'rows') {
    const edge = query.order === 'oldest' ? 'min' : 'max';
    return { column: (name) => (name === 'time' ? edge : undefined) };
  }
  if (query?.kind === 'top') {
    const edge = query.order === 'most' ? 'max' : 'min';
    const keys = new Set<string>(query.group_by);
    const measured = (name: string) => isMeasure(name) && !keys.has(name);
    return { column: (name) => (measured(name) ? edge : undefined) };
  }
  return undefined;
}

/** Measures that a grouping adds beside its keys. A grouping that adds several orders by the first. */
export function isMeasure(column: string): boolean {
  return /^(?:count|events|distinct|sum|value|measure|total)(?:_|$)/.test(column);
}
