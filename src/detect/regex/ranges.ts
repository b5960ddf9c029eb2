import { foldCharacter } from '../fold.ts';
import type { Range, Ranges } from './syntax.ts';

export const lastCodePoint = 0x10ffff;

/** Sorts ranges and joins those that touch. */
export function union(...sets: readonly Ranges[]): Ranges {
  const sorted = sets.flat().sort((left, right) => left[0] - right[0]);
  const made: Range[] = [];
  for (const range of sorted) {
    const last = made.at(-1);
    if (last === undefined || range[0] > last[1] + 1) made.push(range);
    else made[made.length - 1] = [last[0], Math.max(last[1], range[1])];
  }
  return made;
}

export function complement(ranges: Ranges): Ranges {
  const made: Range[] = [];
  let from = 0;
  for (const [start, end] of union(ranges)) {
    if (start > from) made.push([from, start - 1]);
    from = end + 1;
  }
  if (from <= lastCodePoint) made.push([from, lastCodePoint]);
  return made;
}

export function holds(ranges: Ranges, point: number): boolean {
  return ranges.some(([from, to]) => point >= from && point <= to);
}

/** With each character all that fold to the same lower case. */
export function anyCase(ranges: Ranges): Ranges {
  const more: Range[] = [];
  for (const family of caseFamilies()) {
    if (family.some((point) => holds(ranges, point)))
      more.push(...family.map((point) => [point, point] as const));
  }
  return union(ranges, more);
}

/** Beyond this no script has letters with case. */
const lastCased = 0x1ffff;
let families: readonly (readonly number[])[] | undefined;

/** Characters that fold to one another, in groups of two and more. Made once, when first needed. */
function caseFamilies(): readonly (readonly number[])[] {
  if (families !== undefined) return families;
  const byFolded = new Map<string, number[]>();
  for (let point = 0; point <= lastCased; point++) {
    const character = String.fromCodePoint(point);
    const folded = foldCharacter(character);
    if (folded === character) continue;
    const known = byFolded.get(folded);
    if (known === undefined) byFolded.set(folded, [folded.codePointAt(0) ?? point, point]);
    else known.push(point);
  }
  families = [...byFolded.values()];
  return families;
}

const one = (character: string): Range => [character.charCodeAt(0), character.charCodeAt(0)];
export const digits: Ranges = [[0x30, 0x39]];
export const wordCharacters: Ranges = union(digits, [[0x41, 0x5a], one('_'), [0x61, 0x7a]]);
export const spaces: Ranges = [[0x09, 0x0d], one(' ')];
export const newline: Ranges = [one('\n')];

/** POSIX classes within brackets, `[[:alpha:]]`, over ASCII as in PCRE. */
export const posixClasses: Readonly<Record<string, Ranges>> = {
  alnum: union(digits, [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ]),
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  digit: digits,
  lower: [[0x61, 0x7a]],
  upper: [[0x41, 0x5a]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: spaces,
  word: wordCharacters,
  xdigit: union(digits, [
    [0x41, 0x46],
    [0x61, 0x66],
  ]),
};
