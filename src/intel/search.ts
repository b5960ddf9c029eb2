import type { Condition, Query, ReadScope } from '../sql/index.ts';
import type { ReadResult, Store } from '../store/index.ts';
import { identifiersIn } from './identifiers.ts';
import { type OwnNote, ownSource, statisticsOf } from './own-notes.ts';
import { type Asked, addStatistics, type Rankable, type Ranked, rank, type Statistics } from './rank.ts';
import type { Trust } from './read-document.ts';
import {
  frequencyQuery,
  identifiersQuery,
  inForce,
  lists,
  named,
  ofRevisions,
  type Place,
  revisionsQuery,
  textsQuery,
  totalsQuery,
  wordsQuery,
} from './stored.ts';
import { askedWords, wordsOf } from './words.ts';

/** Words and identifiers of one question that are looked for. */
const maxWords = 16;
const maxIdentifiers = 16;
/** Stored passages that are ranked for one question. */
const maxCandidates = 2_000;
const maxSeconds = 5;

export interface Hit {
  readonly id: string;
  readonly document_id: string;
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  readonly source: string;
  readonly trust: Trust;
  readonly score: number;
  readonly why: readonly string[];
  /** From 0 to 1: the share of the asked words that it has, rare words weighing more. */
  readonly coverage: number;
  /** Words of `why` that few passages have. */
  readonly rare: readonly string[];
}

export interface Found {
  readonly hits: readonly Hit[];
  /** False when so many passages have the rarest words that not all could be ranked. */
  readonly complete: boolean;
  /** Reads the stored ones among the hits, with tenant and snapshot in it; '' when all are the program's own. */
  readonly sql: string;
  readonly asked: Asked;
}

export interface SearchAccess {
  readonly store: Pick<Store, 'read'>;
  readonly scope: ReadScope;
  readonly signal: AbortSignal;
}

type Candidate = Rankable & { readonly id: string; readonly place?: Place };

/** Passages for a text, best first (see `rank.ts`), at most `limit`. Throws the codes of `store`. */
export async function searchPassages(
  input: { readonly text: string; readonly limit: number; readonly own: readonly OwnNote[] },
  access: SearchAccess,
): Promise<Found> {
  const asked: Asked = {
    words: askedWords(input.text, maxWords),
    identifiers: identifiersIn(input.text).slice(0, maxIdentifiers),
  };
  const own = input.own.flatMap(({ passages }) => passages);
  const ownStatistics = statisticsOf(own, asked.words);
  const stored = await readStored(asked, ownStatistics, access);
  const ranked = rank<Candidate>([...own, ...stored.candidates], asked, stored.statistics).slice(
    0,
    input.limit,
  );
  const { shown, sql } = await readShown(ranked, access);
  const texts = new Map([
    ...own.map((each) => [each.id, { ...each, source: ownSource, trust: 'own' as const }] as const),
    ...shown,
  ]);
  const hits = ranked.flatMap(({ passage, score, ...matched }) => {
    const text = texts.get(passage.id);
    if (text === undefined) return [];
    const { title, heading, source, trust } = text;
    const { id, document_id } = passage;
    return [
      { id, document_id, title, heading, text: text.text, source, trust, score: rounded(score), ...matched },
    ];
  });
  return { hits, complete: stored.complete, sql, asked };
}

const rounded = (score: number) => Math.round(score * 1_000) / 1_000;

interface Stored {
  readonly candidates: readonly Candidate[];
  readonly statistics: Statistics;
  readonly complete: boolean;
}

/** What the tenant's own documents hold of what is asked for. */
async function readStored(asked: Asked, own: Statistics, access: SearchAccess): Promise<Stored> {
  const read = (query: Query) =>
    access.store.read(access.scope, query, { signal: access.signal, maxSeconds });
  const nothing: Stored = { candidates: [], statistics: own, complete: true };
  if (asked.words.length === 0 && asked.identifiers.length === 0) return nothing;
  const { passages, words, held } = await readHeld(read);
  if (passages === 0) return nothing;
  const [exact, frequencies] = await Promise.all([
    Promise.all(asked.identifiers.length === 0 ? [] : identifierQueries(asked, held).map(read)),
    asked.words.length === 0 ? undefined : read(frequencyQuery(asked.words, held)),
  ]);
  const having = frequenciesOf(asked.words, frequencies);
  const driving = drivingWords(having);
  const byWords = driving.length === 0 ? undefined : await read(wordsQuery(driving, held, maxCandidates));
  const results = [...exact, ...(byWords === undefined ? [] : [byWords])];
  const candidates = new Map(results.flatMap(candidatesOf).map((each) => [each.id, each]));
  const stored: Statistics = { passages, words, having };
  return {
    candidates: [...candidates.values()],
    statistics: addStatistics(own, stored),
    complete: results.every(({ truncated }) => !truncated),
  };
}

