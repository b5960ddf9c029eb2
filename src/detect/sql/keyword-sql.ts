import { quoteString } from '../../sql/index.ts';
import type { KeywordsNode, TextPattern, ValueTest } from '../ast.ts';
import { fold } from '../fold.ts';
import { and, type BooleanSql, type Bounds, not, or, unknown } from './bounds.ts';
import { foldSql, isPrintable } from './text-sql.ts';

/**
 * Keywords look at all values of an event, however deep: SQL looks for the longest literal of each in the record as it
 * stands, the interpreter says the rest.
 */
export function keywordBounds(node: KeywordsNode, plain: BooleanSql | undefined): Bounds {
  if (plain === undefined) return unknown;
  const conditions = node.tests.map(rawCondition);
  const found = node.link === 'all' ? and(conditions) : or(conditions);
  const upper = or([not(plain), found]);
  return node.negated ? { upper: '1', lower: not(upper) } : { upper, lower: '0' };
}

/** What the raw record holds when a value passes; folded, as a text that is not folded holds it then too. */
function rawCondition(test: ValueTest): BooleanSql {
  if (test.kind === 'any') return or(test.of.map(rawCondition));
  const literal = test.kind === 'text' && isPrintable(test.pattern) ? longestLiteral(test.pattern) : '';
  if (!isTold(literal)) return '1';
  const written = JSON.stringify(fold(literal)).slice(1, -1);
  return `greater(position(${foldSql('raw')}, ${quoteString(written)}), 0)`;
}

function longestLiteral(pattern: TextPattern): string {
  const literals = pattern.map((piece) => (piece.kind === 'literal' ? piece.text : ''));
  return literals.reduce((longest, literal) => (literal.length > longest.length ? literal : longest), '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what JSON escapes
const control = /[\u0000-\u001f\u007f\u2028\u2029]/;

/** A number may be written in several ways, and so may control characters. */
function isTold(literal: string): boolean {
  return literal !== '' && !/^[-+.\dEe]*$/.test(literal) && !control.test(literal);
}
