import { quoteString } from '../../sql/index.ts';
import type { PatternPiece, TextPattern, TextTest } from '../ast.ts';
import { fold } from '../fold.ts';
import { dashes } from '../pattern.ts';
import { type BooleanSql, or } from './bounds.ts';
import { printLiteral } from './regex-sql.ts';

/** What `multiSearchAny` takes at once. */
const maxNeedles = 250;
/** Beyond so many starts or ends one expression over all of them is shorter. */
const maxSeparate = 3;

/**
 * `fold` in SQL: without İ and Σ, of which `lowerUTF8` makes two characters or looks at what stands around, it is
 * one-to-one; a test compares all code points.
 */
export function foldSql(text: string): string {
  return `lowerUTF8(replaceAll(replaceAll(${text}, '\u0130', 'i'), '\u03a3', '\u03c3'))`;
}

/** Says what patterns mean that SQL has no text for: half of a surrogate pair, or what takes its place in a column. */
export function isPrintable(pattern: TextPattern): boolean {
  return pattern.every(
    (piece) => piece.kind !== 'literal' || (piece.text.isWellFormed() && !piece.text.includes('\ufffd')),
  );
}

interface FoldedText {
  readonly text: string;
  readonly folded: string;
}

/** 1 where the text is what any of the patterns says. */
export function anyPatternSql(tests: readonly TextTest[], { text, folded }: FoldedText): BooleanSql {
  const cased = tests.filter((test) => test.cased).map(({ pattern }) => pattern);
  const uncased = tests.filter((test) => !test.cased).map(({ pattern }) => pattern.map(foldPiece));
  return or([...printPatterns(cased, text), ...printPatterns(uncased, folded)]);
}

function foldPiece(piece: PatternPiece): PatternPiece {
  return piece.kind === 'literal' ? { kind: 'literal', text: fold(piece.text) } : piece;
}

function printPatterns(patterns: readonly TextPattern[], text: string): readonly BooleanSql[] {
  const shapes = new Map<string, string[]>();
  const others: string[] = [];
  for (const pattern of patterns) {
    const shape = pattern.map(({ kind }) => kind).join(' ');
    if (!plainShapes.has(shape)) {
      others.push(printPattern(pattern));
      continue;
    }
    const literal = pattern.map((piece) => (piece.kind === 'literal' ? piece.text : '')).join('');
    const known = shapes.get(shape) ?? [];
    shapes.set(shape, known);
    known.push(literal);
  }
  const of = (shape: string) => [...new Set(shapes.get(shape))];
  if (shapes.has('run')) return ['1'];
  const whole = [...of(''), ...of('literal')];
  return [
    ...(whole.length === 0 ? [] : [printIn(whole, text)]),
    ...printAffixes('startsWith', of('literal run'), text),
    ...printAffixes('endsWith', of('run literal'), text),
    ...printContains(of('run literal run'), text),
    ...others.map((pattern) => `match(${text}, ${quoteString(pattern)})`),
  ];
}

const plainShapes = new Set(['', 'literal', 'run', 'literal run', 'run literal', 'run literal run']);

function printIn(texts: readonly string[], text: string): BooleanSql {
  const [only = ''] = texts;
  return texts.length === 1
    ? `equals(${text}, ${quoteString(only)})`
    : `in(${text}, (${texts.map(quoteString).join(', ')}))`;
}

function printAffixes(
  name: 'startsWith' | 'endsWith',
  affixes: readonly string[],
  text: string,
): BooleanSql[] {
  if (affixes.length <= maxSeparate) return affixes.map((affix) => `${name}(${text}, ${quoteString(affix)})`);
  const choice = `(?:${affixes.map(printLiteral).join('|')})`;
  return [`match(${text}, ${quoteString(name === 'startsWith' ? `\\A${choice}` : `${choice}\\z`)})`];
}

function printContains(needles: readonly string[], text: string): BooleanSql[] {
  const [only] = needles;
  if (needles.length === 1 && only !== undefined)
    return [`greater(position(${text}, ${quoteString(only)}), 0)`];
  const parts: BooleanSql[] = [];
  for (let from = 0; from < needles.length; from += maxNeedles) {
    const some = needles.slice(from, from + maxNeedles);
    parts.push(`multiSearchAny(${text}, [${some.map(quoteString).join(', ')}])`);
  }
  return parts;
}

/** As an expression for RE2. Runs at the ends are left out, and the anchors with them. */
function printPattern(pattern: TextPattern): string {
  const from = pattern[0]?.kind === 'run' ? 1 : 0;
  const to = pattern.at(-1)?.kind === 'run' ? pattern.length - 1 : pattern.length;
  const inner = pattern.slice(from, to).map(printPiece).join('');
  return `${from === 0 ? '\\A' : ''}${inner}${to === pattern.length ? '\\z' : ''}`;
}

const anyCharacter = '[\\x{0}-\\x{10ffff}]';
const dash = `[${dashes.map((character) => `\\x{${character.charCodeAt(0).toString(16)}}`).join('')}]`;

function printPiece(piece: PatternPiece): string {
  switch (piece.kind) {
    case 'literal':
      return printLiteral(piece.text);
    case 'run':
      return `${anyCharacter}*`;
    case 'one':
      return anyCharacter;
    case 'dash':
      return dash;
  }
}
