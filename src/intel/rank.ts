import type { Passage } from './passage.ts';

/**
 * How passages are ranked. For each asked word w that a passage has tf times, among N passages of average length a,
 * df of which have it:
 *
 *   idf(w) = ln(1 + (N − df + 0.5) / (df + 0.5))
 *   bm25   = Σ idf(w) · tf · (k1 + 1) / (tf + k1 · (1 − b + b · length / a)),  k1 = 1.2, b = 0.75
 *   score  = 1000 · (asked identifiers that it is about) + 100 · (asked ones that it only names) + min(bm25, 99)
 *
 * so that exact identifiers come first. Equal scores go by document and place in it. N, a and df are those of the tenant's own
 * passages and the program's notes together.
 */
const k1 = 1.2;
const b = 0.75;
const aboutScore = 1_000;
const namesScore = 100;
const maxBm25 = 99;

export interface Statistics {
  readonly passages: number;
  /** Words of all passages. */
  readonly words: number;
  /** By asked word: how many passages have it. */
  readonly having: ReadonlyMap<string, number>;
}

/** What is asked for, taken from the question once. */
export interface Asked {
  readonly words: readonly string[];
  readonly identifiers: readonly string[];
}

export type Rankable = Pick<Passage, 'ordinal' | 'words' | 'length' | 'subjects' | 'identifiers'> & {
  readonly document_id: string;
};

export interface Ranked<P extends Rankable> {
  readonly passage: P;
  readonly score: number;
  /** Identifiers and words of the question that it has. */
  readonly why: readonly string[];
  /** From 0 to 1: the share of the asked words that it has, rare words weighing more. */
  readonly coverage: number;
  /** Words of `why` that few passages have. */
  readonly rare: readonly string[];
}

/** A word is rare when it weighs at least this share of what a word weighs that no passage has. */
const rareShare = 0.6;
/** Short numbers name nothing by themselves. */
const isName = /\D|\d{4}/;

/** Those that have anything that was asked for, best first. Linear in the words of the passages. */
export function rank<P extends Rankable>(
  passages: readonly P[],
  asked: Asked,
  statistics: Statistics,
): readonly Ranked<P>[] {
  const weights = new Map(asked.words.map((word) => [word, idf(word, statistics)]));
  return passages
    .map((passage) => scoreOf(passage, asked, weights, statistics))
    .filter(({ why }) => why.length > 0)
    .sort((left, right) => right.score - left.score || inOrder(left.passage, right.passage));
}

function inOrder(left: Rankable, right: Rankable): number {
  if (left.document_id === right.document_id) return left.ordinal - right.ordinal;
  return left.document_id < right.document_id ? -1 : 1;
}

export function addStatistics(left: Statistics, right: Statistics): Statistics {
  const words = new Set([...left.having.keys(), ...right.having.keys()]);
  const having = [...words].map(
    (word) => [word, (left.having.get(word) ?? 0) + (right.having.get(word) ?? 0)] as const,
  );
  return {
    passages: left.passages + right.passages,
    words: left.words + right.words,
    having: new Map(having),
  };
}

function idf(word: string, { passages, having }: Statistics): number {
  return idfOf(having.get(word) ?? 0, passages);
}

const idfOf = (df: number, passages: number) =>
  Math.log(1 + (Math.max(passages, df) - df + 0.5) / (df + 0.5));

function scoreOf<P extends Rankable>(
  passage: P,
  asked: Asked,
  weights: ReadonlyMap<string, number>,
  { passages, words }: Statistics,
): Ranked<P> {
  const counts = countsOf(passage.words, weights);
  const average = Math.max(1, words / Math.max(1, passages));
  const norm = k1 * (1 - b + (b * passage.length) / average);
  let bm25 = 0;
  let covered = 0;
  let all = 0;
  for (const [word, weight] of weights) {
    const tf = counts.get(word) ?? 0;
    all += weight;
    if (tf === 0) continue;
    covered += weight;
    bm25 += (weight * tf * (k1 + 1)) / (tf + norm);
  }
  const about = asked.identifiers.filter((each) => passage.subjects.includes(each));
  const named = asked.identifiers.filter(
    (each) => !about.includes(each) && passage.identifiers.includes(each),
  );
  return {
    passage,
    score: about.length * aboutScore + named.length * namesScore + Math.min(bm25, maxBm25),
    why: [...about, ...named, ...counts.keys()],
    coverage: all === 0 ? 0 : covered / all,
    rare: [...counts.keys()].filter(
      (word) => isName.test(word) && (weights.get(word) ?? 0) >= rareShare * idfOf(0, passages),
    ),
  };
}

/** How often each asked word stands in the passage; only those that do, in the question's order. */
function countsOf(words: string, asked: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const word of words.split(' ')) if (asked.has(word)) found.set(word, (found.get(word) ?? 0) + 1);
  return new Map(
    [...asked.keys()].flatMap((word) => (found.has(word) ? [[word, found.get(word) ?? 0]] : [])),
  );
}
