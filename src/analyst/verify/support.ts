import type { Claim, Evidence, EvidenceCell, HuntQuery } from '../../contracts/index.ts';
import { quotableText } from '../display-text.ts';
import { edgeOf, type Kind, kindOf } from './columns.ts';
import { constantsOf } from './constants.ts';
import { type Edges, edgesOfAggregate, edgesOfRow } from './edges.ts';

/** One value that a claim supports: the column it stands in (or was computed from) and what it counts or names. */
export interface Backing {
  readonly column: string;
  readonly kind: Kind;
  /** Set for times that are the first or last of something. */
  readonly edge?: 'min' | 'max' | undefined;
}

/** What the words of one claim may say. */
export interface Support {
  /** Lower-case text without spaces → where it stands. */
  readonly texts: ReadonlyMap<string, readonly Backing[]>;
  /** Decimal digits → where they stand. */
  readonly numbers: ReadonlyMap<string, readonly Backing[]>;
  /** Whole cells as they may be quoted between back-ticks. */
  readonly quotes: readonly { readonly text: string; readonly backing: Backing }[];
  /** Superlatives that the operation, or the row's place in its query, shows. */
  readonly edges: Edges;
  /** OCSF status ids that the claim's row or its query's filter has. */
  readonly statuses: ReadonlySet<string>;
}

/** A claim that names what isn't there, or mixes rows, supports nothing: the reason. */
export type Resolved = { readonly support: Support } | { readonly fault: string };

/** Longest text that may stand in a sentence outside back-ticks. */
const maxBareLength = 128;
/** What may be quoted of one cell: its beginning, followed by an ellipsis, when it is longer. */
export const maxQuoteLength = 4_096;
/** Only such text may stand outside back-ticks: nothing that markup, a terminal or a linkifier acts upon. */
const bareText = /^[\p{L}\p{N}\\/$][\p{L}\p{N}._:@\\/$+{}-]*$/u;
const digits = /^\d+(?:\.\d+)?$/;

/** Reads a claim's cells once; everything that its words may say is in the result. */
export function resolveClaim(
  claim: Claim,
  evidence: Evidence | undefined,
  query: HuntQuery | undefined,
): Resolved {
  if (evidence === undefined) return { fault: `there is no evidence ${claim.evidence_id}` };
  const table: Table = { evidence, query, index: columnIndex(evidence) };
  const unknown = claim.cells.find(({ row, column }) => cellAt(table, row, column) === undefined);
  if (unknown !== undefined)
    return { fault: `${claim.evidence_id} has no cell ${unknown.row}.${unknown.column}` };
  const builder = new SupportBuilder(evidence.kind === 'passages');
  for (const { column, value } of constantsOf(query)) builder.add(column, value);
  return claim.operation === 'cell'
    ? resolveRow(claim, table, builder)
    : resolveAggregate(claim, table, builder);
}

interface Table {
  readonly evidence: Evidence;
  readonly query: HuntQuery | undefined;
  readonly index: ReadonlyMap<string, number>;
}

function columnIndex(evidence: Evidence): ReadonlyMap<string, number> {
  return new Map(evidence.columns.map(({ name }, index) => [name, index]));
}

function cellAt({ evidence, index }: Table, row: number, column: string): EvidenceCell | undefined {
  return evidence.rows[row]?.[index.get(column) ?? -1];
}

function resolveRow(claim: Claim, table: Table, builder: SupportBuilder): Resolved {
  const rows = new Set(claim.cells.map(({ row }) => row));
  const [row] = rows;
  if (row === undefined) return { fault: 'the claim names no cell' };
  if (rows.size > 1) return { fault: 'the cells of one claim come from more than one row' };
  for (const { column } of claim.cells) builder.add(column, cellAt(table, row, column) ?? null);
  return { support: builder.build(edgesOfRow(table.evidence, table.query, row)) };
}

