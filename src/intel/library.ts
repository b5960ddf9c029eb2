import { createHash } from 'node:crypto';
import {
  type IntelDocument,
  type IntelKind,
  maxIntelDocumentsListed,
  type Principal,
} from '../contracts/index.ts';
import type { InsertRow, ReadScope } from '../sql/index.ts';
import { sql } from '../sql/index.ts';
import type { Store } from '../store/index.ts';
import { documentIdOf } from './document-id.ts';
import { intelErrors } from './errors.ts';
import { type OwnNote, ownLicence, ownSource, readOwnNotes } from './own-notes.ts';
import { type Passage, passageOf } from './passage.ts';
import { type ReadDocument, readDocument } from './read-document.ts';
import { bearing, type Found, searchPassages } from './search.ts';
import { listQuery, type NamedRow, named } from './stored.ts';
import { createTurns } from './turns.ts';

/** What one tenant may have in force. */
const maxPassages = 200_000;
const maxDocuments = 20_000;
/** Of one document. */
const maxDocumentPassages = 50_000;
/** Passages that are made between two looks at other work, and that one insert takes. */
const sliceLength = 100;
const insertLength = 500;
/** Of removed documents: passages are in force under no revision that is all zeros. */
const noRevision = '00000000-0000-0000-0000-000000000000';

export interface IntelParts {
  readonly store: Pick<Store, 'read' | 'rows' | 'run' | 'insert'>;
  readonly clock: () => Date;
  /** A UUID for each revision. */
  readonly newId: () => string;
  /** Folder of the notes that come with the program. */
  readonly ownNotes: string;
}

