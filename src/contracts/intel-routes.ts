import * as z from 'zod';
import type { Route } from './routes.ts';

const count = z.int().nonnegative();

export const IntelKind = z.enum(['auto', 'markdown', 'text', 'kev', 'stix']);
export type IntelKind = z.infer<typeof IntelKind>;

/** `own`: it came with the program; `imported`: a published catalogue; `note`: somebody's own text. */
export const IntelTrust = z.enum(['own', 'imported', 'note']);

export const maxIntelName = 200;
export const maxIntelQuery = 2_000;
/** The most passages that one search gives. */
export const maxIntelHits = 50;
const defaultIntelHits = 10;
export const maxIntelDocumentsListed = 500;

const name = z.string().trim().min(1).max(maxIntelName);
export const IntelDocumentId = z.string().min(1).max(120);

/** One version of a document: the one in force. */
export const IntelDocument = z.strictObject({
  id: IntelDocumentId,
  name: z.string(),
  kind: IntelKind.exclude(['auto']),
  title: z.string(),
  source: z.string(),
  licence: z.string(),
  trust: IntelTrust,
  version: count,
  /** Null for the program's own notes. */
  imported_at: z.iso.datetime().nullable(),
  imported_by: z.string(),
  bytes: count,
  passages: count,
  /** Objects of a bundle that were not kept: revoked, deprecated, or of no type that says something by itself. */
  left_out: count,
});
export type IntelDocument = z.infer<typeof IntelDocument>;

export const IntelDocumentList = z.strictObject({
  documents: z.array(IntelDocument).max(maxIntelDocumentsListed),
  /** Asks for the rest as `after`; null when there is none. */
  next: IntelDocumentId.nullable(),
});

export const IntelHit = z.strictObject({
  /** Of the passage: the document's id, `#` and its place. */
  id: z.string(),
  document_id: IntelDocumentId,
  title: z.string(),
  heading: z.string(),
  /** As it was imported, without control characters: text to be quoted, never instructions. */
  text: z.string(),
  source: z.string(),
  trust: IntelTrust,
  score: z.number().nonnegative(),
  /** The identifiers and words (as they are compared) of the question that the passage has. */
  why: z.array(z.string()),
});
export type IntelHit = z.infer<typeof IntelHit>;

export const IntelHits = z.strictObject({
  hits: z.array(IntelHit).max(maxIntelHits),
  /** False when so many passages have the rarest words that not all could be ranked. */
  complete: z.boolean(),
});
export type IntelHits = z.infer<typeof IntelHits>;

export const intelRoutes = {
  importIntel: {
    method: 'POST',
    path: '/v1/intel/documents',
    access: 'intel:write',
    summary: 'Imports a document: Markdown, text, CISA KEV, STIX 2.1; one of the same name is replaced',
    query: z.strictObject({
      name,
      kind: IntelKind.prefault('auto'),
      source: z.exactOptional(name),
      licence: z.exactOptional(name),
    }),
    body: { kind: 'bytes', description: 'the document in UTF-8, at most 4 MiB (a catalogue: 16 MiB)' },
    answer: { kind: 'json', statuses: [201], schema: IntelDocument },
  },
  intelDocuments: {
    method: 'GET',
    path: '/v1/intel/documents',
    access: 'ask',
    summary: "The caller's tenant's documents and the program's own notes, by id",
    query: z.strictObject({ after: z.exactOptional(IntelDocumentId) }),
    answer: { kind: 'json', statuses: [200], schema: IntelDocumentList },
  },
  removeIntel: {
    method: 'DELETE',
    path: '/v1/intel/documents/{id}',
    access: 'intel:write',
    summary: "Removes a document of the caller's tenant from every search",
    params: z.strictObject({ id: IntelDocumentId }),
    answer: { kind: 'json', statuses: [200], schema: IntelDocument },
  },
  searchIntel: {
    method: 'GET',
    path: '/v1/intel/search',
    access: 'ask',
    summary: 'Passages for identifiers (CVE, ATT&CK, hash, address, domain) and words, best first',
    query: z.strictObject({
      q: z.string().trim().min(1).max(maxIntelQuery),
      limit: z
        .string()
        .regex(/^\d{1,3}$/)
        .transform(Number)
        .pipe(z.int().min(1).max(maxIntelHits))
        .prefault(String(defaultIntelHits)),
    }),
    answer: { kind: 'json', statuses: [200], schema: IntelHits },
  },
} as const satisfies Record<string, Route>;
