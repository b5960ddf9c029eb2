import type { PatternPiece, TextPattern } from './ast.ts';
import { fold } from './fold.ts';
import { dashes } from './pattern.ts';

/** Says whether a text, folded already unless the pattern is cased, is what the pattern says. */
export type TextMatcher = (text: string) => boolean;

/**
 * Compiles a pattern. The usual shapes become the engine's own string functions; others are matched segment by
 * segment, in time linear in the text for each segment.
 */
export function compilePattern(pattern: TextPattern, cased: boolean): TextMatcher {
  const pieces = cased ? pattern : pattern.map(foldPiece);
  return plainMatcher(pieces) ?? segmentMatcher(pieces);
}

function foldPiece(piece: PatternPiece): PatternPiece {
  return piece.kind === 'literal' ? { kind: 'literal', text: fold(piece.text) } : piece;
}

function plainMatcher(pieces: TextPattern): TextMatcher | undefined {
  const shape = pieces.map((piece) => piece.kind).join(' ');
  const text = pieces.map((piece) => (piece.kind === 'literal' ? piece.text : '')).join('');
  switch (shape) {
    case '':
    case 'literal':
      return (value) => value === text;
    case 'run':
      return () => true;
    case 'literal run':
      return (value) => value.startsWith(text);
    case 'run literal':
      return (value) => value.endsWith(text);
    case 'run literal run':
      return (value) => value.includes(text);
    default:
      return undefined;
  }
}

/** What stands between two `*`. */
type Segment = readonly Exclude<PatternPiece, { kind: 'run' }>[];

function segmentMatcher(pieces: TextPattern): TextMatcher {
  const segments = segmentsOf(pieces);
  const [first = []] = segments;
  if (segments.length === 1) return (text) => endOf(first, text, 0) === text.length;
  const last = segments.at(-1) ?? [];
  const middle = segments.slice(1, -1);
  return (text) => {
    let at = endOf(first, text, 0);
    for (const segment of middle) {
      if (at === -1) return false;
      at = find(segment, text, at);
    }
    return at !== -1 && endsWith(last, text, at);
  };
}

function segmentsOf(pieces: TextPattern): readonly Segment[] {
  const segments: Segment[number][][] = [];
  let open: Segment[number][] = [];
  for (const piece of pieces) {
    if (piece.kind !== 'run') open.push(piece);
    else {
      segments.push(open);
      open = [];
    }
  }
  return [...segments, open];
}

/** Where the segment ends when it begins at `from`; -1 when it does not fit there. */
function endOf(segment: Segment, text: string, from: number): number {
  let at = from;
  for (const piece of segment) {
    if (piece.kind === 'literal') {
      if (!text.startsWith(piece.text, at)) return -1;
      at += piece.text.length;
    } else if (at >= text.length) return -1;
    else if (piece.kind === 'one') at += isPair(text, at) ? 2 : 1;
    else if (!(dashes as readonly string[]).includes(text.charAt(at++))) return -1;
  }
  return at;
}

/** Where the first occurrence at or behind `from` ends; the first leaves most for what follows. */
function find(segment: Segment, text: string, from: number): number {
  const [head] = segment;
  for (let at = from; at <= text.length; at++) {
    if (head?.kind === 'literal') {
      at = text.indexOf(head.text, at);
      if (at === -1) return -1;
    }
    if (isInsidePair(text, at)) continue;
    const end = endOf(segment, text, at);
    if (end !== -1) return end;
  }
  return -1;
}

function endsWith(segment: Segment, text: string, from: number): boolean {
  let shortest = 0;
  let slack = 0;
  for (const piece of segment) {
    shortest += piece.kind === 'literal' ? piece.text.length : 1;
    if (piece.kind === 'one') slack += 1;
  }
  const latest = text.length - shortest;
  for (let at = Math.max(from, latest - slack); at <= latest; at++) {
    if (!isInsidePair(text, at) && endOf(segment, text, at) === text.length) return true;
  }
  return false;
}

const isHigh = (code: number) => code >= 0xd800 && code < 0xdc00;
const isLow = (code: number) => code >= 0xdc00 && code < 0xe000;

function isPair(text: string, at: number): boolean {
  return isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1));
}

function isInsidePair(text: string, at: number): boolean {
  return at > 0 && isPair(text, at - 1);
}