export interface ImportInput {
  readonly principal: Principal;
  /** File name or title; a document of the same name is replaced. */
  readonly name: string;
  readonly kind: IntelKind;
  /** In place of what the document says. */
  readonly source?: string | undefined;
  readonly licence?: string | undefined;
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

export interface Scoped {
  readonly scope: ReadScope;
  readonly signal: AbortSignal;
}

export interface Intel {
  /**
   * Takes a document in; it is on disk, and in every later search, when this resolves. A failed import changes
   * nothing. Throws `intel.not_text`, `intel.not_understood`, `intel.too_large`, `intel.full`, or the codes of `store`.
   */
  importDocument(input: ImportInput): Promise<IntelDocument>;
  /** Documents by id behind `after`, the program's own notes among them. */
  list(input: Scoped & { readonly after: string }): Promise<{
    readonly documents: readonly IntelDocument[];
    readonly next: string | null;
  }>;
  /** Throws `intel.no_such_document` or `intel.own_document`. */
  remove(input: { readonly principal: Principal; readonly id: string }): Promise<IntelDocument>;
  /** Passages for a text, best first. */
  search(input: Scoped & { readonly text: string; readonly limit: number }): Promise<Found>;
  /** The passages that bear on a question, best first. */
  bearingOn(input: Scoped & { readonly text: string; readonly limit: number }): Promise<Found>;
  /** Takes passages that are in force no longer off the disk, when they came in before `before`. */
  prune(before: Date, signal: AbortSignal): Promise<void>;
}

/** Opens the documents of all tenants. Throws where the program's own notes can't be read. */
export function createIntel(parts: IntelParts): Intel {
  const { store, clock } = parts;
  const own = readOwnNotes(parts.ownNotes);
  const turns = createTurns();
  const search: Intel['search'] = ({ text, limit, scope, signal }) =>
    searchPassages({ text, limit, own }, { store, scope, signal });
  return {
    async importDocument(input) {
      const read = readDocument(input);
      const passages = await passagesOf(read, input.signal);
      return await turns(input.principal.tenant, () => write(input, read, passages));
    },
    async list({ scope, after, signal }) {
      const limit = maxIntelDocumentsListed;
      const result = await store.read(scope, listQuery(after, limit + 1), { signal });
      const stored = named(result).map(documentOf);
      const all = [...stored, ...own.filter(({ id }) => id > after).map(ownDocument)].sort((left, right) =>
        left.id < right.id ? -1 : 1,
      );
      const documents = all.slice(0, limit);
      return { documents, next: all.length > limit ? (documents.at(-1)?.id ?? null) : null };
    },
    async remove({ principal, id }) {
      if (own.some((note) => note.id === id))
        throw intelErrors.make('own_document', `${id} comes with the program and stays`);
      return await turns(principal.tenant, () => removeNow(principal, id));
    },
    search,
    async bearingOn(input) {
      const found = await search(input);
      return { ...found, hits: bearing(found) };
    },
    async prune(before, signal) {
      const milliseconds = before.getTime();
      await store.run(
        sql`ALTER TABLE intel_passages DELETE WHERE imported_at < fromUnixTimestamp64Milli(${milliseconds}, 'UTC') AND revision NOT IN (SELECT argMax(revision, version) FROM intel_documents GROUP BY tenant, document_id) SETTINGS mutations_sync = 1`,
        { lane: 'background', signal },
      );
    },
  };

  async function write(input: ImportInput, read: ReadDocument, passages: readonly Passage[]) {
    const { tenant, name: by } = input.principal;
    const id = documentIdOf(read.name);
    const held = await heldBy(tenant, id);
    if (held.passages - held.replaced + passages.length > maxPassages)
      throw intelErrors.make('full', `A tenant may hold ${maxPassages} passages; remove documents first`);
    if (held.documents >= maxDocuments && held.version === 0)
      throw intelErrors.make('full', `A tenant may hold ${maxDocuments} documents; remove some first`);
    const revision = parts.newId();
    const imported_at = clock().getTime();
    const source = input.source ?? read.source;
    const rows = passages.map(
      (passage): InsertRow => ({
        ...{ tenant, revision, ordinal: passage.ordinal, document_id: id, title: passage.title },
        ...{ heading: passage.heading, text: passage.text, words: passage.words, length: passage.length },
        ...{
          subjects: passage.subjects,
          identifiers: passage.identifiers,
          source,
          trust: read.trust,
          imported_at,
        },
      }),
    );
    for (let at = 0; at < rows.length; at += insertLength) {
      await store.insert('intel_passages', rows.slice(at, at + insertLength), { signal: input.signal });
    }
    const row = {
      ...{ tenant, document_id: id, version: held.version + 1, revision, name: read.name, kind: read.kind },
      ...{ title: read.title, source, licence: input.licence ?? read.licence, trust: read.trust },
      ...{ imported_at, imported_by: by, bytes: input.bytes.byteLength, sha256: sha256(input.bytes) },
      ...{ passages: passages.length, words: wordsIn(passages), left_out: read.leftOut, removed: 0 },
    };
    await store.insert('intel_documents', [row]);
    return documentOf((column) =>
      column === 'imported_at' ? new Date(imported_at).toISOString() : cellOf(row, column),
    );
  }

  async function removeNow(principal: Principal, id: string): Promise<IntelDocument> {
    const { tenant, name: imported_by } = principal;
    const rows = await store.rows(
      sql`SELECT * EXCEPT (tenant, revision) FROM intel_documents WHERE tenant = ${tenant} AND document_id = ${id} ORDER BY version DESC LIMIT 1`,
    );
    const [row] = rows;
    if (row === undefined || row.removed === '1')
      throw intelErrors.make('no_such_document', `There is no document ${id}`);
    const removed: InsertRow = {
      ...{ tenant, document_id: id, version: BigInt(cellOf(row, 'version')) + 1n, revision: noRevision },
      ...{ name: cellOf(row, 'name'), kind: cellOf(row, 'kind'), title: cellOf(row, 'title') },
      ...{ source: cellOf(row, 'source'), licence: cellOf(row, 'licence'), trust: cellOf(row, 'trust') },
      ...{ imported_at: clock().getTime(), imported_by, bytes: 0, sha256: '' },
      ...{ passages: 0, words: 0, left_out: 0, removed: 1 },
    };
    await store.insert('intel_documents', [removed]);
    return documentOf((column) => cellOf(row, column));
  }

  /** What the tenant has in force, all and under this id. A statement of the program's own: it names the tenant. */
  async function heldBy(tenant: string, id: string) {
    const [row] = await store.rows(
      sql`SELECT sum(p) AS passages, countIf(r = 0) AS documents, sumIf(p, document_id = ${id}) AS replaced, maxIf(v, document_id = ${id}) AS version FROM (SELECT document_id, argMax(passages, version) AS p, argMax(removed, version) AS r, max(version) AS v FROM intel_documents WHERE tenant = ${tenant} GROUP BY document_id)`,
    );
    const at = (column: string) => Number(row?.[column] ?? 0);
    return {
      passages: at('passages'),
      documents: at('documents'),
      replaced: at('replaced'),
      version: at('version'),
    };
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const wordsIn = (passages: readonly Passage[]) => passages.reduce((sum, { length }) => sum + length, 0);

function cellOf(row: Readonly<Record<string, unknown>>, column: string): string {
  const cell = row[column];
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'bigint' ? String(cell) : '';
}

/** A catalogue is thousands of passages: other work goes on in between. */
async function passagesOf({ sections }: ReadDocument, signal: AbortSignal): Promise<readonly Passage[]> {
  const passages: Passage[] = [];
  for (const section of sections) {
    if (passages.length === maxDocumentPassages)
      throw intelErrors.make('too_large', `The document makes more than ${maxDocumentPassages} passages`);
    if (passages.length % sliceLength === 0) {
      await new Promise(setImmediate);
      signal.throwIfAborted();
    }
    passages.push(passageOf(section, passages.length));
  }
  if (passages.length > 0) return passages;
  throw intelErrors.make('not_understood', 'The document holds nothing that is kept');
}

function documentOf(row: NamedRow): IntelDocument {
  const count = (column: string) => Number(row(column));
  return {
    ...{ id: row('document_id'), name: row('name'), kind: kindOf(row('kind')), title: row('title') },
    ...{
      source: row('source'),
      licence: row('licence'),
      trust: row('trust') === 'imported' ? 'imported' : 'note',
    },
    ...{ version: count('version'), imported_at: row('imported_at'), imported_by: row('imported_by') },
    ...{ bytes: count('bytes'), passages: count('passages'), left_out: count('left_out') },
  };
}

const kinds = ['markdown', 'text', 'kev', 'stix'] as const;
const kindOf = (text: string) => kinds.find((kind) => kind === text) ?? 'text';

const ownDocument = ({ id, name, title, bytes, passages }: OwnNote): IntelDocument => ({
  ...{ id, name, kind: 'markdown', title, source: ownSource, licence: ownLicence, trust: 'own', version: 1 },
  ...{ imported_at: null, imported_by: '', bytes, passages: passages.length, left_out: 0 },
});
