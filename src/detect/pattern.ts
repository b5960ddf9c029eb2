import type { PatternPiece, TextPattern, TextPlace } from './ast.ts';

/** The characters that `windash` takes for one another: hyphen, slash, en dash, em dash, horizontal bar. */
export const dashes = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;

const run: PatternPiece = { kind: 'run' };

/**
 * Reads a value's wildcards (Sigma rules specification, "Escaping"): `*` and `?`, unless a backslash stands before
 * them; `\\` is one backslash, and so is a backslash before anything else.
 */
export function parsePattern(text: string): TextPattern {
  const pieces: PatternPiece[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') pieces.push({ kind: 'literal', text: literal });
    literal = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      at += 1;
    } else if (character === '*' || character === '?') {
      flush();
      pieces.push(character === '*' ? run : { kind: 'one' });
    } else literal += character;
  }
  flush();
  return joined(pieces);
}

export function literalPattern(text: string): TextPattern {
  return text === '' ? [] : [{ kind: 'literal', text }];
}

export function hasWildcard(pattern: TextPattern): boolean {
  return pattern.some((piece) => piece.kind !== 'literal');
}

/** The pattern at a place within a text. */
export function placed(pattern: TextPattern, place: TextPlace): TextPattern {
  const before = place === 'end' || place === 'anywhere' ? [run] : [];
  const after = place === 'start' || place === 'anywhere' ? [run] : [];
  return joined([...before, ...pattern, ...after]);
}

/** Each dash becomes one that stands for all of them, which is all permutations in one pattern. */
export function withDashes(pattern: TextPattern): TextPattern {
  return pattern.flatMap((piece) => (piece.kind === 'literal' ? dashed(piece.text) : [piece]));
}

function dashed(text: string): PatternPiece[] {
  const pieces: PatternPiece[] = [];
  for (const part of text.split(/([-/\u2013-\u2015])/)) {
    if ((dashes as readonly string[]).includes(part)) pieces.push({ kind: 'dash' });
    else if (part !== '') pieces.push({ kind: 'literal', text: part });
  }
  return pieces;
}

/** Runs beside each other are one. */
function joined(pieces: readonly PatternPiece[]): TextPattern {
  return pieces.filter((piece, index) => piece.kind !== 'run' || pieces[index - 1]?.kind !== 'run');
}
