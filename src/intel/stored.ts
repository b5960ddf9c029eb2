import type { Condition, GroupsQuery, Query, RowsQuery, Source } from '../sql/index.ts';
import type { ReadResult, StoredCell } from '../store/index.ts';

/** Queries over the stored passages. The printer writes tenant and snapshot into every table reference. */
const documents: Source = { kind: 'table', name: 'intel_documents' };
const passages: Source = { kind: 'table', name: 'intel_passages' };

/** More than a tenant may have documents. */
const mostDocuments = 100_000;

const documentColumns = [
  ...[
    'version',
    'revision',
    'name',
    'kind',
    'title',
    'source',
    'licence',
    'trust',
    'imported_at',
    'imported_by',
  ],
  ...['bytes', 'passages', 'words', 'left_out', 'removed'],
] as const;
export type DocumentColumn = (typeof documentColumns)[number] | 'document_id';

/** Each document as its newest version says, without those that it removes. */
function newest(columns: readonly DocumentColumn[], limit: number, where?: Condition): GroupsQuery {
  return {
    kind: 'groups',
    from: documents,
    keys: [{ kind: 'column', column: 'document_id', as: 'document_id' }],
    measures: columns.map((column) => ({ kind: 'at-max' as const, column, by: 'version', as: column })),
    ...(where === undefined ? {} : { where }),
    having: { kind: 'eq', column: 'removed', value: 0 },
    limit,
  };
}

export const listQuery = (after: string, limit: number): Query =>
  newest(documentColumns, limit, { kind: 'gt', column: 'document_id', value: after });

/** The revisions in force with how many passages and words they have: of few documents, row by row. */
export const revisionsQuery = (limit: number): Query =>
  newest(['revision', 'passages', 'words', 'removed'], limit);

/** Passages of these revisions. */
export const ofRevisions = (revisions: readonly string[]): Condition => ({
  kind: 'in',
  column: 'revision',
  values: revisions,
});

/** Passages of documents that are in force, however many these are. */
export const inForce: Condition = {
  kind: 'in-select',
  column: 'revision',
  query: {
    kind: 'rows',
    from: { kind: 'select', query: newest(['revision', 'removed'], mostDocuments) },
    columns: ['revision'],
    limit: mostDocuments,
  },
};

/** How many passages are in force, and their words: from the documents alone. */
export const totalsQuery: Query = {
  kind: 'groups',
  from: { kind: 'select', query: newest(['passages', 'words', 'removed'], mostDocuments) },
  keys: [],
  measures: [
    { kind: 'sum', column: 'passages', as: 'passages' },
    { kind: 'sum', column: 'words', as: 'words' },
  ],
  limit: 1,
};

const hasWord = (word: string): Condition => ({ kind: 'contains', column: 'words', text: ` ${word} ` });
const all = (...conditions: readonly Condition[]): Condition => ({ kind: 'and', conditions });
const any = (conditions: readonly Condition[]): Condition => ({ kind: 'or', conditions });

/** How many passages have each word: outputs `w0`, `w1`, … */
export const frequencyQuery = (words: readonly string[], held: Condition): Query => ({
  kind: 'groups',
  from: passages,
  keys: [],
  measures: words.map((word, index) => ({
    kind: 'count-if' as const,
    where: hasWord(word),
    as: `w${index}`,
  })),
  where: all(any(words.map(hasWord)), held),
  limit: 1,
});

const candidateColumns = [
  'revision',
  'ordinal',
  'document_id',
  'words',
  'length',
  'subjects',
  'identifiers',
] as const;

/** Passages that have one of the words. */
export const wordsQuery = (words: readonly string[], held: Condition, limit: number): RowsQuery => ({
  kind: 'rows',
  from: passages,
  columns: candidateColumns,
  where: all(any(words.map(hasWord)), held),
  limit,
});

/** Passages that name one of the identifiers; those that are about one alone with `column` subjects. */
export const identifiersQuery = (
  identifiers: readonly string[],
  column: 'identifiers' | 'subjects',
  held: Condition,
  limit: number,
): RowsQuery => ({
  kind: 'rows',
  from: passages,
  columns: candidateColumns,
  where: all(
    any(identifiers.map((value) => ({ kind: 'has' as const, column, value }))),
    // What a passage is about it names as well: the index is on these.
    any(identifiers.map((value) => ({ kind: 'has' as const, column: 'identifiers', value }))),
    held,
  ),
  limit,
});

export interface Place {
  readonly revision: string;
  readonly ordinal: string;
}

/** What is shown of some passages. */
export const textsQuery = (places: readonly Place[]): RowsQuery => ({
  kind: 'rows',
  from: passages,
  columns: ['revision', 'ordinal', 'document_id', 'title', 'heading', 'source', 'trust', 'text'],
  where: any([...Map.groupBy(places, ({ revision }) => revision)].map(placedIn)),
  limit: Math.max(1, places.length),
});

const placedIn = ([revision, places]: readonly [string, readonly Place[]]): Condition =>
  all(
    { kind: 'eq', column: 'revision', value: revision },
    { kind: 'in', column: 'ordinal', values: places.map(({ ordinal }) => BigInt(ordinal)) },
  );

export type NamedRow = (column: string) => string;

/** Rows by column name, as text. */
export function named({ columns, rows }: Pick<ReadResult, 'columns' | 'rows'>): readonly NamedRow[] {
  const at = new Map(columns.map(({ name }, index) => [name, index]));
  return rows.map((row) => (column) => textOf(row[at.get(column) ?? -1]));
}

const textOf = (cell: StoredCell | undefined) => (typeof cell === 'string' ? cell : '');

/** A list column of the rows. */
export function lists({ columns, rows }: Pick<ReadResult, 'columns' | 'rows'>, name: string) {
  const at = columns.findIndex((column) => column.name === name);
  return rows.map((row): readonly string[] => {
    const cell = row[at];
    return cell === null || cell === undefined || typeof cell === 'string' ? [] : cell;
  });
}
