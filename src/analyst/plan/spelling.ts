/** Words shorter than this are never corrected. */
const minLength = 4;
/** From this length on a correction may take two edits. */
const twoEditsFrom = 9;

/** Words of the vocabulary, arranged so that a look-up compares only with words of like length. */
export interface SpellingIndex {
  /** Word → what it means; words that mean the same may be taken for each other. */
  readonly meanings: ReadonlyMap<string, string>;
  readonly byLength: ReadonlyMap<number, readonly Candidate[]>;
}

interface Candidate {
  readonly word: string;
  /** Its letters as a set of bits: tells cheaply that two words are far apart. */
  readonly letters: number;
}

export function createSpellingIndex(meanings: ReadonlyMap<string, string>): SpellingIndex {
  const byLength = new Map<number, Candidate[]>();
  for (const word of meanings.keys()) {
    if (word.length < minLength) continue;
    const alike = byLength.get(word.length);
    const candidate = { word, letters: letterSet(word) };
    if (alike === undefined) byLength.set(word.length, [candidate]);
    else alike.push(candidate);
  }
  return { meanings, byLength };
}

/**
 * The vocabulary word that `word` was surely meant to be, or undefined. One edit (a letter more, less, other, or two
 * swapped), two from nine letters on; in words of four letters only a swap counts, else `patch` would become `path`.
 * Two candidates at the same distance that mean different things: none is taken.
 */
export function correct(word: string, index: SpellingIndex): string | undefined {
  if (word.length < minLength || index.meanings.has(word)) return undefined;
  const bound = word.length >= twoEditsFrom ? 2 : 1;
  const own = letterSet(word);
  let best: string | undefined;
  let bestDistance = bound + 1;
  let tied = false;
  for (let length = word.length - bound; length <= word.length + bound; length++) {
    for (const { word: candidate, letters: bits } of index.byLength.get(length) ?? []) {
      // One edit changes at most two letters of the set.
      if (countBits(bits ^ own) > 2 * bound) continue;
      const distance = editDistance(word, candidate, Math.min(bound, bestDistance));
      if (distance > bound || distance > bestDistance || !isSafe(word, candidate)) continue;
      const isTie = distance === bestDistance && best !== undefined;
      tied = isTie && (tied || index.meanings.get(candidate) !== index.meanings.get(best ?? ''));
      bestDistance = distance;
      best = isTie ? best : candidate;
    }
  }
  return tied ? undefined : best;
}

function letterSet(word: string): number {
  let bits = 0;
  for (let index = 0; index < word.length; index++) bits |= 1 << ((word.charCodeAt(index) - 97) & 31);
  return bits;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Slips hardly ever change the first letter. */
function isSafe(word: string, candidate: string): boolean {
  const startsAlike = word[0] === candidate[0] || (word[0] === candidate[1] && word[1] === candidate[0]);
  if (!startsAlike) return false;
  if (candidate.length > 4 && word.length > 4) return true;
  return word.length === candidate.length && letters(word) === letters(candidate);
}

const letters = (word: string) => [...word].sort((a, b) => a.localeCompare(b)).join('');

/**
 * Damerau-Levenshtein distance (optimal string alignment); any number above `bound` when it is greater than `bound`.
 */
export function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  let twoBack: number[] = [];
  let oneBack = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(at(oneBack, j) + 1, at(row, j - 1) + 1, at(oneBack, j - 1) + (same ? 0 : 1));
      if (isSwap(a, b, i, j)) cost = Math.min(cost, at(twoBack, j - 2) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > bound) return bound + 1;
    twoBack = oneBack;
    oneBack = row;
  }
  return at(oneBack, b.length);
}

const at = (row: readonly number[], index: number) => row[index] ?? Number.POSITIVE_INFINITY;

const isSwap = (a: string, b: string, i: number, j: number) =>
  i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