/** So many documents are named in each query one by one, which is quicker than to find them in each anew. */
const maxNamedDocuments = 200;

interface Held {
  readonly passages: number;
  readonly words: number;
  /** Holds for passages that are in force. */
  readonly held: Condition;
}

async function readHeld(read: (query: Query) => Promise<ReadResult>): Promise<Held> {
  const result = await read(revisionsQuery(maxNamedDocuments));
  const rows = named(result);
  const sum = (column: string) => rows.reduce((all, row) => all + Number(row(column)), 0);
  const held = ofRevisions(rows.map((row) => row('revision')));
  if (!result.truncated) return { passages: sum('passages'), words: sum('words'), held };
  const [total] = named(await read(totalsQuery));
  return { passages: Number(total?.('passages')), words: Number(total?.('words')), held: inForce };
}

/** What is about an identifier is found even where thousands name it. */
const identifierQueries = ({ identifiers }: Asked, held: Condition) => [
  identifiersQuery(identifiers, 'subjects', held, maxCandidates),
  identifiersQuery(identifiers, 'identifiers', held, maxCandidates),
];

function frequenciesOf(
  words: readonly string[],
  result: ReadResult | undefined,
): ReadonlyMap<string, number> {
  const [row] = result === undefined ? [] : named(result);
  return new Map(words.map((word, index) => [word, Number(row?.(`w${index}`) ?? 0)]));
}

/** The rarest words, as many as bring no more candidates than are ranked; the others only add to their scores. */
function drivingWords(having: ReadonlyMap<string, number>): readonly string[] {
  const known = [...having].filter(([, count]) => count > 0).sort(([, left], [, right]) => left - right);
  let sum = 0;
  return known.flatMap(([word, count], index) => {
    sum += count;
    return index === 0 || sum <= maxCandidates ? [word] : [];
  });
}

function candidatesOf(result: ReadResult): readonly Candidate[] {
  const subjects = lists(result, 'subjects');
  const identifiers = lists(result, 'identifiers');
  return named(result).map((row, index) => ({
    id: `${row('document_id')}#${row('ordinal')}`,
    document_id: row('document_id'),
    ordinal: Number(row('ordinal')),
    place: { revision: row('revision'), ordinal: row('ordinal') },
    words: row('words'),
    length: Number(row('length')),
    subjects: subjects[index] ?? [],
    identifiers: identifiers[index] ?? [],
  }));
}

type Text = Pick<Hit, 'title' | 'heading' | 'text' | 'source' | 'trust'>;

async function readShown(ranked: readonly Ranked<Candidate>[], { store, scope, signal }: SearchAccess) {
  const places = ranked.flatMap(({ passage: { place } }) => (place === undefined ? [] : [place]));
  if (places.length === 0) return { shown: new Map<string, Text>(), sql: '' };
  const result = await store.read(scope, textsQuery(places), { signal, maxSeconds });
  const shown = named(result).map((row): readonly [string, Text] => [
    `${row('document_id')}#${row('ordinal')}`,
    {
      ...{ title: row('title'), heading: row('heading'), text: row('text'), source: row('source') },
      trust: row('trust') === 'imported' ? 'imported' : 'note',
    },
  ]);
  return { shown: new Map(shown), sql: result.sql };
}

/** Least share of the asked words that a passage must have to bear on a question: less with a rare one in its title. */
const leastCoverage = 0.6;
const leastCoverageByTitle = 0.3;
/** Least share of the best passage's score. */
const leastScore = 0.4;

/**
 * The passages that bear on a question: those that name its identifiers; those that have most of what its words
 * weigh, with a rare one among them or two in title and headings; those with a rare one in title or headings. Others
 * only share words with it.
 */
export function bearing({ hits, asked }: Found): readonly Hit[] {
  const [best] = hits;
  if (best === undefined) return [];
  return hits.filter((hit) => {
    if (hit.why.some((each) => asked.identifiers.includes(each))) return true;
    if (hit.score < best.score * leastScore) return false;
    const names = new Set(wordsOf(`${hit.title} ${hit.heading}`));
    if (hit.coverage >= leastCoverage)
      return hit.rare.length > 0 || hit.why.filter((word) => names.has(word)).length > 1;
    return hit.coverage >= leastCoverageByTitle && hit.rare.some((word) => names.has(word));
  });
}