function resolveAggregate(claim: Claim, table: Table, builder: SupportBuilder): Resolved {
  const { evidence } = table;
  const names = [...new Set(claim.cells.map(({ column }) => column))];
  if (claim.operation === 'rows') return resolveCount(claim, table, names, builder);
  const column = names.find((name) => coversColumn(claim, evidence, name));
  if (column === undefined) return { fault: `${claim.operation} needs each cell of its column` };
  const values = evidence.rows.map((_, row) => cellAt(table, row, column) ?? null);
  switch (claim.operation) {
    case 'sum':
    case 'distinct': {
      if (names.length > 1) return { fault: `${claim.operation} takes one column` };
      if (evidence.truncated)
        return { fault: `${evidence.id} is cut short: its ${claim.operation} is not known` };
      const result = claim.operation === 'sum' ? sumOf(values) : distinctOf(values);
      if (result === undefined) return { fault: `${column} holds what can't be added up` };
      const name = claim.operation === 'distinct' ? `distinct_${column}` : column;
      builder.addNumber(name, result, kindOf(column));
      return { support: builder.build({}) };
    }
    case 'min':
    case 'max':
      return resolveEdge(claim, table, column, claim.operation, builder);
    case 'cell':
      return { fault: 'not an aggregate' };
  }
}

/** Each row of the evidence is in the claim with this column, so that nothing is left out of the operation. */
function coversColumn(claim: Claim, evidence: Evidence, column: string): boolean {
  const rows = new Set(claim.cells.filter((cell) => cell.column === column).map(({ row }) => row));
  return rows.size === evidence.rows.length;
}

function sumOf(values: readonly EvidenceCell[]): string | undefined {
  let sum = 0n;
  for (const value of values) {
    if (typeof value !== 'string' || !/^\d{1,40}$/.test(value)) return undefined;
    sum += BigInt(value);
  }
  return sum.toString();
}

function distinctOf(values: readonly EvidenceCell[]): string {
  return String(new Set(values.filter((value) => value !== null && value !== '').map(String)).size);
}

/**
 * How many rows. Without cells: all of them. With cells: the rows that hold these values, and the claim must name
 * each such row, so that a count can't be made smaller by leaving rows out.
 */
function resolveCount(
  claim: Claim,
  table: Table,
  names: readonly string[],
  builder: SupportBuilder,
): Resolved {
  const { evidence } = table;
  if (evidence.truncated)
    return { fault: `${evidence.id} is cut short: the number of its rows is not known` };
  const first = claim.cells[0]?.row ?? 0;
  const wanted = names.map((name) => ({ name, text: String(cellAt(table, first, name)) }));
  const matching = evidence.rows.flatMap((_, row) =>
    wanted.every(({ name, text }) => String(cellAt(table, row, name)) === text) ? [row] : [],
  );
  const named = new Set(claim.cells.map(({ row, column }) => `${row}.${column}`));
  const complete =
    named.size === matching.length * names.length &&
    matching.every((row) => names.every((name) => named.has(`${row}.${name}`)));
  if (names.length > 0 && !complete) {
    return { fault: 'the claim must name each row that holds its values, and no other' };
  }
  for (const { name } of wanted) builder.add(name, cellAt(table, first, name) ?? null);
  builder.addNumber('rows', String(matching.length), countedBy(table));
  return { support: builder.build({}) };
}

/** A row of a listing is an event; a row of a grouping is one value of the grouped field. */
function countedBy({ evidence, query }: Table): Kind {
  if (evidence.kind === 'rows') return 'event';
  if (evidence.kind === 'process_tree') return 'process';
  const field = query?.kind === 'top' && query.group_by.length === 1 ? query.group_by[0] : undefined;
  return field === undefined ? 'other' : kindOf(field);
}

