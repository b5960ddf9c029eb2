import { isIP } from 'node:net';
import type { Claim, Evidence, EvidenceCell } from '../../contracts/index.ts';
import { quotableText } from '../display-text.ts';
import { type Kind, kindOf } from '../verify/columns.ts';
import { labelOf } from './column-label.ts';

/** One sentence of the offline analyst: words and the claims they rest on. */
export interface Told {
  readonly text: string;
  readonly claims: readonly Claim[];
}

/** Longest quotation of one cell in a sentence; the evidence holds the whole. */
const maxQuotation = 160;
const minQuotation = 24;
const timeShape = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/;
/** The user acted on is told only where it is another than who acted. */
export function isRepeated(column: string, at: (column: string) => string): boolean {
  return column === 'user_name' && at('user_name') === at('actor_user_name');
}

/** Neither a zone nor a colon at an edge, where it would be read as punctuation. */
const plainAddress = /^[\da-f][\da-f:.]*[\da-f]$/i;
const figure = /^\d{1,40}$/;
const isAscii = (character: string | undefined) => character !== undefined && character <= '\u007f';

/** A cell by column name: its text, a list's first member, '' when absent. */
export function textAt(evidence: Evidence, row: number, column: string): string {
  const index = evidence.columns.findIndex(({ name }) => name === column);
  const cell: EvidenceCell = evidence.rows[row]?.[index] ?? '';
  return typeof cell === 'string' ? cell : (cell[0] ?? '');
}

export function cellClaim(evidence: Evidence, row: number, columns: readonly string[]): Claim {
  return {
    evidence_id: evidence.id,
    operation: 'cell',
    cells: columns.map((column) => ({ row, column })),
  };
}

/** A value with what it is called: `host \`WS-01\``, `pid 4242`, `1,204 bytes`. */
export function labelled(column: string, value: string): string {
  const kind = kindOf(column);
  if (figure.test(value)) {
    if (kind === 'bytes') return `${grouped(value)} bytes ${column.endsWith('_in') ? 'in' : 'out'}`;
    if (kind === 'pid' || kind === 'port' || kind === 'code') return `${labelOf(column)} ${value}`;
  }
  return `${labelOf(column)} ${valueText(column, value)}`;
}

/** A value as it stands in a sentence: times to the second, addresses as they are, everything else quoted. */
export function valueText(column: string, value: string): string {
  if (value === '') return 'an empty value';
  if (kindOf(column) === 'time') {
    const [, date, clock] = timeShape.exec(value) ?? [];
    if (date !== undefined) return `${date} ${clock}`;
  }
  return isIP(value) > 0 && plainAddress.test(value) ? value : quotation(value);
}

/** Between back-ticks, whole or cut with an ellipsis where a cut can't change how the rest is normalised. */
function quotation(value: string): string {
  const text = quotableText(value.slice(0, maxCellRead));
  if (text.length <= maxQuotation && value.length <= maxCellRead) return `\`${text}\``;
  let end = maxQuotation;
  while (end > minQuotation && !(isAscii(text[end - 1]) && isAscii(text[end]))) end -= 1;
  return `\`${text.slice(0, end)}…\``;
}

const maxCellRead = 4_096;

const plurals: Readonly<Partial<Record<Kind, readonly [string, string]>>> = {
  event: ['event', 'events'],
  host: ['host', 'hosts'],
  user: ['user', 'users'],
  address: ['address', 'addresses'],
  process: ['process', 'processes'],
  file: ['file', 'files'],
  port: ['port', 'ports'],
  bytes: ['byte', 'bytes'],
};

/** A figure with its noun: `1,204 events`, `1 host`. Undefined when nothing says what it counts. */
export function counted(kind: Kind, value: string): string | undefined {
  const forms = plurals[kind];
  if (forms === undefined || !figure.test(value)) return undefined;
  return `${grouped(value)} ${value === '1' ? forms[0] : forms[1]}`;
}

/** `1204` → `1,204`. */
export function grouped(digits: string): string {
  const head = digits.length % 3;
  const groups = digits.slice(head).match(/\d{3}/g) ?? [];
  return [...(head === 0 ? [] : [digits.slice(0, head)]), ...groups].join(',');
}
