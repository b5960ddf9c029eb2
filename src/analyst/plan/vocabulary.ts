import { createSpellingIndex } from './spelling.ts';
import { stem } from './stem.ts';
import { timeWords } from './time/words.ts';
import { type EventClassName, eventClasses } from './words/classes.ts';
import {
  type Action,
  actionWords,
  anyoneWords,
  bucketWords,
  type Comparison,
  type Cue,
  changeWords,
  comparisonWords,
  composeWords,
  cueWords,
  eventWords,
  fillerWords,
  foreignWords,
  type Link,
  linkWords,
  negationWords,
  opinionWords,
  type Status,
  statusWords,
} from './words/cues.ts';
import { type AmountName, amounts, type FieldNounName, fieldNouns } from './words/fields.ts';
import { type SourceWordName, sourceWords } from './words/sources.ts';

/** What a word or phrase means. */
export type Meaning =
  | { readonly kind: 'class'; readonly name: EventClassName }
  | { readonly kind: 'field'; readonly name: FieldNounName }
  | { readonly kind: 'amount'; readonly name: AmountName }
  | { readonly kind: 'source'; readonly name: SourceWordName }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'cue'; readonly cue: Cue }
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'bucket'; readonly seconds: number }
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'compare'; readonly comparison: Comparison }
  | { readonly kind: 'negation' }
  | { readonly kind: 'events' }
  | { readonly kind: 'opinion' }
  | { readonly kind: 'filler' };

interface Phrase {
  readonly words: readonly string[];
  readonly meaning: Meaning;
}

const phrase = (text: string, meaning: Meaning): Phrase => ({ words: text.split(' ').map(stem), meaning });

function named<N extends string>(
  table: Readonly<Record<N, { readonly phrases: readonly string[] }>>,
  meaning: (name: N) => Meaning,
): readonly Phrase[] {
  return (Object.keys(table) as N[]).flatMap((name) =>
    table[name].phrases.map((text) => phrase(text, meaning(name))),
  );
}

function listed<N extends string>(
  table: Readonly<Record<N, readonly string[]>>,
  meaning: (name: N) => Meaning,
): readonly Phrase[] {
  return (Object.keys(table) as N[]).flatMap((name) =>
    table[name].map((text) => phrase(text, meaning(name))),
  );
}

/** Where two tables hold the same phrase the one named first here counts. */
const phrases: readonly Phrase[] = [
  ...listed(bucketWords, (seconds) => ({ kind: 'bucket', seconds: Number(seconds) })),
  ...named(eventClasses, (name) => ({ kind: 'class', name })),
  ...named(fieldNouns, (name) => ({ kind: 'field', name })),
  ...named(amounts, (name) => ({ kind: 'amount', name })),
  ...named(sourceWords, (name) => ({ kind: 'source', name })),
  ...listed(actionWords, (action) => ({ kind: 'action', action })),
  ...listed(statusWords, (status) => ({ kind: 'status', status })),
  ...listed(cueWords, (cue) => ({ kind: 'cue', cue })),
  ...listed(linkWords, (link) => ({ kind: 'link', link })),
  ...listed(comparisonWords, (comparison) => ({ kind: 'compare', comparison })),
  ...negationWords.map((text) => phrase(text, { kind: 'negation' })),
  ...eventWords.map((text) => phrase(text, { kind: 'events' })),
  ...opinionWords.map((text) => phrase(text, { kind: 'opinion' })),
  ...[...anyoneWords, ...fillerWords].map((text) => phrase(text, { kind: 'filler' })),
];

const byFirstWord = groupPhrases(phrases);

function groupPhrases(all: readonly Phrase[]): ReadonlyMap<string, readonly Phrase[]> {
  const groups = new Map<string, Phrase[]>();
  for (const one of all) {
    const first = one.words[0] ?? '';
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [one]);
    else group.push(one);
  }
  for (const group of groups.values()) group.sort((a, b) => b.words.length - a.words.length);
  return groups;
}

export interface PhraseMatch {
  readonly meaning: Meaning;
  /** Number of words. */
  readonly length: number;
}

/** The longest phrase of the vocabulary that begins at `at`; `stems` are stemmed words, '' where none may match. */
export function matchPhrase(stems: readonly string[], at: number): PhraseMatch | undefined {
  const candidates = byFirstWord.get(stems[at] ?? '') ?? [];
  const match = candidates.find(({ words }) => words.every((word, index) => stems[at + index] === word));
  return match === undefined ? undefined : { meaning: match.meaning, length: match.words.length };
}

const allWords = phrases.flatMap(({ words }) => words);
const guarded = new Set([
  ...allWords,
  ...fillerWords,
  ...timeWords,
  ...changeWords,
  ...composeWords,
  ...foreignWords,
]);

/** True for a word that stands in any table, as it is or without its plural ending. */
export const isKnownWord = (word: string) => guarded.has(word) || guarded.has(stem(word));

/** Whole words that a misspelt one may have been meant to be, nouns in singular and plural. */
export const spellings = createSpellingIndex(candidates());

function candidates(): ReadonlyMap<string, string> {
  const meanings = new Map<string, string>(timeWords.map((word) => [word, word]));
  const fillers = new Set(fillerWords);
  for (const { words, meaning } of phrases) {
    for (const word of words) {
      const isPlain = /^[a-z]+$/.test(word) && !fillers.has(word) && (words.length === 1 || word.length > 4);
      if (!isPlain || isLight(meaning) || meanings.has(word)) continue;
      meanings.set(word, JSON.stringify(meaning));
      const isNoun = meaning.kind === 'class' || meaning.kind === 'field' || meaning.kind === 'events';
      if (isNoun) meanings.set(plural(word), JSON.stringify(meaning));
    }
  }
  return meanings;
}

/** A misspelt name is more likely than a misspelt word of no weight. */
function isLight({ kind }: Meaning): boolean {
  return kind === 'filler' || kind === 'opinion';
}

function plural(word: string): string {
  if (/(?:ss|x|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
