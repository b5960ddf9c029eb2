/**
 * Intel: documents that help to read telemetry, and the search over their passages. Notes of our own come with the
 * program; a tenant adds its notes (Markdown, text) and published catalogues (CISA KEV, STIX 2.1 such as ATT&CK).
 * A document is cut to passages by its structure; a search gives those that name the asked identifiers first, then by
 * words (`rank.ts` says how).
 *
 * Whose passages: what a tenant imports is stored under its name alone, a copy for each tenant that wants it. The
 * printer of queries writes one tenant into every table reference; rows that all may read would need an exception
 * there, and whoever could write such rows would speak to every tenant. Our own notes are no tenant's data and few:
 * they are read from `content/intel` into memory and ranked together with the stored ones.
 *
 * A version of a document is never changed: an import writes passages under a new revision, then one row of the
 * document, which puts them in force and its former ones out; a removal is such a row too. Text is data: control
 * characters are taken out, nothing in it is followed. This room embeds nothing, fetches nothing from outside, keeps
 * no indicators to match events with, and doesn't decide who may read: it is given a scope.
 */
export { createIntel, type ImportInput, type Intel, type IntelParts } from './library.ts';
export { ownNotesFolder } from './own-notes.ts';
export type { Found, Hit } from './search.ts';
export { slimStix } from './slim-stix.ts';