function resolveEdge(
  claim: Claim,
  table: Table,
  column: string,
  edge: 'min' | 'max',
  builder: SupportBuilder,
): Resolved {
  const found = edgesOfAggregate(table.evidence, table.query, table.index.get(column) ?? -1, edge);
  if ('fault' in found) return found;
  const others = claim.cells.filter((cell) => cell.column !== column);
  if (others.some(({ row }) => found.rows.length !== 1 || row !== found.rows[0])) {
    return { fault: `the other cells of a ${edge} come from the one row that has it` };
  }
  builder.addText(column, found.value, edge);
  for (const cell of others) builder.add(cell.column, cellAt(table, cell.row, cell.column) ?? null);
  return { support: builder.build(found.edges) };
}

/** Gathers the forms in which a claim's values may be written. */
class SupportBuilder {
  readonly #texts = new Map<string, Backing[]>();
  readonly #numbers = new Map<string, Backing[]>();
  readonly #quotes: { text: string; backing: Backing }[] = [];
  readonly #statuses = new Set<string>();
  /** What notes say may stand in a sentence as a quotation alone: it is no event. */
  readonly #quotesOnly: boolean;

  constructor(quotesOnly: boolean) {
    this.#quotesOnly = quotesOnly;
  }

  add(column: string, cell: EvidenceCell): void {
    if (cell === null) return;
    for (const value of typeof cell === 'string' ? [cell] : cell) this.addText(column, value, edgeOf(column));
  }

  addText(column: string, value: string, edge?: 'min' | 'max'): void {
    if (value === '') return;
    if (column === 'status_id') this.#statuses.add(value);
    const backing: Backing = { column, kind: kindOf(column), edge };
    this.#quotes.push({ text: quotableText(value.slice(0, maxQuoteLength)), backing });
    if (this.#quotesOnly) return;
    if (digits.test(value)) this.#put(this.#numbers, value, backing);
    else for (const form of writtenForms(value, backing.kind)) this.#put(this.#texts, form, backing);
  }

  addNumber(column: string, value: string, kind: Kind): void {
    this.#put(this.#numbers, value, { column, kind });
  }

  build(edges: Edges): Support {
    return {
      texts: this.#texts,
      numbers: this.#numbers,
      quotes: this.#quotes,
      edges,
      statuses: this.#statuses,
    };
  }

  #put(map: Map<string, Backing[]>, key: string, backing: Backing): void {
    const known = map.get(key);
    if (known === undefined) map.set(key, [backing]);
    else known.push(backing);
  }
}

/** The forms of one value that may stand in a sentence outside back-ticks, in lower case. */
function writtenForms(value: string, kind: Kind): readonly string[] {
  const forms = kind === 'time' ? timeForms(value) : [value, ...shortForms(value, kind)];
  return forms
    .map((form) => form.normalize('NFKC').toLowerCase())
    .filter((form) => form.length <= maxBareLength && bareText.test(form) && !form.includes('://'));
}

const timeShape = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d{1,9})?Z?$/;

/** A time may be cut to any of its parts; a date and a time of day together keep one space between them. */
function timeForms(value: string): readonly string[] {
  const parts = timeShape.exec(value);
  if (parts === null) return [value];
  const [, date = '', minutes = '', seconds = '', fraction = ''] = parts;
  const clocks = [minutes, minutes + seconds, minutes + seconds + fraction];
  const milliseconds = fraction.length > 4 ? [minutes + seconds + fraction.slice(0, 4)] : [];
  const written = [...new Set([...clocks, ...milliseconds])];
  return [date, ...written.flatMap((clock) => [clock, `${date}t${clock}`, `${date}t${clock}z`])];
}

/** `C:\Windows\cmd.exe` → `cmd.exe`, `cmd`; `ws-01.corp.example` → `ws-01`. */
function shortForms(value: string, kind: Kind): readonly string[] {
  if (kind === 'process' || kind === 'file') {
    const base = value.slice(Math.max(value.lastIndexOf('\\'), value.lastIndexOf('/')) + 1);
    return base.toLowerCase().endsWith('.exe') ? [base, base.slice(0, -4)] : [base];
  }
  const dot = value.indexOf('.');
  return kind === 'host' && dot > 0 && /[a-z]/i.test(value.slice(0, dot)) ? [value.slice(0, dot)] : [];
}
