import type { Claim } from '../../contracts/index.ts';
import { maxClaims } from '../verify/verifier.ts';
import type { WriterPiece } from './port.ts';

/** Longest claim header of a line, in UTF-16 code units. */
const maxHeader = 4_000;
const maxCells = 200;
const operations = new Set<string>(['cell', 'rows', 'sum', 'min', 'max', 'distinct']);
const isOperation = (text: string): text is Claim['operation'] => operations.has(text);

/**
 * Reads what a model writes, as it comes. A line is one sentence: its claims between double brackets, then the words:
 * `[[e1 cell 0.device_hostname,0.time; e2 sum *.count]] words`, or `[[assessment]] words`. `*` names every row.
 * A line without a readable header is one malformed piece; its words are dropped.
 */
export class LineProtocol {
  readonly #rowsOf: (evidenceId: string) => number;
  #state: State = 'lead';
  /** What has come of a lead or a header. */
  #taken = '';

  /** `rowsOf`: how many rows an evidence has, 0 for none of that id. */
  constructor(rowsOf: (evidenceId: string) => number) {
    this.#rowsOf = rowsOf;
  }

  /** Takes a piece of the text; returns what it completes. */
  push(text: string): readonly WriterPiece[] {
    const pieces: WriterPiece[] = [];
    let at = 0;
    while (at < text.length) {
      const line = text.indexOf('\n', at);
      const end = line === -1 ? text.length : line;
      while (at < end) at = this.#takePart(text, at, end, pieces);
      if (line === -1) break;
      this.#endLine(pieces);
      at = line + 1;
    }
    return pieces;
  }

  /** The text has ended. A header that was not closed is malformed. */
  finish(): readonly WriterPiece[] {
    const pieces: WriterPiece[] = [];
    this.#endLine(pieces);
    return pieces;
  }

  /** Takes a part of one line, and returns the index behind it. */
  #takePart(text: string, at: number, end: number, pieces: WriterPiece[]): number {
    switch (this.#state) {
      case 'lead':
      case 'header':
        this.#takeCharacter(text.charAt(at), pieces);
        return at + 1;
      case 'gap':
        if (text[at] === ' ') return at + 1;
        this.#state = 'words';
        return at;
      case 'words':
        pieces.push({ kind: 'words', text: text.slice(at, end) });
        return end;
      case 'dropped':
        return end;
    }
  }

  #takeCharacter(character: string, pieces: WriterPiece[]): void {
    this.#taken += character;
    if (this.#state === 'lead') {
      if (this.#taken.endsWith('[[')) {
        this.#state = 'header';
        this.#taken = '';
      } else if (!couldLead(this.#taken)) this.#drop('it does not begin with its claim', pieces);
      return;
    }
    if (this.#taken.endsWith(']]')) {
      const opened = readHeader(this.#taken.slice(0, -2), this.#rowsOf);
      pieces.push(opened);
      this.#state = opened.kind === 'open' ? 'gap' : 'dropped';
    } else if (this.#taken.length > maxHeader) this.#drop('its claim is too long', pieces);
  }

  #drop(reason: string, pieces: WriterPiece[]): void {
    pieces.push(malformed(reason));
    this.#state = 'dropped';
  }

  #endLine(pieces: WriterPiece[]): void {
    if (this.#state === 'header') pieces.push(malformed('its claim has no end'));
    if (this.#state === 'lead' && /[[-]/.test(this.#taken))
      pieces.push(malformed('it does not begin with its claim'));
    this.#state = 'lead';
    this.#taken = '';
  }
}

/** lead: before the brackets; gap: spaces between them and the words; dropped: the rest of a malformed line. */
type State = 'lead' | 'header' | 'gap' | 'words' | 'dropped';

/** Blank, a list mark that models put before a line, the first bracket, or a fence around all lines. */
function couldLead(text: string): boolean {
  return /^\s{0,8}(?:[-*•]\s{0,4})?\[?$/.test(text) || /^`{1,3}[a-z]{0,12}\s?$/i.test(text);
}

const malformed = (reason: string): WriterPiece => ({ kind: 'malformed', reason });

function readHeader(header: string, rowsOf: (id: string) => number): WriterPiece {
  if (header.trim().toLowerCase() === 'assessment')
    return { kind: 'open', sentence: 'assessment', claims: [] };
  const claims: Claim[] = [];
  for (const text of header.split(';')) {
    const claim = readClaim(text.trim(), rowsOf);
    if (claim === undefined || claims.length >= maxClaims) return malformed('its claim can not be read');
    claims.push(claim);
  }
  return { kind: 'open', sentence: 'fact', claims };
}

/** `e1 cell 0.user_name,0.time`; without an operation it is `cell`. */
function readClaim(text: string, rowsOf: (id: string) => number): Claim | undefined {
  const [evidence_id = '', ...rest] = text.split(/[\s,]+/).filter((word) => word !== '');
  const [first = ''] = rest;
  const operation = isOperation(first) ? first : 'cell';
  const cells = (isOperation(first) ? rest.slice(1) : rest).map((cell) =>
    readCells(cell, rowsOf(evidence_id)),
  );
  if (evidence_id === '' || evidence_id.length > 20 || cells.includes(undefined)) return undefined;
  const all = cells.flatMap((each) => each ?? []);
  return all.length > maxCells ? undefined : { evidence_id, operation, cells: all };
}

function readCells(text: string, rows: number): Claim['cells'] | undefined {
  const [, row = '', column = ''] = /^(\*|\d{1,6})\.([a-z]\w{0,99})$/i.exec(text) ?? [];
  if (column === '') return undefined;
  if (row !== '*') return [{ row: Number(row), column }];
  // One more than a claim may hold is enough to refuse it.
  return Array.from({ length: Math.min(rows, maxCells + 1) }, (_, index) => ({ row: index, column }));
}
