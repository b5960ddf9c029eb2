import { quoteString } from '../../sql/index.ts';
import type { RegexTest } from '../ast.ts';
import { parseRegex } from '../regex/parse.ts';
import type { Ranges, RegexNode } from '../regex/syntax.ts';
import type { BooleanSql } from './bounds.ts';

/** RE2 refuses counts, and counts within counts, beyond this. */
const maxRepeats = 1_000;

/** The expression as `match` of ClickHouse, which is RE2; undefined when its counts are too high for it. */
export function matchSql(test: RegexTest, text: string): BooleanSql | undefined {
  const tree = parseRegex(test.source, test.flags);
  if (repeatsIn(tree) > maxRepeats) return undefined;
  return `match(${text}, ${quoteString(printRegex(tree))})`;
}

/** The most often that a part may be repeated by the counts around it. */
function repeatsIn(node: RegexNode): number {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return Math.max(1, ...node.of.map(repeatsIn));
    case 'repeat':
      return Math.max(1, node.max ?? node.min) * repeatsIn(node.of);
    default:
      return 1;
  }
}

const assertions = {
  start: '\\A',
  end: '\\z',
  'line-start': '(?m:^)',
  'line-end': '(?m:$)',
  word: '\\b',
  'not-word': '\\B',
} as const;

/** Printed from the tree, so that flags, classes and cases mean what they mean to the interpreter. */
function printRegex(node: RegexNode): string {
  switch (node.kind) {
    case 'empty':
      return '(?:)';
    case 'set':
      return printSet(node.ranges);
    case 'sequence':
      return node.of
        .map((part) => (part.kind === 'choice' ? `(?:${printRegex(part)})` : printRegex(part)))
        .join('');
    case 'choice':
      return node.of.map(printRegex).join('|');
    case 'repeat':
      return `(?:${printRegex(node.of)}){${node.min},${node.max ?? ''}}`;
    case 'assert':
      return assertions[node.what];
  }
}

function printSet(ranges: Ranges): string {
  const [first] = ranges;
  if (first === undefined) return '[^\\x{0}-\\x{10FFFF}]';
  if (ranges.length === 1 && first[0] === first[1]) return printCharacter(first[0]);
  return `[${ranges.map(([from, to]) => (from === to ? hex(from) : `${hex(from)}-${hex(to)}`)).join('')}]`;
}

const plain = /^[A-Za-z0-9 _,;:<>="'%&@!#~`]$/;
const hex = (point: number) => `\\x{${point.toString(16)}}`;

function printCharacter(point: number): string {
  const character = String.fromCodePoint(point);
  if (plain.test(character)) return character;
  return point > 0x20 && point < 0x7f ? `\\${character}` : hex(point);
}

/** A text as it stands, for RE2. */
export function printLiteral(text: string): string {
  return Array.from(text, (character) => printCharacter(character.codePointAt(0) ?? 0)).join('');
}
