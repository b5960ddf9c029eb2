import { rowVersion } from '../../contracts/index.ts';
import type { Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

/**
 * Documents of `intel/`. A row is one version of one document; the newest one holds, also when it says that the
 * document was removed. Writing it is what puts the passages of its revision in force, all at once.
 */
export const intelDocuments: Table = {
  name: 'intel_documents',
  comment: 'Versions of intel documents; the newest of each holds',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose document it is' },
    document_id: { type: 'String', comment: 'made from its name' },
    version: { type: 'UInt64', comment: 'rises by one with each import or removal' },
    revision: { type: 'FixedString(16)', comment: 'what its passages carry' },
    name: { type: 'String', comment: 'as it was imported' },
    kind: { type: 'String', comment: 'markdown, text, kev or stix' },
    title: { type: 'String', comment: 'of the document' },
    source: { type: 'String', comment: 'who published it' },
    licence: { type: 'String', comment: 'under which' },
    trust: { type: 'String', comment: 'imported or note' },
    imported_at: { type: "DateTime64(3, 'UTC')", comment: 'when this version came in' },
    imported_by: { type: 'String', comment: 'who brought or removed it' },
    bytes: { type: 'UInt64', comment: 'as it came' },
    sha256: { type: 'String', comment: 'of what came, hexadecimal' },
    passages: { type: 'UInt64', comment: 'how many passages it has' },
    words: { type: 'UInt64', comment: 'how many words they have' },
    left_out: { type: 'UInt64', comment: 'objects of a bundle that were not kept' },
    removed: { type: 'UInt8', comment: '1: this version removes the document' },
  },
  orderBy: ['tenant', 'document_id', 'version'],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['document_id', 'version'],
  tenantColumn: 'tenant',
  snapshotColumn: 'imported_at',
};

/** Pieces of documents, as they are searched. In force while their revision is that of its document's newest row. */
export const intelPassages: Table = {
  name: 'intel_passages',
  comment: 'Passages of intel documents',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose passage it is' },
    revision: { type: 'FixedString(16)', comment: 'of its document' },
    ordinal: { type: 'UInt32', comment: 'place in its document, from 0' },
    document_id: { type: 'String', comment: 'its document' },
    title: { type: 'String', comment: 'of the document or its entry' },
    heading: { type: 'String', comment: 'path of headings' },
    text: { type: 'String', codec: 'ZSTD(1)', comment: 'the words as they came, without control characters' },
    words: { type: 'String', codec: 'ZSTD(1)', comment: 'words as they are compared, a space around each' },
    length: { type: 'UInt32', comment: 'how many words' },
    subjects: { type: 'Array(String)', comment: 'identifiers that it is about' },
    identifiers: { type: 'Array(String)', comment: 'identifiers that it names' },
    source: { type: 'String', comment: 'who published it' },
    trust: { type: 'String', comment: 'imported or note' },
    imported_at: { type: "DateTime64(3, 'UTC')", comment: 'when its version came in' },
  },
  orderBy: ['tenant', 'revision', 'ordinal'],
  indexes: [
    { name: 'identifiers_bloom', expression: 'identifiers', type: 'bloom_filter(0.01)', granularity: 1 },
    {
      name: 'words_text',
      expression: 'words',
      type: 'text(tokenizer = splitByNonAlpha, preprocessor = lower(words))',
    },
  ],
  settings: { ...durableSettings, index_granularity: 1_024 },
  schemaVersion: rowVersion,
  rowKey: ['revision', 'ordinal'],
  tenantColumn: 'tenant',
  snapshotColumn: 'imported_at',
};
